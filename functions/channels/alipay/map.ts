/** Trades and orders of Alipay in the port's terms. Pure; what cannot be read is undefined, and so unknown, never failed (I15). */
import { handlesIn } from '../port/handles.ts';
import type { AttemptOutcome, AuthorizeRequest, OperationOutcome, WalletReceipt } from '../port/port.ts';
import { ORDER_CLOSED } from './errors.ts';
import type { Hold, Trade } from './wire.ts';
import { shanghaiTime, yuan } from './wire.ts';

/** What the payer reads, without the signs that Alipay refuses in a title. */
export const titleOf = ({
  statementDescriptor,
  reference,
}: Pick<AuthorizeRequest, 'statementDescriptor' | 'reference'>): string =>
  (statementDescriptor ?? reference).replace(/[/=&<>"'\\]/g, ' ').trim() || reference;

/** The members that every order of a trade has. */
export const orderOf = (request: AuthorizeRequest, expiresMs: number): Readonly<Record<string, string>> => ({
  out_trade_no: request.reference,
  total_amount: yuan(request.amount),
  subject: titleOf(request),
  time_expire: shanghaiTime(expiresMs),
});

/** The members that every order of a pre-authorization has. */
export const freezeOf = (request: AuthorizeRequest, expiresMs: number): Readonly<Record<string, string>> => ({
  out_order_no: request.reference,
  out_request_no: request.reference,
  order_title: titleOf(request),
  amount: yuan(request.amount),
  // Whole minutes from when Alipay has the request: one less, so that the order ends no later than asked.
  pay_timeout: `${Math.max(1, Math.floor((expiresMs - request.createdMs) / 60_000) - 1)}m`,
});

/** Whether a trade was ever paid: one that was and is closed has been refunded. */
const wasPaid = (trade: Trade): boolean =>
  trade.send_pay_date !== undefined ||
  trade.gmt_payment !== undefined ||
  [trade.receipt_amount, trade.buyer_pay_amount, trade.refund_fee].some(
    (amount) => amount !== undefined && amount > 0n,
  );

const receiptOf = (transaction: string, payerId: string | undefined): { readonly wallet: WalletReceipt } => ({
  wallet: { transaction, ...(payerId !== undefined && { payerId }) },
});

/**
 * A trade of which nothing is paid yet. Its payer has the address of it already, which no answer repeats: a record keeps the one that it has. After the
 * expiry, it is closed.
 */
const WAITING: AttemptOutcome = { kind: 'requires_action', action: { kind: 'display', facts: {} } };

/** The outcome of an attempt that is one trade. */
export function tradeOutcome(trade: Trade): AttemptOutcome {
  const handles = handlesIn({ trade_no: trade.trade_no });
  const payer = trade.buyer_user_id ?? trade.buyer_id ?? trade.buyer_open_id;
  switch (trade.trade_status) {
    case 'WAIT_BUYER_PAY':
      return { ...WAITING, ...handles };
    case 'TRADE_CLOSED':
      if (!wasPaid(trade)) return { kind: 'failed', decline: ORDER_CLOSED, ...handles };
      break;
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
      break;
    default:
      return trade.trade_status satisfies never;
  }
  return {
    kind: 'captured',
    authorizationCode: trade.trade_no,
    amount: trade.total_amount,
    ...receiptOf(trade.trade_no, payer),
    ...handles,
  };
}

/** The outcome of a capture, which is a trade of its own. */
export function captureOutcome(trade: Trade): OperationOutcome {
  const outcome = tradeOutcome(trade);
  const handles = handlesIn({ trade_no: trade.trade_no });
  if (outcome.kind === 'captured') return { kind: 'succeeded', ...handles };
  if (outcome.kind === 'failed') return outcome;
  return { kind: 'pending', ...handles };
}

/** The outcome of an attempt that is held: of the operation that froze its amount. */
export function freezeOutcome(hold: Hold): AttemptOutcome {
  const handles = handlesIn({ auth_no: hold.auth_no });
  const payer = hold.payer_user_id ?? hold.payer_open_id;
  switch (hold.status) {
    case 'SUCCESS':
      return {
        kind: 'authorized',
        authorizationCode: hold.auth_no,
        amount: hold.amount,
        ...receiptOf(hold.auth_no, payer),
        ...handles,
      };
    case 'CLOSED':
    case 'FAIL':
      return { kind: 'failed', decline: ORDER_CLOSED, ...handles };
    case 'INIT':
      return { ...WAITING, ...handles };
    default:
      return { kind: 'unknown', reason: 'the status is not known', ...handles };
  }
}
