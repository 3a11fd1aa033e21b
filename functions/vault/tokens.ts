/** Tokens: create, which takes a card number, and retrieve. */
import type Stripe from 'stripe';
import { invalidParameter, noSuch } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { billingOf } from '../api/person.ts';
import { seconds } from '../kernel/clock.ts';
import { renderUnchargedCard } from '../payment-methods/source-card.ts';
import { loadToken, putToken, type Token, tokenId } from '../payment-methods/token.ts';
import { tryCommit } from '../table/commit.ts';
import { firstVersion } from '../table/record.ts';
import type { VaultDeps } from './deps.ts';
import { keepCard } from './keep-card.ts';
import { retrieveParams, type TokenParams, tokenParams, typedCardOf } from './params.ts';

/** The token as Stripe shows it. Of its client nothing is known: a function does not see the payer's address. */
const renderToken = (token: Token): Stripe.Token => ({
  id: tokenId(token.body),
  object: 'token',
  card: renderUnchargedCard({ ...token, billing: token.billing }),
  client_ip: null,
  created: seconds(token.createdMs),
  livemode: token.livemode,
  type: 'card',
  used: token.usedBy !== undefined,
});

const answer = (token: Token): Reply => ({ status: 200, body: renderToken(token) });

/**
 * Takes in a card and answers what stands for it, once. The secret part is written before the token, as with a payment method.
 * @throws 402 invalid_number, incorrect_number, invalid_expiry_month, invalid_expiry_year, invalid_cvc, card_declined
 * @see https://docs.stripe.com/api/tokens/create_card
 */
async function create(deps: VaultDeps, call: Call<TokenParams>): Promise<Reply> {
  const { caller, lock, params } = call;
  const earlier = lock.resumed ? await loadToken(deps.table, caller.scope, tokenId(lock.objectKey)) : undefined;
  if (earlier) return answer(earlier);
  const card = params.card!;
  const stored = await keepCard(deps, call, typedCardOf(card));
  const nowMs = deps.clock.nowMs();
  const billing = billingOf({
    name: card.name,
    address: {
      city: card.address_city,
      country: card.address_country,
      line1: card.address_line1,
      line2: card.address_line2,
      postal_code: card.address_zip,
      state: card.address_state,
    },
  });
  const token: Token = {
    ...firstVersion(call, nowMs),
    ...stored,
    ...(billing && { billing }),
  };
  await tryCommit(deps.table, putToken(token));
  return answer(token);
}

/** @throws 400 parameter_missing when there is no card, and for a card that is not typed in whole */
function check(params: TokenParams): void {
  if (!params.card) {
    throw invalidParameter(
      'You must supply either a card, customer, PII data, bank account, or account legal entity to create a token.',
      { code: 'parameter_missing' },
    );
  }
  typedCardOf(params.card);
}

const returns = { object: 'token' };

export const createToken: Operation<VaultDeps, TokenParams> = {
  method: 'POST',
  path: '/v1/tokens',
  params: tokenParams,
  check: (_deps, params) => check(params),
  returns,
  run: create,
  publishable: true,
};

/** @see https://docs.stripe.com/api/tokens/retrieve */
export const retrieveToken: Operation<VaultDeps, Record<string, never>, Token> = {
  method: 'GET',
  path: '/v1/tokens/{id}',
  params: retrieveParams,
  returns,
  read: async (deps, { caller, path }) => {
    const id = path.id ?? '';
    const token = await loadToken(deps.table, caller.scope, id);
    if (!token) throw noSuch('token', id);
    return token;
  },
  run: async (_deps, _call, token) => answer(token),
};
