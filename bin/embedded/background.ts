/** What queues, streams and schedules do without a caller: commits that are repeated, running work that is waited for, and a log. */
import { StoreFull } from './store/errors.ts';
import type { Database } from './store/sqlite.ts';
import type { Store } from './store/store.ts';

/** Calls a function of the stack by its name. Rejects when it fails, and when it passes its timeout. */
export type Invoke = (functionName: string, event: object) => Promise<unknown>;

export interface Log {
  warn(message: string, facts: { readonly [name: string]: unknown }): void;
  error(message: string, facts: { readonly [name: string]: unknown }): void;
}

const PAUSE_MS = 1000;

/** Commits in the background. A full disk is waited for: what was done would otherwise be done again. */
export async function commitPatiently(store: Store, work: (db: Database) => void): Promise<void> {
  for (;;) {
    try {
      await store.commit(work, { patient: true });
      return;
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Work that has begun. */
export class Running {
  private readonly works = new Set<Promise<void>>();

  /** Keeps the work until it ends. It never rejects: a failure is logged where it happens. */
  add(work: Promise<void>): void {
    const kept = work.finally(() => this.works.delete(kept));
    this.works.add(kept);
  }

  /** Resolves when all of it has ended, or when the limit is over. Returns whether all ended. */
  async ended(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs);
    });
    const all = async (): Promise<true> => {
      while (this.works.size > 0) await Promise.all(this.works);
      return true;
    };
    const ended = await Promise.race([all(), limit]);
    clearTimeout(timer);
    return ended;
  }
}
