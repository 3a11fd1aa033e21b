/** Answers to disputes, and the payment that a dispute is about: Stripe names it, and has our reference in its metadata. */

import type { Parent } from '../port/callback.ts';
import type { ChannelAccount, DisputeAnswer, OperationOutcome } from '../port/port.ts';
import { refusalOf } from './errors.ts';
import { disputeId } from './map.ts';
import { readDispute, readPaymentIntent } from './objects.ts';
import { isInAskedCurrency, referenceIn } from './references.ts';
import { evidenceParameters } from './requests.ts';
import { get, post, reasonOf, type StripeClientDeps } from './transport.ts';

/** Contests a dispute with evidence, or accepts that the money is lost. Under its number an answer is given once. */
export async function answerDispute(deps: StripeClientDeps, request: DisputeAnswer): Promise<OperationOutcome> {
  const { reference, account, dispute, submission, answer } = request;
  const id = disputeId(dispute);
  const path = `/v1/disputes/${encodeURIComponent(id)}`;
  const key = `${reference}-${dispute}-${submission}`;
  const response =
    answer === 'accept'
      ? await post(deps, account, `${path}/close`, {}, key)
      : await post(deps, account, path, evidenceParameters(request), key);
  if (response.kind === 'unknown') return response;
  if (response.kind === 'refused') return refusalOf('dispute', response.status, response.error);
  return readDispute(response.body)?.id === id
    ? { kind: 'succeeded' }
    : { kind: 'unknown', reason: reasonOf(response) };
}

/** Our reference of the payment that Stripe calls `name`. */
export async function referenceOf(
  deps: StripeClientDeps,
  { account, name }: { readonly account: ChannelAccount; readonly name: string },
): Promise<Parent> {
  const response = await get(deps, account, `/v1/payment_intents/${encodeURIComponent(name)}`);
  if (response.kind === 'refused' && response.status === 404) return { kind: 'not_ours' };
  const intent = response.kind === 'answered' ? readPaymentIntent(response.body) : undefined;
  if (!intent) return { kind: 'unknown', reason: reasonOf(response) };
  const reference = referenceIn(intent.metadata);
  if (!reference) return { kind: 'not_ours' };
  return isInAskedCurrency(intent)
    ? { kind: 'found', reference }
    : { kind: 'unknown', reason: `Stripe has it in ${intent.currency}` };
}
