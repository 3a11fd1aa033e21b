/** Forwarding: the vault itself calls the channel with the card in clear text, so that no other function ever holds it (I16). */
import type { CardChannel, ClearCard } from '../channels/port/card.ts';
import type { Instrument } from '../channels/port/instrument.ts';
import { isNotAccepted } from '../channels/port/not-accepted.ts';
import type { AttemptOutcome, Decline } from '../channels/port/port.ts';
import { type Clock, seconds } from '../kernel/clock.ts';
import { objectKeyOf, parseChannelReference } from '../kernel/ids.ts';
import type { Table } from '../table/table.ts';
import type { DataKeys } from './keys.ts';
import type { ForwardRequest } from './port/port.ts';
import { scrub } from './scrub.ts';
import { forgetCvc, noteSent, openCard } from './store.ts';

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

/** What a second send needs of the code's time: the channel's own limit is 12 s. */
const SEND_SECONDS = 13;
/** From its first send on, a code that another send may need lives no longer than this. All sends of a request begin within seconds. */
const CHAIN_SECONDS = 20;

/**
 * Authorizes with the vaulted card that the request names. The removal of the security code starts before the request is sent, so the code is gone for
 * every outcome. With `keepsCode` it stays where the channel did nothing, for the attempt that follows. The response holds no card number.
 */
export async function forward(
  deps: ForwardDeps,
  { scope, request, keepsCode }: ForwardRequest,
): Promise<AttemptOutcome> {
  const objectKey =
    request.instrument.kind === 'vault' ? objectKeyOf(request.instrument.paymentMethod, 'pm') : undefined;
  const ours = parseChannelReference(request.reference)?.scope === scope;
  const opened =
    objectKey && ours ? await openCard(deps.table, deps.keys, scope, objectKey, deps.clock.nowMs()) : undefined;
  if (!objectKey || !opened) return { kind: 'failed', decline: NO_CARD };
  const { codeUntil } = opened;
  const card = asRenewed(opened.card, request.instrument);
  const send = () => deps.channel(request.account.channel).authorizeCard(request, card);
  const forget = () =>
    forgetCvc(deps.table, scope, objectKey).catch(() => deps.warn('a security code could not be removed'));
  if (codeUntil === undefined) return scrub(await send(), card.number);
  if (!keepsCode) {
    const [outcome] = await Promise.all([send(), forget()]);
    return scrub(outcome, card.number);
  }
  const until = Math.min(codeUntil, seconds(deps.clock.nowMs()) + CHAIN_SECONDS);
  // Under one reference the code is sent once, whatever calls this function again.
  if (!(await noteSent(deps.table, scope, objectKey, { reference: request.reference, until })))
    return { kind: 'unknown', reason: 'the security code was sent under this reference before, or is gone' };
  const outcome = scrub(await send(), card.number);
  if (!isNotAccepted(outcome)) {
    await forget();
    return outcome;
  }
  if (until - seconds(deps.clock.nowMs()) >= SEND_SECONDS) return outcome;
  await forget();
  return withoutNext(outcome);
}

/** The card with the expiry that the merchant knows. */
const asRenewed = (card: ClearCard, instrument: Instrument): ClearCard =>
  'expiry' in instrument ? { ...card, expMonth: instrument.expiry.expMonth, expYear: instrument.expiry.expYear } : card;

/** Without its class the decline is the last of its chain: another send would lack the code. */
function withoutNext(outcome: Extract<AttemptOutcome, { kind: 'failed' }>): AttemptOutcome {
  const { class: _, ...decline } = outcome.decline;
  return { ...outcome, decline };
}
