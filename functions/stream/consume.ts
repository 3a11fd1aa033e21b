/** The stream's batch and the retry queue's messages: one record that fails never holds up the others. */

import { type PostDeps, postEntries } from '../ledger/post.ts';
import { type Images, isCopiedBack } from '../table/stream.ts';
import { changeInMessage, changesOf, messageOf } from './change.ts';
import type { Change } from './kinds.ts';
import { entriesOf } from './posting.ts';

/** Records of one object are posted in order; objects side by side. */
const PARALLEL = 8;

/** Posts the entries of one change. Throws when the table cannot be reached; what was posted before stays as it is. */
export const postChange = (deps: PostDeps, change: Change): Promise<void> =>
  postEntries(deps, change.new, entriesOf(change));

/** Posts what the images say, unless a restore wrote them; returns the changes that failed, as messages for the retry queue. */
export async function postAll(
  deps: PostDeps,
  images: readonly Images[],
  failed: (error: Error) => void,
): Promise<readonly string[]> {
  const { changes, unread } = changesOf(
    images.filter((image) => !isCopiedBack(image)),
    failed,
  );
  const byObject = new Map<string, Change[]>();
  for (const change of changes) {
    const name = `${change.kind} ${change.new.scope}${change.new.body}`;
    byObject.set(name, [...(byObject.get(name) ?? []), change]);
  }
  const messages: string[] = [...unread];
  const groups = [...byObject.values()];
  const work = async (): Promise<void> => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      for (const change of group) {
        try {
          await postChange(deps, change);
        } catch (error) {
          failed(error as Error);
          messages.push(messageOf(change));
        }
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return messages;
}

/** Posts a message of the retry queue. Throws when it failed again. */
export async function postMessage(deps: PostDeps, body: string): Promise<void> {
  const change = changeInMessage(body);
  if (change) await postChange(deps, change);
}
