/** One message of the callbacks queue: stored as it came, then applied. */
import type { CallbackMessage } from '../channels/port.ts';
import { writeCallback } from '../channels/store.ts';
import { unpackJson } from '../shared/pack.ts';
import { Conflict } from '../shared/table.ts';
import type { PaymentsDeps } from './deps.ts';
import { type Applied, applyCallback } from './resolve.ts';

/** Stores the raw callback once and applies it; applying it again changes nothing (I13). */
export async function takeCallback(
  deps: PaymentsDeps,
  body: string,
): Promise<{ readonly message: CallbackMessage; readonly applied: Applied }> {
  const message = unpackJson<CallbackMessage>(body);
  try {
    await deps.table.commit(writeCallback(message));
  } catch (error) {
    // Seen before; whether it was applied then is not known, so it is applied now.
    if (!(error instanceof Conflict)) throw error;
  }
  return { message, applied: await applyCallback(deps, message) };
}
