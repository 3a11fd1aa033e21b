/** Payment intents: retrieve and list, and the load that every operation on one begins with. */

import { noSuch, noSuchReference, refused } from '../api/errors.ts';
import { listBody, listRecords } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { customerById, customerId } from '../customers/customer.ts';
import { listByToken } from '../search/index/list.ts';
import { paymentsAhead } from './ahead.ts';
import type { PaymentsDeps } from './deps.ts';
import { type IntentListParams, listParams, type RetrieveIntentParams, retrieveIntentParams } from './params.ts';
import type { Payment } from './payment.ts';
import { committedReplyOf } from './reply.ts';
import { loadPayment, PAYMENT, paymentById } from './store.ts';
import { renderPayment } from './wire.ts';

const isIntent = ({ direct }: Payment): boolean => !direct;

/** The payment intent that the path names. @throws 404 resource_missing */
export async function loadIntent(deps: PaymentsDeps, call: Omit<Call, 'lock'>): Promise<Payment> {
  const id = call.path.id ?? '';
  const payment = await paymentById(deps.table, call.caller.scope, id);
  if (!payment) throw noSuch('payment_intent', id, 'intent');
  return payment;
}

/**
 * An intent that a Checkout Session made (`shown`: as the error has it) is confirmed and canceled through it, and asks for what it asks for.
 * @throws 400
 */
export function assertNotOfSession(
  intent: Pick<Payment, 'session'>,
  verb: 'confirm' | 'cancel' | 'update',
  shown: () => { readonly payment_intent: object } | { readonly setup_intent: object },
): void {
  if (intent.session === undefined) return;
  const facts = shown();
  const [object, code] =
    'payment_intent' in facts
      ? ['PaymentIntent', 'payment_intent_unexpected_state']
      : ['SetupIntent', 'setup_intent_unexpected_state'];
  const instead = verb === 'cancel' ? ' To cancel it, expire the Checkout Session instead.' : '';
  throw refused(`You cannot ${verb} the ${object} for a Checkout Session.${instead}`, {
    code,
    ...facts,
  });
}

/** The intent as an error about its state shows it. */
export const shownIntent =
  (payment: Payment, { caller }: Pick<Call, 'caller'>) =>
  () => ({ payment_intent: renderPayment(payment, caller.settings) });

export async function committedIntentReply(deps: PaymentsDeps, call: Call): Promise<Reply | undefined> {
  const id = call.path.id;
  const payment = await (id === undefined
    ? loadPayment(deps.table, call.caller.scope, call.lock.objectKey)
    : paymentById(deps.table, call.caller.scope, id));
  return committedReplyOf(payment, call);
}

/** A charge by itself is no payment intent, and no place in the list of them. @throws 400 resource_missing */
async function assertCursor(
  { table }: PaymentsDeps,
  { caller, params }: Call<IntentListParams>,
  param: 'starting_after' | 'ending_before',
): Promise<void> {
  const id = params[param];
  if (id !== undefined && !(await paymentById(table, caller.scope, id)))
    throw noSuchReference('payment_intent', id, param);
}

async function list(deps: PaymentsDeps, call: Call<IntentListParams>): Promise<Reply> {
  const { caller, params } = call;
  const whom =
    params.customer === undefined ? undefined : await customerById(deps.table, caller.scope, params.customer);
  if (params.customer !== undefined && !whom) throw noSuchReference('customer', params.customer, 'customer');
  await Promise.all([assertCursor(deps, call, 'starting_after'), assertCursor(deps, call, 'ending_before')]);
  const page = whom
    ? await listByToken(
        deps.table,
        PAYMENT,
        caller,
        ['customer', customerId(whom.body)],
        params,
        (payment) => payment.customer === whom.body && isIntent(payment),
        (to) => paymentsAhead(deps, caller, to),
      )
    : await listRecords(deps.table, PAYMENT, caller, params, isIntent);
  const render = (payment: Payment) => renderPayment(payment, call.caller.settings);
  return { status: 200, body: listBody(page, '/v1/payment_intents', render) };
}

const intent = { object: 'payment_intent' };

export const listIntents: Operation<PaymentsDeps, IntentListParams, undefined> = {
  method: 'GET',
  path: '/v1/payment_intents',
  params: listParams,
  returns: { ...intent, list: true },
  run: list,
};

export const retrieveIntent: Operation<PaymentsDeps, RetrieveIntentParams, Payment> = {
  method: 'GET',
  path: '/v1/payment_intents/{id}',
  params: retrieveIntentParams,
  publishable: 'with_secret',
  returns: intent,
  read: loadIntent,
  run: async (_deps, call, payment) => ({ status: 200, body: renderPayment(payment, call.caller.settings) }),
};
