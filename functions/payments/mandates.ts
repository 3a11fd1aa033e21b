/** Mandates: what a payer agreed to when a card was set up for later. Each is told from its setup intent, and holds while the card may be charged. */
import type Stripe from 'stripe';
import { noSuch } from '../shared/errors.ts';
import { bodyOf, type Scope } from '../shared/ids.ts';
import type { Operation } from '../shared/operation.ts';
import { noParams } from '../shared/params.ts';
import { loadRecord } from '../shared/record.ts';
import type { Table } from '../shared/table.ts';
import { loadMethod, type MethodRecord } from '../vault/method.ts';
import type { PaymentsDeps } from './deps.ts';
import { type Mandate, mandateOf, SETUP_INTENT, type SetupIntent } from './setup-intent.ts';

/** The mandate that `mandate_…` names in this scope. */
export async function mandateById(table: Table, scope: Scope, id: string): Promise<Stripe.Mandate | undefined> {
  const intent = await loadRecord(table, SETUP_INTENT, scope, bodyOf(id, 'mandate'));
  const mandate = intent && mandateOf(intent);
  return mandate && renderMandate(intent, mandate, await loadMethod(table, scope, mandate.method.id));
}

/** It is over once its card was detached, or could not become the customer's; one that had no customer may be attached at any time. */
const mayCharge = (intent: SetupIntent, method: MethodRecord | undefined): boolean =>
  method !== undefined && !method.spent && (intent.customer === undefined || method.customer === intent.customer);

function renderMandate(intent: SetupIntent, mandate: Mandate, method: MethodRecord | undefined): Stripe.Mandate {
  const { acceptedSeconds, online } = mandate.acceptance;
  return {
    id: mandate.id,
    object: 'mandate',
    customer_acceptance: {
      accepted_at: acceptedSeconds,
      ...(online
        ? { type: 'online', online: { ip_address: online.ipAddress, user_agent: online.userAgent } }
        : { type: 'offline', offline: {} }),
    },
    livemode: intent.livemode,
    multi_use: {},
    payment_method: mandate.method.id,
    payment_method_details: { type: 'card', card: {} },
    status: mayCharge(intent, method) ? 'active' : 'inactive',
    type: 'multi_use',
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
