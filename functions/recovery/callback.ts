/** One message of the callbacks queue: stored as it came, then applied. */

import { writeCallback } from '../channels/callbacks/store.ts';
import { currentOutcome } from '../channels/port/earlier.ts';
import type { CallbackMessage } from '../channels/port/port.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { tryCommit } from '../table/commit.ts';
import { unpackJson } from '../table/pack.ts';
import { type Applied, applyCallback } from './apply-callback.ts';

/** A callback that was queued before an upgrade is applied after it. */
const withCurrentOutcome = (message: CallbackMessage): CallbackMessage =>
  message.fact.about === 'attempt'
    ? { ...message, fact: { ...message.fact, outcome: currentOutcome(message.fact.outcome) } }
    : message;

/** Stores the raw callback once and applies it; applying it again changes nothing (I13). */
export async function takeCallback(
  deps: PaymentsDeps,
  body: string,
  mayAsk?: () => boolean,
): Promise<{ readonly message: CallbackMessage; readonly applied: Applied }> {
  const message = withCurrentOutcome(unpackJson<CallbackMessage>(body));
  // A conflict: it was stored before. Whether it was applied then is not known, so it is applied now.
  await tryCommit(deps.table, writeCallback(message));
  return { message, applied: await applyCallback(deps, message, mayAsk) };
}
