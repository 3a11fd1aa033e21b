/** The first writer wins. The second has changed nothing, and its client sends the request again. */

import type { NamedConflict } from '../table/commit.ts';
import { Conflict } from '../table/table.ts';
import { lockTimeout } from './errors.ts';

/** Maps a failed commit: `table.commit(…).catch(lockedOut)`. @throws 429 lock_timeout when another writer was first */
export function lockedOut(error: unknown): never {
  throw error instanceof Conflict ? lockTimeout() : error;
}

/** For an operation that cannot go on after a conflict. @throws 429 lock_timeout */
export function assertWritten(conflict: NamedConflict<string> | undefined): void {
  if (conflict) throw lockTimeout();
}

/** The end of `retryRaces` and `commitChange` in an API operation. @throws 429 lock_timeout */
export function racesLost(): never {
  throw lockTimeout();
}
