/** Orders at WeChat Pay: placed, found and closed under our reference, which is never used again. */

import type { ChannelReference } from '../../kernel/ids.ts';
import type { Instrument } from '../port/instrument.ts';
import type {
  AttemptOutcome,
  AuthorizeRequest,
  OperationOutcome,
  PaymentAtChannel,
  QueryResult,
} from '../port/port.ts';
import { TIMING } from './capabilities.ts';
import { declineOf, isCode, isMissing, meaningOf, ORDER_CLOSED, ORDER_PAID } from './errors.ts';
import { actionOf, appOf, clientOf, orderOf, outcomeOf, readTransaction, type Transaction } from './map.ts';
import type { Answer, Gateway } from './transport.ts';

type Unknown = Extract<AttemptOutcome, { kind: 'unknown' }>;
type Failed = Extract<OperationOutcome, { kind: 'failed' }>;

export const unknown = (reason: string): Unknown => ({ kind: 'unknown', reason });
const NOT_OURS = unknown('the answer is not about this request');

/**
 * Places the order, and says how the payer pays it. Where WeChat Pay refuses because of what it has under the number, a query shows that: an order that is paid already is the
 * answer, and where there is none the refusal is.
 */
export async function placeOrder(
  gateway: Gateway,
  request: AuthorizeRequest,
  wallet: Extract<Instrument, { kind: 'wallet' }>,
): Promise<AttemptOutcome> {
  const { credentials, callbackUrl } = gateway;
  // Its payer is not there.
  if (request.offSession) return failed(declineOf('authentication', 'off_session'));
  const appId = appOf(credentials, wallet);
  if (appId === undefined) return failed(declineOf('configuration', 'app_id'));
  const { target, body } = orderOf(request, wallet, { appId, mchid: credentials.mchid, callbackUrl });
  const answer = await gateway.post(target, body);
  switch (answer.kind) {
    case 'answered': {
      const action = actionOf(answer.body, request, wallet, { appId, credentials });
      return action ? { kind: 'requires_action', action } : unknown(`no way to pay by ${clientOf(wallet)}`);
    }
    case 'unknown':
      return answer;
    case 'refused':
      return refusedOrder(gateway, request, answer.code);
    default:
      return answer satisfies never;
  }
}

async function refusedOrder(gateway: Gateway, request: AuthorizeRequest, code: string): Promise<AttemptOutcome> {
  const meaning = meaningOf(code);
  if (meaning === 'unknown') return unknown(`refused: ${code}`);
  if (meaning !== 'state') return failed(declineOf(meaning, code));
  const found = await findOrder(gateway, request.reference);
  if (found.kind === 'unknown') return found;
  if (found.kind === 'not_found')
    return failed(isCode(code, 'ORDER_CLOSED', 'ORDER_REVERSED') ? ORDER_CLOSED : declineOf('configuration', code));
  const outcome = outcomeOf(found.order);
  if (outcome.kind === 'not_found') return unknown('another request has the number');
  const isOther = outcome.kind === 'captured' && outcome.amount !== request.amount;
  return isOther ? unknown('the order has another amount') : outcome;
}

type Found = Unknown | { readonly kind: 'not_found' } | { readonly kind: 'found'; readonly order: Transaction };

/** The order under a number of ours. */
async function findOrder({ get, credentials }: Gateway, reference: ChannelReference): Promise<Found> {
  const answer = await get(`/v3/pay/transactions/out-trade-no/${reference}?mchid=${credentials.mchid}`);
  if (answer.kind === 'refused')
    return isMissing(answer.code) ? { kind: 'not_found' } : unknown(`refused: ${answer.code}`);
  if (answer.kind === 'unknown') return answer;
  const order = readTransaction(answer.body);
  return order?.out_trade_no === reference && order.mchid === credentials.mchid ? { kind: 'found', order } : NOT_OURS;
}

/** What became of the order. One that is not paid yet is `not_found`, as one that is not there: nothing is to be had of either. */
export async function queryOrder(gateway: Gateway, reference: ChannelReference): Promise<QueryResult<AttemptOutcome>> {
  const found = await findOrder(gateway, reference);
  return found.kind === 'found' ? outcomeOf(found.order) : found;
}

const SUCCEEDED: OperationOutcome = { kind: 'succeeded' };

/**
 * Closes the order. WeChat Pay cannot close what it has not seen, and a request of ours may still be on its way: then the number is given to an order that no payer is ever shown, and
 * that is closed. A request that was signed minutes ago is refused, so later there is nothing to close. WeChat Pay may not close an order that is minutes old; that is unknown, and is
 * tried again.
 */
export async function closeOrder(
  gateway: Gateway,
  { reference, createdMs }: PaymentAtChannel,
  nowMs: number,
): Promise<OperationOutcome> {
  const first = await closing(gateway, reference);
  if (first.kind !== 'missing') return first;
  if (nowMs - createdMs > TIMING.settlingMs) return SUCCEEDED;
  const answer = await gateway.post('/v3/pay/transactions/native', {
    appid: gateway.credentials.appId,
    mchid: gateway.credentials.mchid,
    description: 'Closed',
    out_trade_no: reference,
    notify_url: gateway.callbackUrl,
    amount: { total: 1, currency: 'CNY' },
  });
  if (answer.kind === 'unknown') return answer;
  // Refused because the order has arrived meanwhile, or taken: in both cases the number is in use, and is closed.
  const second = await closing(gateway, reference);
  if (second.kind !== 'missing') return second;
  return unknown(answer.kind === 'refused' ? `refused: ${answer.code}` : 'the order is not to be found');
}

async function closing(
  gateway: Gateway,
  reference: ChannelReference,
): Promise<OperationOutcome | { readonly kind: 'missing' }> {
  const target = `/v3/pay/transactions/out-trade-no/${reference}/close`;
  const answer = await gateway.post(target, { mchid: gateway.credentials.mchid });
  if (answer.kind === 'answered') return SUCCEEDED;
  if (answer.kind === 'unknown') return answer;
  const { code } = answer;
  if (isMissing(code)) return { kind: 'missing' };
  if (meaningOf(code) !== 'state') return unlessState(answer);
  return stateOf(await queryOrder(gateway, reference), code);
}

/** A close that was refused for what the order is. */
function stateOf(found: QueryResult<AttemptOutcome>, code: string): OperationOutcome {
  if (found.kind === 'captured' || found.kind === 'pending') return { kind: 'failed', decline: ORDER_PAID };
  if (found.kind === 'failed') return SUCCEEDED;
  return found.kind === 'unknown' ? found : unknown(`refused: ${code}`);
}

/** Nothing was closed, and nothing says that the order was paid. */
const unlessState = ({ code }: Extract<Answer, { kind: 'refused' }>): OperationOutcome => unknown(`refused: ${code}`);

const failed = (decline: Failed['decline']): Failed => ({ kind: 'failed', decline });
