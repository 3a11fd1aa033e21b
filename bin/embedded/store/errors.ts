/** What the store reports besides what a commit throws by itself. */

/** The disk is full: the commit is refused and nothing of it is stored. Later commits are tried again. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull';
}

/**
 * The disk failed, or the store is closed. What was not yet acknowledged may be stored or not: only a new start, which reads what is on disk,
 * shows it. A failed sync is never tried again, because the system may have dropped what it could not write and then report success.
 */
export class StoreStopped extends Error {
  override readonly name = 'StoreStopped';
}

/** Another process has the data directory. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked';
}

/** The file is not a store, or a newer release wrote it. */
export class StoreUnreadable extends Error {
  override readonly name = 'StoreUnreadable';
}

const BUSY = 5;
const DAMAGED = 11;
const FULL = 13;
const NO_DATABASE = 26;

const numberOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

export const isBusy = (error: unknown): boolean => numberOf(error) === BUSY;
export const isDamaged = (error: unknown): boolean => numberOf(error) === DAMAGED;
export const isFull = (error: unknown): boolean => numberOf(error) === FULL;
export const isNoDatabase = (error: unknown): boolean => numberOf(error) === NO_DATABASE;
