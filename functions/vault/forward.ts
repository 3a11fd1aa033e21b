/** Forwarding: the vault itself calls the channel with the card in clear text, so that no other function ever holds it (I16). */
import type { CardChannel } from '../channels/port/card.ts';
import type { AttemptOutcome, Decline } from '../channels/port/port.ts';
import type { Clock } from '../kernel/clock.ts';
import { objectKeyOf, parseChannelReference } from '../kernel/ids.ts';
import type { Table } from '../table/table.ts';
import type { DataKeys } from './keys.ts';
import type { ForwardRequest } from './port/port.ts';
import { scrub } from './scrub.ts';
import { forgetCvc, openCard } from './store.ts';

export interface ForwardDeps {
  readonly table: Table;
  readonly keys: DataKeys;
  readonly clock: Clock;
  /** The client of a channel; its hosts are this function's own configuration, never part of a request. */
  readonly channel: (name: string) => CardChannel;
  /** Called when a security code could not be removed: its own expiry remains. */
  readonly warn: (message: string) => void;
}

/** Nothing was sent. */
const NO_CARD: Decline = {
  code: 'processing_error',
  message: 'An error occurred while processing your card. Try again in a little bit.',
  networkCode: 'no_card',
};

/**
 * Authorizes with the vaulted card that the request names. The security code is sent once: its removal starts before
 * the request is sent, so the code is gone for every outcome. The response holds no card number.
 */
export async function forward(deps: ForwardDeps, { scope, request }: ForwardRequest): Promise<AttemptOutcome> {
  const objectKey =
    request.instrument.kind === 'vault' ? objectKeyOf(request.instrument.paymentMethod, 'pm') : undefined;
  const ours = parseChannelReference(request.reference)?.scope === scope;
  const card =
    objectKey && ours ? await openCard(deps.table, deps.keys, scope, objectKey, deps.clock.nowMs()) : undefined;
  if (!objectKey || !card) return { kind: 'failed', decline: NO_CARD };
  const forgotten = card.cvc === undefined ? undefined : forgetCvc(deps.table, scope, objectKey);
  const [outcome] = await Promise.all([
    deps.channel(request.account.channel).authorizeCard(request, card),
    forgotten?.catch(() => deps.warn('a security code could not be removed')),
  ]);
  return scrub(outcome, card.number);
}
