/** Which channel account carries a payment. Test mode is the sandbox; a live payment needs a live channel. */

import { refused } from '../../api/errors.ts';
import type { Caller } from '../../api/operation.ts';
import type { Capabilities } from '../port/capabilities.ts';
import type { Channel } from '../port/channel.ts';
import type { ChannelAccount } from '../port/port.ts';

type Paying = Pick<Caller, 'livemode' | 'settings'>;

function accountOf({ livemode, settings: { sandboxAccount: account } }: Paying): ChannelAccount | undefined {
  return livemode || account === undefined ? undefined : { channel: 'sandbox', account };
}

/**
 * The account for a new attempt of this caller.
 * @throws 400 in live mode, for no live channel can be configured yet.
 */
export function accountFor(caller: Paying): ChannelAccount {
  const account = accountOf(caller);
  if (account) return account;
  throw refused(
    'No live channel is configured for this account: a live payment has nowhere to go. Ask the platform operator to connect one, or use a test key.',
  );
}

/** What the channel can do that would carry a payment of this caller; nothing while there is none. */
export function capabilitiesFor(
  { channel }: { readonly channel: (name: string) => Pick<Channel, 'capabilities'> },
  caller: Paying,
): Capabilities {
  const account = accountOf(caller);
  return account ? channel(account.channel).capabilities : { wallets: {} };
}
