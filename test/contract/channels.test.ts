/** `/v1/channels` and the switches of accounts, as a merchant with the official SDK sees them; and a live key whose account is connected. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { openChannelAccount } from '../../functions/channels/accounts/store.ts';
import { credentialsOf } from '../../functions/channels/credentials.ts';
import type { Scope } from '../../functions/kernel/ids.ts';
import { CACHE_MS } from '../../functions/kernel/remembered.ts';
import { accountsOf, type ConnectedAccount } from '../../functions/merchants/accounts.ts';
import { loadSettings, writeSettings } from '../../functions/merchants/store.ts';
import { foundAccount, switchAccount } from '../../functions/operator/channels.ts';
import type { MadeMerchant } from '../../functions/operator/create.ts';
import { paymentById } from '../../functions/payments/store.ts';
import { connecting } from '../scenarios/connected-accounts.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';
import { fakeCipher, scopeOf } from '../world/world.ts';

const app = await contractApp();
const deps = connecting(app.world);

interface Account {
  readonly id: string;
  readonly status: string;
  readonly livemode: boolean;
  readonly health: Readonly<Record<string, unknown>>;
}

const read = async (path: string, key: string, init: RequestInit = {}) => {
  const answer = await app.fetch(path, { ...init, headers: { authorization: `Bearer ${key}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const listed = async (key: string) => (await read('/v1/channels', key)).body.data as readonly Account[];

const liveScopeOf = ({ merchant }: MadeMerchant): Scope => {
  const entry = app.world.table
    .items('merchants')
    .find((item) => item.pk === 'scopes' && item.merchant === merchant && item.livemode === true);
  return entry!.sk as Scope;
};

/** A merchant whose live mode has an account. The channel is the sandbox, which takes it for one of its own. */
async function withLiveAccount() {
  const made = await app.world.merchant({ live: true });
  const { table, merchants } = app.world;
  const scope = liveScopeOf(made);
  const opened = await merchants.openSandbox({ further: false });
  const account = { channel: 'sandbox', account: opened.account };
  const { credentials } = opened;
  const settings = await loadSettings(table, scope);
  await table.commit(
    await openChannelAccount(fakeCipher, credentialsOf('sandbox'), {
      ...account,
      scope,
      livemode: true,
      environment: 'live',
      credentials,
    }),
    writeSettings(scope, { ...settings, ...accountsOf(account), version: settings.version + 1 }),
  );
  app.later(CACHE_MS + 1);
  return { made, scope, account, stripe: app.client({ key: made.live!.secretKey }), key: made.live!.secretKey };
}

const switchOff = async (account: ConnectedAccount, asked: { methods?: ['card'] } = {}, on = false) => {
  await switchAccount(deps, await foundAccount(deps, `${account.channel}/${account.account}`), { on, ...asked });
  app.later(CACHE_MS + 1);
};
const CARD = { type: 'card', card: { number: '4111111111111111', exp_month: 12, exp_year: 2034, cvc: '123' } } as const;

describe('/v1/channels', () => {
  it('lists the accounts of the key, with what each takes, and no credentials', async () => {
    const { key, account } = await withLiveAccount();
    const { body } = await read('/v1/channels', key);
    const [one] = body.data as readonly Account[];

    expect(body).toMatchObject({ object: 'list', has_more: false, url: '/v1/channels' });
    expect(one).toEqual({
      id: account.account,
      object: 'channel_account',
      channel: 'sandbox',
      environment: 'live',
      health: {
        attempts: 0,
        succeeded: 0,
        failed: 0,
        success_rate: null,
        latency_ms: null,
        last_error: null,
        last_callback: null,
      },
      livemode: true,
      payment_methods: expect.arrayContaining([
        { type: 'card', currencies: 'all', capture: 'later' },
        expect.objectContaining({ type: 'alipay', capture: 'at_once' }),
      ]) as unknown,
      priority: 1,
      status: 'enabled',
    });
    expect(JSON.stringify(body)).not.toMatch(/sandbox_sba|sbs_/);
    expect((await read(`/v1/channels/${account.account}`, key)).body).toEqual(one);
  });

  it('shows no account of another merchant, nor of the other mode', async () => {
    const { key, made, account } = await withLiveAccount();
    const other = (await app.newMerchant()).test.secretKey;
    const [test] = await listed(made.test.secretKey);

    for (const [id, stranger] of [
      [account.account, other],
      [account.account, made.test.secretKey],
      [test!.id, key],
      ['none', key],
    ] as const) {
      const { status, body } = await read(`/v1/channels/${id}`, stranger);
      expect([status, body]).toMatchObject([404, { error: { code: 'resource_missing', param: 'id' } }]);
    }
    expect((await listed(other)).map(({ id }) => id)).not.toContain(account.account);
    expect(await listed(made.test.secretKey)).toMatchObject([{ livemode: false }]);
  });

  it.each([
    ['POST', '/v1/channels'],
    ['POST', '/v1/channels/acc'],
    ['DELETE', '/v1/channels/acc'],
  ])('%s %s is refused with the operator’s command, and changes nothing', async (method, path) => {
    const before = app.world.table.items('channels').length;
    const { status, body } = await read(path, app.merchant.test.secretKey, { method });

    expect([status, body]).toMatchObject([
      403,
      { error: { type: 'invalid_request_error', message: expect.stringContaining('npm run channel') as string } },
    ]);
    expect(app.world.table.items('channels')).toHaveLength(before);
  });

  it('is not for publishable keys, nor without a key', async () => {
    expect((await read('/v1/channels', app.merchant.test.publishableKey)).status).toBe(403);
    expect((await app.fetch('/v1/channels')).status).toBe(401);
  });

  it('shows how the account does: outcomes, the last error, the last callback', async () => {
    const { test: keys } = await app.newMerchant();
    const stripe = app.client({ key: keys.secretKey });
    const pay = (method: string) =>
      stripe.paymentIntents.create({ amount: 1_000, currency: 'usd', payment_method: method, confirm: true });
    await pay('pm_card_visa');
    await thrown(pay('pm_card_chargeDeclined'));
    await app.settleDown();
    const [account] = await listed(keys.secretKey);

    expect(account!.health).toEqual({
      attempts: 2,
      succeeded: 1,
      failed: 1,
      success_rate: 0.5,
      latency_ms: expect.any(Number) as number,
      last_error: { code: 'card_declined', class: null, at: expect.any(Number) as number },
      last_callback: expect.any(Number) as number,
    });
  });
});

/** A payment of a live key by PayPal, which the payer approves on the sandbox's page. Test cards are no cards of live mode. */
async function paidBy(stripe: Stripe, changes: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const asked = await stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    payment_method_data: { type: 'paypal' },
    payment_method_types: ['paypal'],
    confirm: true,
    return_url: 'https://shop.example/done',
    ...changes,
  } as never);
  const page = asked.next_action!.redirect_to_url!.url!;
  const answer = await fetch(page, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ result: 'approve' }),
  });
  await app.sentOn(answer.headers.get('location')!);
  await app.settleDown();
  return stripe.paymentIntents.retrieve(asked.id);
}

describe('a live key', () => {
  it('whose account is connected pays, captures and refunds, and its callbacks are taken', async () => {
    const { stripe, key } = await withLiveAccount();
    const paid = await paidBy(stripe, { capture_method: 'manual' });
    const captured = await stripe.paymentIntents.capture(paid.id, { amount_to_capture: 1_500 });
    const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 500 });
    await app.settleDown();

    expect([paid.status, captured.status, captured.livemode, refund.status]).toEqual([
      'requires_capture',
      'succeeded',
      true,
      'succeeded',
    ]);
    expect([app.world.failures, app.world.alarms]).toEqual([[], []]);
    const [{ health }] = (await listed(key)) as unknown as [Account];
    expect(health).toMatchObject({
      attempts: 1,
      succeeded: 1,
      latency_ms: null,
      last_callback: expect.any(Number) as number,
    });
    const { pending } = await stripe.balance.retrieve();
    expect(pending).toMatchObject([{ currency: 'usd' }]);
    expect(pending[0]!.amount).toBeGreaterThan(0);
  });

  it('without an account has a clear refusal, and nothing is offered', async () => {
    const made = await app.world.merchant({ live: true });
    const stripe = app.client({ key: made.live!.secretKey });
    const { id: method } = await stripe.paymentMethods.create(CARD);

    expect(await listed(made.live!.secretKey)).toEqual([]);
    expect(
      await thrown(
        stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', payment_method: method, confirm: true }),
      ),
    ).toMatchObject({
      statusCode: 400,
      type: 'StripeInvalidRequestError',
      message: expect.stringContaining('No live channel is configured') as string,
    });
    expect(
      await thrown(
        stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', payment_method_types: ['alipay'] } as never),
      ),
    ).toMatchObject({ statusCode: 400, param: 'payment_method_types' });
  });
});

describe('an account that is switched off', () => {
  it('carries no new payment within seconds; what it carries already goes on', async () => {
    const { stripe, account, key } = await withLiveAccount();
    const held = await paidBy(stripe, { capture_method: 'manual' });
    await switchOff(account);

    expect(await thrown(paidBy(stripe))).toMatchObject({ statusCode: 400, param: 'payment_method_types' });
    const card = await stripe.paymentMethods.create(CARD);
    expect(
      await thrown(
        stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', payment_method: card.id, confirm: true }),
      ),
    ).toMatchObject({ statusCode: 400, message: 'No channel of this account takes a payment of 2000 usd with card.' });
    expect(await listed(key)).toMatchObject([{ status: 'disabled' }]);
    expect(await stripe.accounts.retrieveCurrent()).toMatchObject({ charges_enabled: false });
    expect((await stripe.paymentIntents.capture(held.id)).status).toBe('succeeded');
    expect((await stripe.refunds.create({ payment_intent: held.id })).status).toBe('succeeded');
    await app.settleDown();
    expect(app.world.failures).toEqual([]);
    await switchOff(account, {}, true);
    expect((await paidBy(stripe)).status).toBe('succeeded');
  });

  it('for cards offers the other methods', async () => {
    const { stripe, account } = await withLiveAccount();
    const types = async () =>
      (
        await stripe.paymentIntents.create({
          amount: 2_000,
          currency: 'usd',
          automatic_payment_methods: { enabled: true },
        })
      ).payment_method_types;

    expect(await types()).toContain('card');
    await switchOff(account, { methods: ['card'] });
    expect(await types()).not.toContain('card');
    expect(await types()).toContain('alipay');
  });

  it('stands on the attempt as the reason why another account carried the payment', async () => {
    const made = await app.newMerchant();
    const scope = scopeOf(app.world.table, made);
    const { world } = app;
    const [first] = (await loadSettings(world.table, scope)).accounts;
    const opened = await world.merchants.openSandbox({ further: true });
    await world.table.commit(
      await world.merchants.encryptAccount({
        channel: 'sandbox',
        account: opened.account,
        scope,
        livemode: false,
        environment: 'test',
        credentials: opened.credentials,
      }),
    );
    const settings = await loadSettings(world.table, scope);
    const accounts = [...settings.accounts, { channel: 'sandbox', account: opened.account }];
    await world.table.commit(writeSettings(scope, { ...settings, accounts, version: settings.version + 1 }));
    await switchOff(first!);
    const paid = await app
      .client({ key: made.test.secretKey })
      .paymentIntents.create({ amount: 1_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true });
    const payment = await paymentById(world.table, scope, paid.id);

    expect(paid.status).toBe('succeeded');
    expect(payment!.attempts).toMatchObject([
      { channel: { channel: 'sandbox', account: opened.account }, why: [`sandbox/${first!.account} disabled`] },
    ]);
  });
});
