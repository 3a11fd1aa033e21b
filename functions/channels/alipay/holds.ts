/**
 * Pre-authorization: an order freezes an amount at its payer. One capture pays from it, as a trade of its own, and releases the rest; a release gives back
 * all of it. The order has the payment's number; each capture and release has the payment's number with its own behind it.
 */
import { handlesIn } from '../port/handles.ts';
import type {
  AttemptOutcome,
  AttemptQuery,
  AttemptState,
  AuthorizeRequest,
  CaptureRequest,
  FollowUp,
  OperationFacts,
  OperationOutcome,
  PaymentAtChannel,
} from '../port/port.ts';
import { readAs } from '../port/reader.ts';
import { declineOf, notPossible } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { captureOutcome, freezeOf, freezeOutcome, titleOf } from './map.ts';
import {
  classOfAnswer,
  clientOf,
  codeFor,
  expiryOf,
  findTrade,
  isRefused,
  NOT_OURS,
  outcomeWithoutAnswer,
  UNREADABLE,
  unknown,
  unlessFailed,
} from './orders.ts';
import { type Hold, hold, operationNumber, type ours, paid, type Trade, voucher, yuan } from './wire.ts';

const MISSING = ['AUTH_ORDER_NOT_EXIST', 'AUTH_OPERATION_NOT_EXIST'] as const;
const NO_HOLD = notPossible('payment_intent_unexpected_state', MISSING[0]);
const NOT_NAMED: OperationOutcome = { kind: 'failed', decline: declineOf('configuration', MISSING[0]) };

type Found<T> = T | Extract<AttemptOutcome, { kind: 'unknown' }> | { readonly kind: 'not_found' };

/** One operation on the order of a payment: its freezing, or a release. */
async function findOperation(gateway: Gateway, reference: string, request: string): Promise<Found<Hold>> {
  const answer = await gateway.exchange('alipay.fund.auth.operation.detail.query', {
    biz: { out_order_no: reference, out_request_no: request },
  });
  if (isRefused(answer, ...MISSING)) return { kind: 'not_found' };
  if (answer.kind !== 'answered') return unlessFailed(outcomeWithoutAnswer(answer));
  const found = readAs(hold, answer.body);
  if (!found) return UNREADABLE;
  return found.out_order_no === reference && found.out_request_no === request ? found : NOT_OURS;
}

const findHold = (gateway: Gateway, reference: string): Promise<Found<Hold>> =>
  findOperation(gateway, reference, reference);

/** A code that the payer scans, or what an app gives to Alipay's SDK. The account is asked first whether the order is there already. */
export async function placeHold(gateway: Gateway, request: AuthorizeRequest): Promise<AttemptOutcome> {
  const { products, sellerId } = gateway;
  if (!products.includes('preauth') || sellerId === undefined)
    return { kind: 'failed', decline: declineOf('configuration', 'no pre-authorization') };
  const found = await findHold(gateway, request.reference);
  if ('auth_no' in found)
    return found.amount === request.amount ? freezeOutcome(found) : unknown('the order has another amount');
  if (found.kind !== 'not_found') return found;
  const expiresMs = expiryOf(request);
  const order = {
    notify_url: gateway.callbackUrl,
    biz: { ...freezeOf(request, expiresMs), payee_user_id: sellerId, product_code: PRODUCT },
  };
  const client = clientOf(request);
  if (client === 'ios' || client === 'android') {
    const data = gateway.orderString('alipay.fund.auth.order.app.freeze', order, request.createdMs);
    return { kind: 'requires_action', action: { kind: 'app', parameters: { native_data: data }, expiresMs } };
  }
  const answer = await gateway.exchange('alipay.fund.auth.order.voucher.create', order);
  if (answer.kind !== 'answered') return outcomeWithoutAnswer(answer);
  const made = readAs(voucher, answer.body);
  return made?.out_order_no === request.reference
    ? { kind: 'requires_action', action: codeFor(client, made.code_value, expiresMs) }
    : NOT_OURS;
}

/** Of freezing and of the payment from it alike. */
const PRODUCT = 'PREAUTH_PAY';

/** Pays from the hold. What is not captured is released, because one capture ends the order. */
export async function captureHold(gateway: Gateway, request: CaptureRequest): Promise<OperationOutcome> {
  const { reference, operation, handles } = request;
  const number = operationNumber(reference, operation);
  const found = await findHold(gateway, reference);
  if (!('auth_no' in found)) return found.kind === 'not_found' ? { kind: 'failed', decline: NO_HOLD } : found;
  if (handles?.auth_no !== undefined && handles.auth_no !== found.auth_no)
    return captureFound(gateway, request, number, NOT_NAMED);
  const answer = await gateway.exchange('alipay.trade.pay', {
    notify_url: gateway.callbackUrl,
    biz: {
      out_trade_no: number,
      total_amount: yuan(request.amount),
      subject: titleOf(request),
      product_code: PRODUCT,
      auth_no: found.auth_no,
      auth_confirm_mode: 'COMPLETE',
      ...(gateway.sellerId !== undefined && { seller_id: gateway.sellerId }),
      ...(found.payer_user_id !== undefined && { buyer_id: found.payer_user_id }),
    },
  });
  if (answer.kind === 'answered') {
    const made = readAs(paid, answer.body);
    return made?.out_trade_no === number && made.total_amount === request.amount
      ? { kind: 'succeeded', ...handlesIn({ trade_no: made.trade_no }) }
      : NOT_OURS;
  }
  if (classOfAnswer(answer) !== 'state') return outcomeWithoutAnswer(answer);
  return captureFound(gateway, request, number, {
    kind: 'failed',
    decline: notPossible('charge_expired_for_capture', answer.kind === 'refused' ? answer.subCode : ''),
  });
}

/** What became of a capture that Alipay may have made before; `otherwise` where it has none. */
async function captureFound(
  gateway: Gateway,
  { amount }: CaptureRequest,
  number: string,
  otherwise: OperationOutcome,
): Promise<OperationOutcome> {
  const found = await findTrade(gateway, number);
  if (!('trade_no' in found)) return found.kind === 'not_found' ? otherwise : unlessFailed(found);
  return found.total_amount === amount ? captureOutcome(found) : unknown('the capture has another amount');
}

/** Gives the frozen rest back, under the number of the release. */
export async function releaseHold(gateway: Gateway, request: FollowUp): Promise<OperationOutcome> {
  const { reference, operation, handles } = request;
  const number = operationNumber(reference, operation);
  const earlier = await findOperation(gateway, reference, number);
  if ('auth_no' in earlier) return releaseOutcome(earlier);
  if (earlier.kind !== 'not_found') return earlier;
  const found = await findHold(gateway, reference);
  if (!('auth_no' in found)) return found.kind === 'not_found' ? { kind: 'failed', decline: NO_HOLD } : found;
  if (handles?.auth_no !== undefined && handles.auth_no !== found.auth_no) return NOT_NAMED;
  const { rest_amount: rest = 0n } = found;
  if (found.status !== 'SUCCESS' || rest === 0n) return { kind: 'failed', decline: NO_HOLD };
  const answer = await gateway.exchange('alipay.fund.auth.order.unfreeze', {
    notify_url: gateway.callbackUrl,
    biz: { auth_no: found.auth_no, out_request_no: number, amount: yuan(rest), remark: 'release' },
  });
  if (answer.kind !== 'answered') return outcomeWithoutAnswer(answer);
  const made = readAs(hold, { ...(answer.body as object), out_order_no: reference });
  return made?.out_request_no === number ? releaseOutcome(made) : NOT_OURS;
}

function releaseOutcome({ status }: Hold): OperationOutcome {
  if (status === 'SUCCESS') return { kind: 'succeeded' };
  return status === 'INIT' ? { kind: 'pending' } : { kind: 'failed', decline: NO_HOLD };
}

/** Ends an order whose payer has not confirmed it. One that is frozen stays. */
export async function closeHold(
  gateway: Gateway,
  { reference }: PaymentAtChannel,
): Promise<OperationOutcome | { readonly kind: 'not_found' }> {
  const found = await findHold(gateway, reference);
  if ('auth_no' in found && found.status === 'SUCCESS')
    return { kind: 'failed', decline: notPossible('payment_intent_unexpected_state', 'AUTHORIZED') };
  if ('auth_no' in found && found.status === 'CLOSED') return { kind: 'succeeded' };
  if (!('auth_no' in found) && found.kind !== 'not_found') return found;
  const answer = await gateway.exchange('alipay.fund.auth.operation.cancel', {
    biz: { out_order_no: reference, out_request_no: reference, remark: 'close' },
  });
  if (answer.kind === 'answered') return { kind: 'succeeded' };
  return isRefused(answer, ...MISSING) ? { kind: 'not_found' } : unlessFailed(outcomeWithoutAnswer(answer));
}

/** Numbers of operations among which a capture is looked for, where nothing says which it was. */
const MOST_OPERATIONS = 8;

/** The capture of a hold: at most one took money. `first`: the number that is most likely. */
export async function findCapture(
  gateway: Gateway,
  reference: NonNullable<ReturnType<typeof ours>>['reference'],
  first?: number,
): Promise<Found<{ readonly kind: 'found'; readonly trade: Trade; readonly operation: number }>> {
  if (!gateway.products.includes('preauth')) return { kind: 'not_found' };
  const numbers = Array.from({ length: MOST_OPERATIONS }, (_, index) => index + 1);
  for (const operation of first === undefined ? numbers : [first, ...numbers.filter((number) => number !== first)]) {
    const trade = await findTrade(gateway, operationNumber(reference, operation));
    if ('trade_no' in trade && captureOutcome(trade).kind === 'succeeded') return { kind: 'found', trade, operation };
    if (!('trade_no' in trade) && trade.kind !== 'not_found') return unlessFailed(trade);
  }
  return { kind: 'not_found' };
}

/** The hold as Alipay has it, with its capture, and the release that is asked about. */
export async function queryHold(gateway: Gateway, query: AttemptQuery): Promise<AttemptState> {
  const { reference, operation: asked } = query;
  const operations = new Map<number, OperationOutcome>();
  const operationFacts = new Map<number, OperationFacts>();
  const found = await findHold(gateway, reference);
  if (!('auth_no' in found)) return { attempt: found, operations };
  const attempt = freezeOutcome(found);
  if (asked?.kind === 'void') {
    const release = await findOperation(gateway, reference, operationNumber(reference, asked.number));
    if ('auth_no' in release) operations.set(asked.number, releaseOutcome(release));
    else if (release.kind !== 'not_found') operations.set(asked.number, release);
  }
  if ((found.total_pay_amount ?? 0n) > 0n || asked?.kind === 'capture') {
    const capture = await findCapture(gateway, reference, asked?.kind === 'capture' ? asked.number : undefined);
    if (capture.kind === 'unknown') return { attempt: capture, operations };
    if (capture.kind === 'found') {
      operations.set(capture.operation, captureOutcome(capture.trade));
      operationFacts.set(capture.operation, { kind: 'capture', amount: capture.trade.total_amount });
    }
  }
  return { attempt, operations, operationFacts };
}
