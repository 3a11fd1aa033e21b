/** A test that this machine or this endpoint cannot run is skipped for a reason that `npm test` shows; it never passes instead. */
import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    skipped?: string;
  }
}

/** Ends the test as skipped. Vitest's report leaves the reason of a skip out, but not what a test notes of itself. */
export function skipped({ task, skip }: TestContext, reason: string): never {
  task.meta.skipped = reason;
  return skip(reason);
}
