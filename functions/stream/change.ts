/** What a record of the payments table's stream says: which aggregate went from which state to which. */

import { packJson, unpackJson } from '../table/pack.ts';
import { recordOf } from '../table/record.ts';
import { shapedAs, withShape } from '../table/shape.ts';
import type { Images } from '../table/stream.ts';
import type { Item } from '../table/table.ts';
import { type Change, isKindName, kindOf } from './kinds.ts';

/** The change that two images of an item make, or undefined for what is none of these (a removal, an index's own item). */
export function changeOf(old: Item | undefined, now: Item | undefined): Change | undefined {
  if (!now || !isKindName(now.kind)) return undefined;
  const { record } = kindOf({ kind: now.kind });
  const images = { ...(old && { old: recordOf(record, old) }), new: recordOf(record, now) };
  return { kind: now.kind, ...images } as Change;
}

/** An image that this version could not read, e.g. written by a newer one that was rolled back: its documents in base64. */
interface Unread {
  readonly kind: string;
  readonly unread: { readonly old?: string; readonly new?: string };
}

/** The changes of a batch; what cannot be read goes alone to the retry queue, as the message that `changeInMessage` reads. */
export function changesOf(
  images: readonly Images[],
  failed: (error: Error) => void,
): { readonly changes: readonly Change[]; readonly unread: readonly string[] } {
  const changes: Change[] = [];
  const unread: string[] = [];
  for (const { old, new: now } of images) {
    try {
      const change = changeOf(old, now);
      if (change) changes.push(change);
    } catch (error) {
      failed(error as Error);
      unread.push(packJson({ kind: now?.kind, unread: { old: docOf(old), new: docOf(now) } }));
    }
  }
  return { changes, unread };
}

/** A change as a stored message: its images say their shape, for another release may take the message. */
interface Stored {
  readonly kind: Change['kind'];
  readonly old?: object;
  readonly new: object;
}

/** The message of a change for a retry queue. */
export function messageOf(change: Change): string {
  const { record } = kindOf(change);
  const { kind, old, new: now } = change;
  return packJson({ kind, ...(old && { old: withShape(record, old) }), new: withShape(record, now) } satisfies Stored);
}

/** The change that a message of a retry queue carries. Throws when it still cannot be read. */
export function changeInMessage(body: string): Change | undefined {
  const message = unpackJson<Stored | Unread>(body);
  if ('unread' in message) return changeOf(itemIn(message, 'old'), itemIn(message, 'new'));
  const { kind, old, new: now } = message;
  const { record } = kindOf({ kind });
  return { kind, ...(old && { old: shapedAs(record, old) }), new: shapedAs(record, now) } as Change;
}

const docOf = (item: Item | undefined): string | undefined =>
  item && Buffer.from(item.doc as Uint8Array).toString('base64');

function itemIn({ kind, unread }: Unread, image: 'old' | 'new'): Item | undefined {
  const doc = unread[image];
  return doc === undefined ? undefined : { pk: '', sk: '', kind, doc: Buffer.from(doc, 'base64') };
}
