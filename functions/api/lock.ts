/** Who writes first wins; whoever comes second has changed nothing and asks again. */

import { Conflict } from '../table/table.ts';
import { lockTimeout } from './errors.ts';

/** What a commit that failed is told as: `table.commit(…).catch(lockedOut)`. @throws 429 lock_timeout when someone else wrote first */
export function lockedOut(error: unknown): never {
  throw error instanceof Conflict ? lockTimeout() : error;
}

/** The end of `retryRaces` in an API operation. @throws 429 lock_timeout */
export function racesLost(): never {
  throw lockTimeout();
}
