/** Payment methods: the only routes that take a card number. */
import { cardError, noSuchReference } from '../shared/errors.ts';
import type { Scope } from '../shared/ids.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { billingOf } from '../shared/person.ts';
import { testCardOf } from '../shared/test-cards.ts';
import { acceptCard } from './card.ts';
import type { VaultDeps } from './deps.ts';
import { fingerprintText, loadMethod, type MethodRecord, mintTestMethod, renderMethod, writeMethod } from './method.ts';
import { answer, attachMethod, detachMethod, listMethods, methodByPath, updateMethod } from './methods.ts';
import { commitOnce, sealCard } from './store.ts';
import { assertCard, type CreateParams, createParams, retrieveParams, typedCardOf } from './wire.ts';

/**
 * Makes a payment method of a card or of a published test token. The secret part is written before the public one, so a method
 * that can be seen can be charged; both are this request's own id, so a request sent again finds its own work and goes on.
 * @throws 402 invalid_number, incorrect_number, invalid_expiry_month, invalid_expiry_year, invalid_cvc, card_declined; 400 resource_missing for a token
 * @see https://docs.stripe.com/api/payment_methods/create
 */
async function create(deps: VaultDeps, call: Call<CreateParams>): Promise<Reply> {
  const { body, resumed } = call.claim;
  const earlier = resumed ? await loadMethod(deps.table, call.caller.scope, `pm_${body}`) : undefined;
  const record = earlier ?? (await made(deps, call));
  return { status: 200, body: renderMethod(record, call.caller.livemode) };
}

async function made(deps: VaultDeps, call: Call<CreateParams>): Promise<MethodRecord> {
  const { card, allow_redisplay: allowRedisplay } = call.params;
  const billing = billingOf(call.params.billing_details);
  const shown = {
    metadata: call.params.metadata ?? {},
    ...(billing && { billing }),
    ...(allowRedisplay && { allowRedisplay }),
  };
  const base = card.token === undefined ? await vaulted(deps, call) : minted(call, card.token, deps.clock.nowMs());
  const record = { ...base, ...shown };
  await commitOnce(deps.table, writeMethod(record));
  return record;
}

/** A published token stands for its test card in test mode; there are no other tokens. */
function minted(call: Call, token: string, nowMs: number): MethodRecord {
  if (!testCardOf(token)) throw noSuchReference('token', token, 'card[token]');
  if (call.caller.livemode) {
    throw cardError('Your card was declined. Your request was in live mode, but used a known test card.', {
      code: 'card_declined',
      decline_code: 'live_mode_test_card',
    });
  }
  return mintTestMethod(call.caller.scope, token, call.claim.body, nowMs);
}

async function vaulted(deps: VaultDeps, call: Call<CreateParams>): Promise<MethodRecord> {
  const { scope, livemode } = call.caller;
  const { body } = call.claim;
  const nowMs = deps.clock.nowMs();
  const accepted = acceptCard(typedCardOf(call.params.card), livemode, nowMs);
  const [fingerprint] = await Promise.all([
    fingerprintOf(deps, scope, accepted.clear.number),
    deps.keys.current(scope),
  ]);
  const writes = await sealCard(deps.keys, { scope, body, nowMs }, accepted.clear, fingerprint);
  await Promise.all(writes.map((write) => commitOnce(deps.table, write)));
  return {
    scope,
    body,
    version: 1,
    livemode,
    createdMs: nowMs,
    committedMs: nowMs,
    card: { ...accepted.facts, fingerprint },
    source: { kind: 'vault', paymentMethod: `pm_${body}` },
    metadata: {},
    ...(accepted.test?.risk && { testRisk: accepted.test.risk }),
    ...(accepted.test && { testToken: accepted.test.token }),
    cvcGiven: accepted.clear.cvc !== undefined,
  };
}

/** The same number has the same fingerprint within a scope, and another in any other (ADR 0005). */
const fingerprintOf = async (deps: VaultDeps, scope: Scope, number: string): Promise<string> =>
  fingerprintText(await deps.mac(Buffer.from(`card fingerprint|${scope}|${number}`)));

export const createMethod: Operation<VaultDeps, CreateParams> = {
  method: 'POST',
  path: '/v1/payment_methods',
  params: createParams,
  check: (_deps, { card }) => assertCard(card),
  returns: { object: 'payment_method' },
  run: create,
  publishable: true,
};

/** The public part of a payment method. @throws 404 resource_missing */
export const retrieveMethod: Operation<VaultDeps, Record<string, never>, MethodRecord> = {
  method: 'GET',
  path: '/v1/payment_methods/{id}',
  params: retrieveParams,
  returns: { object: 'payment_method' },
  read: methodByPath,
  run: async (_deps, _call, record) => answer(record),
};

export const vaultOperations = [
  createMethod,
  listMethods,
  retrieveMethod,
  updateMethod,
  attachMethod,
  detachMethod,
] as const;
