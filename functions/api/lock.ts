/** The first writer wins. The second has changed nothing, and its client sends the request again. */

import { Conflict } from '../table/table.ts';
import { lockTimeout } from './errors.ts';

/** Maps a failed commit: `table.commit(…).catch(lockedOut)`. @throws 429 lock_timeout when another writer was first */
export function lockedOut(error: unknown): never {
  throw error instanceof Conflict ? lockTimeout() : error;
}

/** The end of `retryRaces` in an API operation. @throws 429 lock_timeout */
export function racesLost(): never {
  throw lockTimeout();
}
