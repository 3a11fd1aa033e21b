/** The books of all four simulators in the port's terms: the sums of each charge and refund by our reference, as an audit compares it. */
import type { AttemptOutcome } from '../../functions/channels/port/port.ts';
import type { Charge } from '../../functions/sandbox/charge.ts';
import type { Refund } from '../../functions/sandbox/refund.ts';
import { unpack } from '../../functions/table/pack.ts';
import type { MemoryTable } from '../world/memory-table.ts';
import type { Hold, Trade } from './alipay/books.ts';
import type { AlipaySimulator } from './alipay/server.ts';
import { type ChargeSeen, type RefundSeen, seenCharge, seenRefund } from './seen.ts';
import type { Intent } from './stripe/books.ts';
import type { StripeSimulator } from './stripe/server.ts';
import { type Order, refundsOf, statusOf } from './wechatpay/books.ts';
import type { Wechatpay } from './wechatpay/server.ts';

export interface EveryBooks {
  readonly charges: ReadonlyMap<string, ChargeAt>;
  readonly refunds: ReadonlyMap<string, RefundSeen>;
  /** References under which a channel has more than one charge or refund. */
  readonly doubled: readonly string[];
}

export interface ChargeAt extends ChargeSeen {
  readonly channel: string;
}

/** What the simulators are read from. */
export interface Simulators {
  readonly stripe: Pick<StripeSimulator, 'books'>;
  readonly alipay: Pick<AlipaySimulator, 'books'>;
  readonly wechat: Pick<Wechatpay, 'books'>;
  /** Of the sandbox. */
  readonly table: Pick<MemoryTable, 'items'>;
}

const NOTHING = { operations: new Map(), facts: new Map() };
type Params = ChargeSeen['request'];
const params = (reference: string, amount: bigint, currency: string, capture: boolean): Params =>
  ({ reference, amount, currency, capture, expired: false, cvcGiven: true, offSession: false }) satisfies Params;
const kindOf = (kind: 'authorized' | 'captured' | 'failed' | 'requires_action'): AttemptOutcome =>
  ({ kind }) as AttemptOutcome;

export function everyBooks(simulators: Simulators, nowMs: number): EveryBooks {
  const [charges, refunds] = [new Map<string, ChargeAt>(), new Map<string, RefundSeen>()];
  const doubled: string[] = [];
  const noteCharge = (charge: ChargeAt): void => {
    const { reference } = charge.request;
    if (charges.has(reference)) doubled.push(`${charge.channel} charge ${reference}`);
    charges.set(reference, charge);
  };
  const noteRefund = (channel: string, refund: RefundSeen): void => {
    const { reference } = refund.request;
    if (refunds.has(reference)) doubled.push(`${channel} refund ${reference}`);
    refunds.set(reference, refund);
  };
  for (const charge of stripeCharges(simulators.stripe.books)) noteCharge(charge);
  for (const refund of stripeRefunds(simulators.stripe.books)) noteRefund('stripe', refund);
  const { trades, holds } = simulators.alipay.books;
  for (const hold of holds.values()) noteCharge(chargeOfHold(hold, [...trades.values()]));
  for (const trade of trades.values()) {
    if (trade.authNo === undefined) noteCharge(chargeOfTrade(trade));
    for (const refund of refundsOfTrade(trade)) noteRefund('alipay', refund);
  }
  const { wechat } = simulators;
  for (const order of wechat.books.orders.values()) {
    noteCharge(chargeOfOrder(order, wechat.books, nowMs));
    for (const refund of refundsOf(wechat.books, order.outTradeNo)) {
      const status = statusOf(refund, nowMs);
      noteRefund('wechatpay', {
        request: requestOf(refund.outRefundNo, order.outTradeNo, BigInt(refund.amount), 'cny'),
        outcome: outcomeOf(status === 'SUCCESS' ? 'succeeded' : status === 'PROCESSING' ? 'pending' : 'failed'),
      });
    }
  }
  for (const { sk, doc } of simulators.table.items('sandbox')) {
    if (sk !== 'charge' && sk !== 'refund') continue;
    const record = unpack<Charge | Refund>(doc as Uint8Array);
    // A number that was closed before there was a charge has none.
    if (!('params' in record)) continue;
    if (sk === 'charge') noteCharge({ ...seenCharge(record as Charge, nowMs), channel: 'sandbox' });
    else noteRefund('sandbox', seenRefund(record as Refund, nowMs));
  }
  return { charges, refunds, doubled };
}

const requestOf = (reference: string, payment: string, amount: bigint, currency: string): RefundSeen['request'] => ({
  reference,
  payment,
  amount,
  currency,
});
const outcomeOf = (kind: 'succeeded' | 'pending' | 'failed'): RefundSeen['outcome'] =>
  ({ kind }) as RefundSeen['outcome'];

const referenceOf = ({ metadata }: Pick<Intent, 'metadata'>): string => String(metadata.sluice_reference);

function stripeCharges({ intents, charges }: StripeSimulator['books']): readonly ChargeAt[] {
  return [...intents.values()].map((intent) => {
    const charge = charges.get(intent.chargeId ?? '');
    const approved = intent.manual ? 'authorized' : 'captured';
    const isApproved = charge !== undefined && charge.failure === undefined;
    const asked = BigInt(intent.metadata.sluice_asked!.split(' ')[0]!);
    return {
      ...NOTHING,
      channel: 'stripe',
      request: params(referenceOf(intent), asked, intent.currency, !intent.manual),
      outcome: kindOf(isApproved ? approved : intent.status === 'requires_action' ? intent.status : 'failed'),
      authorized: isApproved ? BigInt(intent.amount) : 0n,
      captured: BigInt(intent.received),
      closed: intent.status === 'succeeded',
      refunded: BigInt(charge?.amountRefunded ?? 0),
      voided: intent.status === 'canceled',
    };
  });
}

const stripeRefunds = ({ refunds }: StripeSimulator['books']): readonly RefundSeen[] =>
  [...refunds.values()].map(({ metadata, charge, amount, status }) => ({
    request: requestOf(
      String(metadata.sluice_reference),
      referenceOf(charge.intent),
      BigInt(amount),
      charge.intent.currency,
    ),
    outcome: outcomeOf(status),
  }));

/** Length of a reference of ours. A capture of a hold is a trade whose number goes on behind it. */
const REFERENCE_LENGTH = 31;
/** A cancel that gives the money back has the number of its trade. */
const backByCancel = ({ refunds, number }: Trade): bigint => refunds.get(number)?.amount ?? 0n;
const refundedBy = ({ refunds, number }: Trade): bigint =>
  [...refunds].reduce((sum, [name, { amount }]) => (name === number ? sum : sum + amount), 0n);
const takenBy = (trade: Trade): bigint => (trade.paidMs === undefined ? 0n : trade.amount - backByCancel(trade));

const chargeOfTrade = (trade: Trade): ChargeAt => ({
  ...NOTHING,
  channel: 'alipay',
  request: params(trade.number, trade.amount, 'cny', true),
  outcome: kindOf(trade.paidMs === undefined ? 'failed' : 'captured'),
  authorized: trade.paidMs === undefined ? 0n : trade.amount,
  captured: takenBy(trade),
  closed: true,
  refunded: refundedBy(trade),
  voided: backByCancel(trade) > 0n,
});

function chargeOfHold(hold: Hold, trades: readonly Trade[]): ChargeAt {
  const captures = trades.filter(({ authNo }) => authNo === hold.authNo);
  const captured = captures.reduce((sum, trade) => sum + takenBy(trade), 0n);
  return {
    ...NOTHING,
    channel: 'alipay',
    request: params(hold.number, hold.amount, 'cny', false),
    outcome: kindOf(hold.frozenMs === undefined ? 'failed' : 'authorized'),
    authorized: hold.frozenMs === undefined ? 0n : hold.amount,
    captured,
    closed: captured > 0n && hold.rest === 0n,
    refunded: captures.reduce((sum, trade) => sum + refundedBy(trade), 0n),
    voided: captured === 0n && hold.rest === 0n,
  };
}

const refundsOfTrade = ({ refunds, number }: Trade): readonly RefundSeen[] =>
  [...refunds].flatMap(([name, { amount }]) =>
    name === number
      ? []
      : [
          {
            request: requestOf(name, number.slice(0, REFERENCE_LENGTH), amount, 'cny'),
            outcome: outcomeOf('succeeded'),
          },
        ],
  );

function chargeOfOrder(order: Order, books: Wechatpay['books'], nowMs: number): ChargeAt {
  const isPaid = order.paidMs !== undefined;
  const back = refundsOf(books, order.outTradeNo).filter((refund) => statusOf(refund, nowMs) === 'SUCCESS');
  return {
    ...NOTHING,
    channel: 'wechatpay',
    request: params(order.outTradeNo, BigInt(order.total), 'cny', true),
    outcome: kindOf(isPaid ? 'captured' : 'failed'),
    authorized: isPaid ? BigInt(order.total) : 0n,
    captured: isPaid ? BigInt(order.total) : 0n,
    closed: true,
    refunded: back.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
    voided: false,
  };
}
