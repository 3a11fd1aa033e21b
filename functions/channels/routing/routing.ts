/** Which channel account carries a payment. Test mode is the sandbox; a live payment needs a live channel. */

import { refused } from '../../api/errors.ts';
import type { Caller } from '../../api/operation.ts';
import type { ChannelAccount } from '../port/port.ts';

/**
 * The account for a new attempt of this caller.
 * @throws 400 in live mode, for no live channel can be configured yet.
 */
export function accountFor(caller: Caller): ChannelAccount {
  const account = caller.settings.sandboxAccount;
  if (caller.livemode || account === undefined) {
    throw refused(
      'No live channel is configured for this account: a live payment has nowhere to go. Ask the platform operator to connect one, or use a test key.',
    );
  }
  return { channel: 'sandbox', account };
}
