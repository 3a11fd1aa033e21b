/**
 * How a batch of a stream is tried, as Lambda does it: a batch that fails is cut in two, a single record that fails is tried again, and a
 * record that was tried enough is given up. The records behind it wait meanwhile, so the order stays.
 */
import type { ChangeRecord } from '../table/changes.ts';
import type { StreamMapping } from '../wiring/model-types.ts';

export type RetryPolicy = Pick<StreamMapping, 'bisectOnError' | 'maxRetries' | 'maxRecordAgeMs'>;

export type GaveUp = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface AttemptSteps {
  /** Calls the function. Rejects when it fails. */
  call(changes: readonly ChangeRecord[]): Promise<unknown>;
  /** The records are done. */
  done(changes: readonly ChangeRecord[]): void;
  giveUp(changes: readonly ChangeRecord[], why: GaveUp, calls: number): Promise<void>;
  /** How old a record is, as far as its consumer could work. */
  ageMs(change: ChangeRecord): number;
  /** Waits before a retry. Returns false when the consumer stops: nothing more is tried then. */
  pause(ms: number): Promise<boolean>;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Tries the batch until each of its records is done or given up. Returns false when the consumer stopped before. */
export async function attempt(
  batch: readonly ChangeRecord[],
  policy: RetryPolicy,
  steps: AttemptSteps,
  callsBefore = 0,
): Promise<boolean> {
  for (let retries = 0; ; retries++) {
    try {
      await steps.call(batch);
      steps.done(batch);
      return true;
    } catch {
      const calls = callsBefore + retries + 1;
      if (batch.length > 1 && policy.bisectOnError) {
        const middle = Math.ceil(batch.length / 2);
        return (
          (await attempt(batch.slice(0, middle), policy, steps, calls)) &&
          (await attempt(batch.slice(middle), policy, steps, calls))
        );
      }
      const why = reasonToGiveUp(batch, policy, steps, retries);
      if (why) {
        await steps.giveUp(batch, why, calls);
        return true;
      }
      if (!(await steps.pause(Math.min(FIRST_PAUSE_MS * 2 ** retries, LONGEST_PAUSE_MS)))) return false;
    }
  }
}

function reasonToGiveUp(
  batch: readonly ChangeRecord[],
  { maxRetries, maxRecordAgeMs }: RetryPolicy,
  steps: AttemptSteps,
  retries: number,
): GaveUp | undefined {
  if (steps.ageMs(batch[0]!) >= maxRecordAgeMs) return 'RecordAgeExceeded';
  return retries >= maxRetries ? 'RetryAttemptsExhausted' : undefined;
}
