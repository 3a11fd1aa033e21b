/** Where a channel sends the payer back to. */
import { clientSecretOf } from '../api/client-secret.ts';
import type { Call } from '../api/operation.ts';

/** The payer's return address: the merchant's own, with the intent's id added, as Stripe does it. */
export function returnUrlOf(call: Call, name: 'payment_intent' | 'setup_intent', id: string, url: string): string {
  const back = new URL(url);
  back.searchParams.set(name, id);
  back.searchParams.set(`${name}_client_secret`, clientSecretOf(call.caller.settings, id));
  return back.href;
}
