/** Cards at Stripe: challenges, declines, verifications, and what never leaves the request. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { stripeChannel } from '../../../functions/channels/stripe/client.ts';
import { stripeCredentials } from '../../../functions/channels/stripe/credentials.ts';
import { type HttpRequest, httpClient } from '../../../functions/kernel/http-client.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { orderAt } from '../../simulators/stripe/library.ts';
import { type StripeUnderTest, stripeUnderTest } from '../../simulators/stripe/under-test.ts';

let under: StripeUnderTest;
beforeEach(async () => {
  under = await stripeUnderTest();
});
afterEach(() => under.close());

const order = (changes: Partial<AuthorizeRequest> = {}) => orderAt(under, changes);
const withCard = (token: string, changes: Partial<AuthorizeRequest> = {}) =>
  order({ instrument: { kind: 'test', token }, ...changes });
const sentNothing = () => expect(under.simulator.seen).toEqual([]);

describe('a challenge', () => {
  it('is a page at which the payer passes, and the payment is found then', async () => {
    const request = withCard('pm_card_threeDSecure2Required');
    const outcome = await under.channel.authorize(request);
    if (outcome.kind !== 'requires_action') throw new Error(outcome.kind);

    await under.payer(outcome.action, 'approve');

    const { attempt } = await under.channel.queryAttempt({ ...request, handles: outcome.handles! });
    expect(attempt).toMatchObject({ kind: 'captured', amount: 1_000n, handles: outcome.handles });
  });

  it('that the payer fails is a decline that another challenge may avoid', async () => {
    const request = withCard('pm_card_threeDSecure2Required');
    const outcome = await under.channel.authorize(request);
    if (outcome.kind !== 'requires_action') throw new Error(outcome.kind);

    await under.payer(outcome.action, 'decline');

    const declined = {
      kind: 'failed',
      decline: { class: 'authentication', code: 'payment_intent_authentication_failure' },
    };
    expect((await under.channel.queryAttempt(request)).attempt).toMatchObject(declined);
    expect((await under.callbacks()).at(-1)).toMatchObject({ about: 'attempt', outcome: declined });
  });

  it.each([
    ['the payer is not there', { offSession: true }, 'error_on_requires_action=true'],
    ['the payer is not there and the card was set up', { offSession: true, setUp: true }, 'off_session=true'],
    ['nothing may be charged after it', { stopsAfterChallenge: true }, 'error_on_requires_action=true'],
    ['the payer has no address to return to', undefined, 'error_on_requires_action=true'],
  ])('is a decline where %s', async (_, changes, parameter) => {
    const { returnUrl: _returnUrl, ...withoutReturn } = withCard('pm_card_authenticationRequired');
    const request = changes ? withCard('pm_card_authenticationRequired', changes) : withoutReturn;

    const outcome = await under.channel.authorize(request);

    expect(outcome).toMatchObject({
      kind: 'failed',
      decline: { class: 'authentication', code: 'authentication_required' },
      handles: { payment_intent: expect.stringMatching(/^pi_/) },
    });
    expect(under.simulator.seen[0]?.body).toContain(parameter);
    expect(under.simulator.seen[0]?.body).not.toContain('return_url');
  });

  it('of another request proves nothing at Stripe, so nothing is sent', async () => {
    const outcome = await under.channel.authorize(order({ authentication: under.reference(1) }));

    expect(outcome).toMatchObject({ kind: 'failed', decline: { class: 'configuration' } });
    sentNothing();
  });
});

it('a decline has its class, its codes and the name of the payment, alike in the answer, the query and the callback', async () => {
  const request = withCard('pm_card_chargeDeclinedLostCard');

  const outcome = await under.channel.authorize(request);

  expect(outcome).toMatchObject({
    kind: 'failed',
    decline: { class: 'hard', declineCode: 'lost_card', networkCode: '05', adviceCode: 'do_not_try_again' },
  });
  expect((await under.channel.queryAttempt(request)).attempt).toEqual(outcome);
  const facts = (await under.callbacks()).filter(({ about }) => about === 'attempt');
  expect(facts.map((fact) => fact.outcome)).toEqual([outcome]);
});

describe('a card of the vault', () => {
  const card = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' };

  it('is in the body of one request, and in nothing that is answered', async () => {
    const outcome = await under.channel.authorizeCard(order(), card);

    expect(outcome).toMatchObject({ kind: 'captured', authorizationCode: '403861', checks: { cvc: 'pass' } });
    expect(inspect(outcome, { depth: null })).not.toContain(card.number);
    const naming = under.simulator.seen.filter(({ body, url }) => `${url}${body}`.includes(card.number));
    expect(naming.map(({ method, url }) => [method, url])).toEqual([['POST', '/v1/payment_intents']]);
  });

  it('with a wrong number is a decline that names no number', async () => {
    const outcome = await under.channel.authorizeCard(order(), { ...card, number: '4242424242424241' });

    expect(outcome).toMatchObject({ kind: 'failed', decline: { class: 'payer_action', code: 'incorrect_number' } });
    expect(JSON.stringify(outcome)).not.toContain('4242');
  });
});

describe('a verification', () => {
  it('is a setup intent: it succeeds, and is found without a name', async () => {
    const request = order({ amount: 0n, capture: false });

    const outcome = await under.channel.authorize(request);

    expect(outcome).toMatchObject({ kind: 'authorized', handles: { setup_intent: expect.stringMatching(/^seti_/) } });
    expect((await under.channel.queryAttempt(request)).attempt).toEqual(outcome);
    expect((await under.callbacks()).at(-1)).toEqual({ about: 'attempt', reference: request.reference, outcome });
    expect(under.simulator.books.intents.size).toBe(0);
  });

  it('is declined, challenged and closed as a payment is', async () => {
    const declined = withCard('pm_card_chargeDeclined', { amount: 0n });
    const challenged = withCard('pm_card_threeDSecure2Required', { amount: 0n });

    expect(await under.channel.authorize(declined)).toMatchObject({ kind: 'failed', decline: { class: 'soft' } });
    const { kind, handles } = await under.channel.authorize(challenged);
    expect(kind).toBe('requires_action');
    expect(await under.channel.close({ ...challenged, handles: handles! })).toEqual({ kind: 'succeeded' });
    expect(await under.channel.close(challenged)).toEqual({ kind: 'succeeded' });
    expect((await under.channel.queryAttempt(challenged)).attempt).toMatchObject({ kind: 'failed' });
  });
});

describe('nothing is sent', () => {
  it.each([
    ['isk', 150n],
    ['ugx', 1_999n],
    ['kwd', 1_005n],
    ['jod', 1_001n],
  ])('of an amount in %s that Stripe would round: %s', async (code, amount) => {
    const request = order({ currency: parseCurrency(code)!, amount });

    const ours = { kind: 'failed', decline: { class: 'configuration', networkCode: 'invalid_amount' } };
    expect(await under.channel.authorize(request)).toMatchObject(ours);
    expect(await under.channel.capture({ ...request, operation: 1, sentMs: 0 })).toMatchObject(ours);
    expect(await under.channel.increment({ ...request, operation: 1, sentMs: 0 })).toMatchObject(ours);
    expect(await under.channel.refund({ ...request, payment: request.reference })).toMatchObject(ours);
    sentNothing();
  });

  it('for a wallet', async () => {
    const instrument = { kind: 'wallet', type: 'alipay' } as const;

    expect(await under.channel.authorize(order({ instrument }))).toMatchObject({ kind: 'failed' });
    sentNothing();
  });

  it('for a test id in the live environment', async () => {
    const credentials = {
      environment: 'live',
      secretKey: `sk_live_${'x'.repeat(20)}`,
      webhookSecrets: ['whsec_secret'],
    };
    const channel = stripeChannel({
      http: httpClient,
      nowMs: () => under.clock.nowMs(),
      baseUrl: under.simulator.url,
      credentials: async (_, schema) => schema.parse(credentials),
    });

    expect(await channel.authorize(order())).toMatchObject({ kind: 'failed', decline: { class: 'configuration' } });
    sentNothing();
  });

  it('without credentials, which is unknown', async () => {
    const channel = stripeChannel({
      http: httpClient,
      nowMs: () => under.clock.nowMs(),
      baseUrl: under.simulator.url,
      credentials: () => Promise.reject(new Error('KMS')),
    });
    const request = { ...order(), operation: 1, sentMs: 0 };

    for (const outcome of [
      await channel.authorize(order()),
      await channel.capture(request),
      await channel.void(request),
    ])
      expect(outcome.kind).toBe('unknown');
    sentNothing();
  });
});

it('amounts of currencies without minor units, with two zeros and with three decimals are sent as they are', async () => {
  for (const [code, amount] of [
    ['jpy', 1_001n],
    ['isk', 1_500n],
    ['ugx', 2_000n],
    ['kwd', 1_010n],
    ['huf', 17_501n],
    ['twd', 1_001n],
  ] as const)
    expect(await under.channel.authorize(order({ currency: parseCurrency(code)!, amount }))).toMatchObject({ amount });

  const sent = under.simulator.seen.map(({ body }) => body.split('&').slice(0, 2).join(' '));
  expect(sent).toEqual([
    'amount=1001 currency=jpy',
    'amount=1500 currency=isk',
    'amount=2000 currency=ugx',
    'amount=1010 currency=kwd',
    'amount=17501 currency=huf',
    'amount=1001 currency=twd',
  ]);
});

describe('credentials', () => {
  const good = { environment: 'test', secretKey: `sk_test_${'x'.repeat(20)}`, webhookSecrets: ['whsec_secret'] };

  it.each([
    ['a restricted key', { secretKey: `rk_test_${'x'.repeat(20)}` }, true],
    ['two secrets', { webhookSecrets: ['whsec_secret', 'whsec_another'] }, true],
    ['a connected account', { account: 'acct_1A' }, true],
    ['a key of the other environment', { environment: 'live' }, false],
    ['a publishable key', { secretKey: `pk_test_${'x'.repeat(20)}` }, false],
    ['no secret', { webhookSecrets: [] }, false],
    ['three secrets', { webhookSecrets: ['whsec_1111111', 'whsec_2222222', 'whsec_3333333'] }, false],
    ['an address', { baseUrl: 'https://stripe.example' }, false],
  ])('with %s are valid: %#', (_, changes, valid) => {
    expect(stripeCredentials.safeParse({ ...good, ...changes }).success).toBe(valid);
  });

  it('are tried by a read, with the connected account where there is one', async () => {
    const sent: HttpRequest[] = [];
    const channel = (secretKey: string) =>
      stripeChannel({
        http: (request) => {
          sent.push(request);
          return httpClient(request);
        },
        nowMs: () => under.clock.nowMs(),
        baseUrl: under.simulator.url,
        credentials: async (_, schema) => schema.parse({ ...good, secretKey, account: 'acct_1A' }),
      });

    expect(await channel(under.simulator.secretKey).checkCredentials(under.account)).toEqual({ kind: 'accepted' });
    expect(await channel(good.secretKey).checkCredentials(under.account)).toEqual({
      kind: 'refused',
      reason: 'invalid_request_error',
    });
    under.simulator.faults.push({ kind: 'error_before' });
    expect((await channel(under.simulator.secretKey).checkCredentials(under.account)).kind).toBe('unknown');
    expect(sent.map(({ method, headers }) => [method, headers?.['stripe-account']])).toEqual(
      Array.from({ length: 3 }, () => ['GET', 'acct_1A']),
    );
  });
});

it('a payment names its account in a header, and goes to Stripe where no other address is given', async () => {
  const urls: string[] = [];
  const channel = stripeChannel({
    http: async (request) => {
      urls.push(request.url);
      return { status: 500, headers: {}, body: Buffer.from('') };
    },
    nowMs: () => under.clock.nowMs(),
    credentials: async (_, schema) =>
      schema.parse({ environment: 'test', secretKey: `sk_test_${'x'.repeat(20)}`, webhookSecrets: ['whsec_secret'] }),
  });

  await channel.authorize(order());

  expect(urls).toEqual(['https://api.stripe.com/v1/payment_intents']);
});
