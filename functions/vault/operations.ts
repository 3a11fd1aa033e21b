/** Payment methods: the routes that take a card number are these and those of tokens, and no others. */
import { cardError } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { billingOf } from '../api/person.ts';
import { testCardOf } from '../kernel/test-cards.ts';
import {
  type CardRecord,
  loadMethod,
  type MethodDetails,
  type MethodRecord,
  mintTestMethod,
  renderMethod,
  walletMethod,
} from '../payment-methods/method.ts';
import { writeMethod } from '../payment-methods/store.ts';
import { requestedToken, spendToken, tokenUsed } from '../payment-methods/token.ts';
import { commitNamed, tryCommit } from '../table/commit.ts';
import type { VaultDeps } from './deps.ts';
import { keepCard } from './keep-card.ts';
import { answer, attachMethod, detachMethod, listMethods, methodByPath, updateMethod } from './methods.ts';
import { assertMethod, type CreateParams, createParams, retrieveParams, typedCardOf } from './params.ts';
import { createToken, retrieveToken } from './tokens.ts';

/**
 * Makes a payment method of a wallet, a card or a token. The secret part is written before the public one, so a method
 * that can be seen can be charged; both are this request's own id, so a request sent again finds its own work and goes on.
 * @throws 402 invalid_number, incorrect_number, invalid_expiry_month, invalid_expiry_year, invalid_cvc, card_declined; 400 resource_missing, token_already_used
 * @see https://docs.stripe.com/api/payment_methods/create
 */
async function create(deps: VaultDeps, call: Call<CreateParams>): Promise<Reply> {
  const { objectKey, resumed } = call.lock;
  const earlier = resumed ? await loadMethod(deps.table, call.caller.scope, `pm_${objectKey}`) : undefined;
  const record = earlier ?? (await made(deps, call));
  return { status: 200, body: renderMethod(record, call.caller.livemode) };
}

async function made(deps: VaultDeps, call: Call<CreateParams>): Promise<MethodRecord> {
  const { type, card, allow_redisplay: allowRedisplay } = call.params;
  const billing = billingOf(call.params.billing_details);
  const details = {
    metadata: call.params.metadata ?? {},
    ...(billing && { billing }),
    ...(allowRedisplay && { allowRedisplay }),
  };
  const nowMs = deps.clock.nowMs();
  if (type !== 'card') return written(deps, walletMethod(call, type, details, nowMs));
  const { token } = card!;
  if (token !== undefined && !testCardOf(token)) return madeOfToken(deps, call, token, details);
  const base = token === undefined ? await vaulted(deps, call, nowMs) : minted(call, token, nowMs);
  return written(deps, { ...base, ...details });
}

async function written(deps: VaultDeps, record: MethodRecord): Promise<MethodRecord> {
  await tryCommit(deps.table, writeMethod(undefined, record));
  return record;
}

/** The method and the use of its token in one transaction. @throws 400 resource_missing, token_already_used */
async function madeOfToken(
  deps: VaultDeps,
  { caller, lock }: Call,
  id: string,
  details: MethodDetails,
): Promise<MethodRecord> {
  const param = 'card[token]';
  const token = await requestedToken(deps.table, caller.scope, id, param);
  const { record: base, use } = spendToken(token, lock.objectKey, deps.clock.nowMs(), param);
  const record = { ...base, ...details };
  const conflict = await commitNamed(deps.table, { method: writeMethod(undefined, record), token: use });
  // A conflict on the method: an earlier try of this request made it.
  if (conflict?.on === 'token') throw tokenUsed(id);
  return record;
}

/** A published token stands for its test card in test mode. */
function minted(call: Call, token: string, nowMs: number): CardRecord {
  if (call.caller.livemode) {
    throw cardError('Your card was declined. Your request was in live mode, but used a known test card.', {
      code: 'card_declined',
      decline_code: 'live_mode_test_card',
    });
  }
  return mintTestMethod(call.caller.scope, token, call.lock.objectKey, nowMs);
}

async function vaulted(deps: VaultDeps, call: Call<CreateParams>, nowMs: number): Promise<CardRecord> {
  const { scope, livemode } = call.caller;
  const { objectKey } = call.lock;
  const stored = await keepCard(deps, call, typedCardOf(call.params.card!));
  return {
    scope,
    body: objectKey,
    version: 1,
    livemode,
    createdMs: nowMs,
    committedMs: nowMs,
    metadata: {},
    ...stored,
  };
}

export const createMethod: Operation<VaultDeps, CreateParams> = {
  method: 'POST',
  path: '/v1/payment_methods',
  params: createParams,
  check: (_deps, params) => assertMethod(params),
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
  createToken,
  retrieveToken,
] as const;
