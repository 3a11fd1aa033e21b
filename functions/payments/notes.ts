/** What the channel keeps of our request, so that a record which a restore lost can be made again with its idempotency key. */

import type { RequestLock } from '../api/operation.ts';
import type { RequestNotes } from '../channels/port/port.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';

/** `keyHash` is `scope#hash`: the scope is in the reference already. */
const separator = '#';

/** The notes of a request to the channel; nothing where there is nothing to keep. */
export function notesOf(
  { keyHash, requestHash }: RequestLock,
  { direct, session }: { readonly direct?: true; readonly session?: ObjectKey } = {},
): { readonly notes?: RequestNotes } {
  const key = keyHash?.slice(keyHash.indexOf(separator) + 1);
  const notes: RequestNotes = {
    ...(key !== undefined && requestHash !== undefined && { key, request: requestHash }),
    ...(direct && { direct }),
    ...(session !== undefined && { session }),
  };
  return Object.keys(notes).length > 0 ? { notes } : {};
}

/** The partition key of the key's item. */
export const keyHashIn = (scope: Scope, { key }: RequestNotes): string | undefined =>
  key === undefined ? undefined : `${scope}${separator}${key}`;
