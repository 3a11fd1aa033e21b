/**
 * Mandates: a payer's agreement when a card was saved, or when it paid. Each is rendered from its setup intent or its payment, and
 * holds while the card may be charged; one that was for a single payment is over with that.
 */
import type Stripe from 'stripe';
import { noSuch } from '../api/errors.ts';
import type { Operation } from '../api/operation.ts';
import { noParams } from '../api/params.ts';
import { objectKeyOf, type Scope } from '../kernel/ids.ts';
import { wireAmount } from '../kernel/money.ts';
import { type Acceptance, agreedAttempt } from '../payment-methods/acceptance.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import { loadMethod, type MethodRecord } from '../payment-methods/method.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import type { Payment } from '../payments/payment.ts';
import { paymentKey, paymentOf } from '../payments/store.ts';
import { keyOf, recordOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import { mandateOf, SETUP_INTENT, type SetupIntent } from './setup-intent.ts';

interface Mandate {
  readonly acceptance: Acceptance;
  readonly method: MethodFacts;
  readonly livemode: boolean;
  /** Given for one payment; where it is over. */
  readonly single?: { readonly amount: number; readonly currency: string; readonly over: boolean };
  readonly customer: Payment['customer'];
}

/** The mandate that `mandate_…` names in this scope. */
export async function mandateById(table: Table, scope: Scope, id: string): Promise<Stripe.Mandate | undefined> {
  const objectKey = objectKeyOf(id, 'mandate');
  if (!objectKey) return undefined;
  const [setup, paid] = await table.getMany([
    { table: 'payments', key: keyOf(SETUP_INTENT, scope, objectKey) },
    { table: 'payments', key: paymentKey(scope, objectKey) },
  ]);
  const mandate = setup ? ofSetup(recordOf(SETUP_INTENT, setup)) : paid && ofPayment(paymentOf(paid));
  return mandate && renderMandate(id, mandate, await loadMethod(table, scope, mandate.method.id));
}

function ofSetup(intent: SetupIntent): Mandate | undefined {
  const mandate = mandateOf(intent);
  return mandate && { ...mandate, livemode: intent.livemode, customer: intent.customer };
}

/** What keeps the card for later is for many payments, what does not for this one. */
function ofPayment(payment: Payment): Mandate | undefined {
  const attempt = agreedAttempt(payment);
  if (!attempt?.acceptance) return undefined;
  const { acceptance, method, amount, currency, status } = attempt;
  const single = { amount: wireAmount(amount), currency, over: status !== 'authorized' };
  return {
    acceptance,
    method,
    livemode: payment.livemode,
    customer: payment.customer,
    ...(payment.setupFutureUsage === undefined && { single }),
  };
}

/** It is over once its card was detached, or could not become the customer's; one that had no customer may be attached at any time. */
function renderMandate(id: string, mandate: Mandate, method: MethodRecord | undefined): Stripe.Mandate {
  const { acceptedSeconds, online } = mandate.acceptance;
  const { single, customer } = mandate;
  const isKept = method !== undefined && !method.spent && (customer === undefined || method.customer === customer);
  return {
    id,
    object: 'mandate',
    customer_acceptance: {
      accepted_at: acceptedSeconds,
      ...(online
        ? { type: 'online', online: { ip_address: online.ipAddress, user_agent: online.userAgent } }
        : { type: 'offline', offline: {} }),
    },
    livemode: mandate.livemode,
    payment_method: mandate.method.id,
    payment_method_details: { type: 'card', card: {} },
    ...(single
      ? { single_use: { amount: single.amount, currency: single.currency }, type: 'single_use' }
      : { multi_use: {}, type: 'multi_use' }),
    status: (single ? !single.over : isKept) ? 'active' : 'inactive',
  } satisfies Stripe.Mandate;
}

/** @see https://docs.stripe.com/api/mandates/retrieve */
export const retrieveMandate: Operation<PaymentsDeps, object, Stripe.Mandate> = {
  method: 'GET',
  path: '/v1/mandates/{id}',
  params: noParams,
  returns: { object: 'mandate' },
  read: async (deps, call) => {
    const id = call.path.id ?? '';
    const mandate = await mandateById(deps.table, call.caller.scope, id);
    if (!mandate) throw noSuch('mandate', id, 'mandate');
    return mandate;
  },
  run: async (_deps, _call, body) => ({ status: 200, body }),
};
