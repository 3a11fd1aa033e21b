/** Refunds at Stripe. A refund is known by our reference in its metadata, among all refunds of its payment. */
import type { OperationOutcome, QueryResult, RefundAtChannel, RefundQuery, RefundRequest } from '../port/port.ts';
import { isBalanceTooLow, ourFault, refusalOf } from './errors.ts';
import { byId, inList, type Looking } from './find.ts';
import { refundOutcome } from './map.ts';
import { type Refund, readRefund } from './objects.ts';
import { findIntent } from './query.ts';
import { referenceIn } from './references.ts';
import { isPayable, refundParameters } from './requests.ts';
import { post, reasonOf, type StripeClientDeps, type StripeResponse } from './transport.ts';

/** What is refunded, by Stripe's name; a record that has none finds the payment by our reference. */
type Refunded = { readonly charge: string } | { readonly payment_intent: string };

async function refundedBy(
  deps: StripeClientDeps,
  { payment, account, refunded }: RefundAtChannel,
): Promise<Refunded | Extract<OperationOutcome, { kind: 'unknown' }>> {
  const intent = refunded?.payment?.payment_intent;
  if (intent !== undefined) return { payment_intent: intent };
  const found = await findIntent(deps, { reference: payment, account });
  return found.kind === 'found'
    ? { payment_intent: found.object.id }
    : { kind: 'unknown', reason: found.kind === 'unknown' ? found.reason : 'the payment was not found' };
}

/**
 * Stripe keeps a refusal under its key for a day. One for lack of balance is final for its key and had no effect, so the next key is tried, in an order
 * that never changes: of all keys one at most makes a refund.
 */
const MAXIMUM_KEYS = 32;
const keysOf = ({ reference }: RefundRequest): readonly string[] =>
  Array.from({ length: MAXIMUM_KEYS }, (_, number) => (number === 0 ? reference : `${reference}-${number}`));

/** Gives money back. */
export async function refund(deps: StripeClientDeps, request: RefundRequest): Promise<OperationOutcome> {
  if (!isPayable(request)) return { kind: 'failed', decline: ourFault('invalid_amount') };
  const charge = request.refunded?.capture?.charge;
  const of: Awaited<ReturnType<typeof refundedBy>> =
    charge === undefined ? await refundedBy(deps, request) : { charge };
  if ('kind' in of) return of;
  let response: StripeResponse | undefined;
  for (const key of keysOf(request)) {
    response = await post(deps, request.account, '/v1/refunds', refundParameters(request, of), key);
    const isKept = response.kind === 'refused' && response.replayed && isBalanceTooLow(response.error);
    if (!isKept) break;
  }
  return outcomeOf(request, response!);
}

function outcomeOf({ reference, amount, currency }: RefundRequest, response: StripeResponse): OperationOutcome {
  if (response.kind === 'unknown') return response;
  if (response.kind === 'refused') return refusalOf('refund', response.status, response.error);
  const read = readRefund(response.body);
  const isOurs =
    read !== undefined &&
    referenceIn(read.metadata) === reference &&
    read.amount === amount &&
    read.currency === currency;
  return isOurs ? refundOutcome(read) : { kind: 'unknown', reason: reasonOf(response) };
}

/** `not_found` only when all refunds of the payment were read. */
export async function queryRefund(deps: StripeClientDeps, query: RefundQuery): Promise<QueryResult<OperationOutcome>> {
  const { reference, account, handles } = query;
  const looking: Looking<Refund> = { account, reference, read: readRefund };
  const named = handles?.refund === undefined ? undefined : await byId(deps, 'refunds', handles.refund, looking);
  if (named && named.kind !== 'not_found') return named.kind === 'found' ? refundOutcome(named.object) : named;
  const of = await refundedBy(deps, query);
  if ('kind' in of) return of;
  const found = await inList(deps, 'refunds', of, looking);
  return found.kind === 'found' ? refundOutcome(found.object) : found;
}
