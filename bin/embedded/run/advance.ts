/** Moving the stack's clock. */
import type { StackClock } from '../clock.ts';
import type { Triggers } from './triggers.ts';

export interface AdvanceDeps {
  readonly clock: StackClock;
  readonly triggers: Pick<Triggers, 'caughtUp'>;
  /** The clock has moved. */
  readonly moved: () => Promise<void>;
}

/** Moves the clock forward by this many milliseconds, and resolves with its time when what fell due on the way has run. */
export type Advance = (ms: number) => Promise<number>;

const LONGEST_MS = 366 * 86_400_000;
/** The janitor visits so much time in one run. */
const STEP_MS = 3 * 3_600_000;

export function advanceWith({ clock, triggers, moved }: AdvanceDeps): Advance {
  let last: Promise<unknown> = Promise.resolve();
  return (ms) => {
    if (!Number.isSafeInteger(ms) || ms <= 0 || ms > LONGEST_MS)
      return Promise.reject(new Error('The clock moves forward, by a year at most.'));
    const move = async (): Promise<number> => {
      // What a function does from its reading of the clock to its write takes no hours.
      await triggers.caughtUp();
      // In steps, as time passes: what falls due on the way is done on the way.
      for (let rest = ms; rest > 0; rest -= STEP_MS) {
        await clock.advance(Math.min(rest, STEP_MS));
        await moved();
        await triggers.caughtUp();
      }
      return clock.nowMs();
    };
    // One after the other: two that are asked for at once are both waited for.
    const moving = last.then(move);
    last = moving.catch(() => {});
    return moving;
  };
}
