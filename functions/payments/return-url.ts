/** Where a channel sends the payer back to. */
import { clientSecretOf } from '../api/client-secret.ts';
import type { Call } from '../api/operation.ts';

/** Where the payer comes back to: the merchant's own address, told which intent it is about, as Stripe does it. */
export function returnUrlOf(call: Call, name: 'payment_intent' | 'setup_intent', id: string, url: string): string {
  const back = new URL(url);
  back.searchParams.set(name, id);
  back.searchParams.set(`${name}_client_secret`, clientSecretOf(call.caller.settings, id));
  return back.href;
}
