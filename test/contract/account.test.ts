/** The account behind the key, and the headers that name one. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import { disabledBankKey } from '../../functions/payouts/bank-account.ts';
import { absent } from '../../functions/table/table.ts';
import { operations } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';
import { thrown } from '../world/sdk-errors.ts';
import { scopeOf } from '../world/world.ts';

const app = await contractApp();
const { stripe, merchant, world } = app;
const own = merchant.merchant;
const { get, send } = rawOf(app);
const FOREIGN = 'acct_1AbroadAbroadAbroadAbro';

describe('the account', () => {
  it('is what the settings of the merchant say, by its id and without', async () => {
    const account = await stripe.accounts.retrieveCurrent();

    expect(account).toMatchObject({
      id: own,
      object: 'account',
      business_profile: { name: merchant.name },
      charges_enabled: true,
      payouts_enabled: true,
      details_submitted: true,
      capabilities: { card_payments: 'active' },
      country: 'US',
      default_currency: 'usd',
      email: null,
      settings: {
        branding: { icon: null, logo: null },
        dashboard: { display_name: merchant.name, timezone: 'UTC' },
        payments: { statement_descriptor: 'SLUICE' },
      },
      type: 'standard',
    });
    expect(Math.abs(account.created! - Date.now() / 1000)).toBeLessThan(3_600);
    expect(await stripe.accounts.retrieve(own)).toEqual(account);
  });

  it('in live mode takes and pays nothing: no channel and no bank is connected', async () => {
    const made = await world.merchant({ live: true });
    const live = await app.client({ key: made.live!.secretKey }).accounts.retrieveCurrent();

    expect(live).toMatchObject({ id: made.merchant, charges_enabled: false, payouts_enabled: false });
    expect(live.capabilities).toEqual({ card_payments: 'inactive' });
  });

  it('pays nothing out while its bank account is disabled, which its external accounts show', async () => {
    const made = await app.newMerchant();
    const client = app.client({ key: made.test.secretKey });
    const scope = scopeOf(world.table, made);
    const { bankAccount } = await loadSettings(world.table, scope);
    const before = await client.accounts.listExternalAccounts(made.merchant);
    const item = { ...disabledBankKey(scope, bankAccount), code: 'account_closed' };
    await world.table.commit({ kind: 'put', table: 'payments', item, when: absent });

    const after = await client.accounts.listExternalAccounts(made.merchant, { object: 'bank_account' });

    expect(before.data).toMatchObject([{ id: bankAccount.id, last4: '6789', status: 'new', account: made.merchant }]);
    expect(after.data).toMatchObject([{ id: bankAccount.id, status: 'errored' }]);
    expect(await client.accounts.retrieveExternalAccount(made.merchant, bankAccount.id)).toEqual(after.data[0]);
    expect(await client.accounts.retrieveCurrent()).toMatchObject({ payouts_enabled: false, charges_enabled: true });
    expect((await client.accounts.listExternalAccounts(made.merchant, { object: 'card' })).data).toEqual([]);
  });

  it('has one external account: another id is a 404, and another account a 403', async () => {
    const [bank] = (await stripe.accounts.listExternalAccounts(own)).data;
    const other = await app.newMerchant();
    const [theirs] = (await app.client({ key: other.test.secretKey }).accounts.listExternalAccounts(other.merchant))
      .data;

    expect(await stripe.accounts.retrieveExternalAccount(own, bank!.id)).toEqual(bank);
    await expect(stripe.accounts.retrieveExternalAccount(own, theirs!.id)).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: `No such external account: '${theirs!.id}'`,
    });
    await expect(stripe.accounts.retrieveExternalAccount(other.merchant, theirs!.id)).rejects.toMatchObject({
      statusCode: 403,
      code: 'account_invalid',
    });
  });

  it('has no connected accounts and no persons', async () => {
    expect((await stripe.accounts.list()).data).toEqual([]);
    expect((await stripe.accounts.listPersons(own, { relationship: { owner: true } })).data).toEqual([]);
    await expect(stripe.accounts.create({})).rejects.toMatchObject({
      statusCode: 400,
      message: 'Accounts cannot be created. Sluice has no connected accounts (Connect).',
    });
  });

  it('of another id is a 403 that the SDK takes for a permission error', async () => {
    const other = (await app.newMerchant()).merchant;
    for (const call of [
      stripe.accounts.retrieve(other),
      stripe.accounts.retrieve(FOREIGN),
      stripe.accounts.listExternalAccounts(other),
      stripe.accounts.listPersons(other),
    ]) {
      const error = await thrown(call);

      expect(error).toBeInstanceOf(Stripe.errors.StripePermissionError);
      expect(error).toMatchObject({ statusCode: 403, code: 'account_invalid' });
    }
  });
});

describe('a country spec', () => {
  it('is that of the merchant’s own country, with the currencies that have terms', async () => {
    const spec = await stripe.countrySpecs.retrieve('US');
    const { data } = await stripe.countrySpecs.list();

    expect(spec).toMatchObject({ id: 'US', object: 'country_spec', default_currency: 'usd' });
    expect(spec.supported_payment_currencies).toContain('huf');
    expect(spec.supported_payment_currencies).not.toContain('lak');
    expect(spec.supported_bank_account_currencies.usd).toEqual(['US']);
    expect(spec.supported_payment_methods).toEqual(['card', 'alipay', 'wechat_pay', 'paypal']);
    expect(data).toEqual([spec]);
  });

  it('names no way to pay while no channel is connected', async () => {
    const { live } = await world.merchant({ live: true });
    const spec = await app.client({ key: live!.secretKey }).countrySpecs.retrieve('US');

    expect(spec.supported_payment_methods).toEqual([]);
  });

  it('of any other country is a 404', async () => {
    await expect(stripe.countrySpecs.retrieve('DE')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such country: 'DE'",
    });
  });
});

describe.each(['Stripe-Account', 'Stripe-Context'])('the header %s', (header) => {
  it('that names the merchant’s own account changes nothing, and the response repeats it', async () => {
    const headers = { [header]: own };
    const response = await send('GET', '/v1/balance', undefined, headers);

    expect(response.status).toBe(200);
    expect(response.headers.get('stripe-account')).toBe(own);
    expect((await send('GET', '/v1/balance')).headers.get('stripe-account')).toBeNull();
    expect(await get('/v1/balance', { [header]: '' })).toMatchObject({ status: 200 });
  });

  it('that names another one is a 403 on every route, before anything is read or written', async () => {
    for (const { method, path } of operations) {
      const answer = await send(method, path.replaceAll(/\{\w+\}/g, 'x'), method === 'POST' ? '' : undefined, {
        [header]: FOREIGN,
      });

      expect([method, path, answer.status]).toEqual([method, path, 403]);
      expect(await answer.json()).toEqual({
        error: {
          type: 'invalid_request_error',
          code: 'account_invalid',
          message: `The provided key does not have access to account '${FOREIGN}' (or that account does not exist). Application access may have been revoked.`,
          doc_url: 'https://stripe.com/docs/error-codes/account-invalid',
        },
      });
    }
  });

  it('is refused with 401 first where there is no key', async () => {
    const answer = await app.fetch('/v1/balance', { headers: { [header]: FOREIGN } });

    expect(answer.status).toBe(401);
  });
});

it('an SDK that names its own account reads, writes and lists as without it', async () => {
  const account = { stripeAccount: own };
  const customer = await stripe.customers.create({ name: 'Ada' }, account);

  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ name: 'Ada' });
  expect((await stripe.customers.list({ limit: 1 }, account)).data).toMatchObject([{ id: customer.id }]);
});
