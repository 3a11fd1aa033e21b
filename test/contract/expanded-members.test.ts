/** A member whose expansion is accepted is in the response: as an object, as null, or as an empty list. */
import { expect, it } from 'vitest';
import { EXPANDABLE, INSIDE } from '../../functions/api/expandable.ts';
import { objectsOf, withIds } from '../scenarios/one-of-each-object.ts';
import { operations } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const ids = await objectsOf(app, app.merchant);
const { stripe } = app;

/** Members that the types have as optional and never as null: Stripe leaves them out where there is nothing, also when they are expanded. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'account.company': 'of accounts that are onboarded at Stripe',
  'account.individual': 'of accounts that are onboarded at Stripe',
  'account.settings.invoices': 'of accounts that send invoices',
  'bank_account.customer': 'of bank accounts that customers pay with',
  'charge.outcome.rule': 'of charges that a rule of Radar decided',
  'charge.transfer': 'of charges for a connected account',
  'mandate.on_behalf_of': 'of mandates for a connected account',
  'payment_method.sepa_debit': 'of payment methods of that type',
  'payment_intent.amount_details.line_items': 'of payments whose lines are kept',
  'price.tiers': 'of prices with tiers',
  'refund.failure_balance_transaction': 'of refunds that failed',
  'token.bank_account': 'of tokens that are made of bank accounts',
  'token.card.account': 'of cards that belong to an account',
  'token.card.customer': 'of cards that belong to a customer',
  'card.account': 'of cards that belong to an account',
};
const OTHER_TYPE = /payment_method_details\.(?:bancontact|card_present|ideal|sofort|us_bank_account)$/;

/** Paths to the members of an object, without those of other objects. */
const membersOf = (object: string): readonly string[] =>
  Object.entries(EXPANDABLE[object] ?? {}).flatMap(([member, target]) =>
    target === INSIDE ? membersOf(`${object}.${member}`).map((path) => `${member}.${path}`) : [member],
  );

/** Whether the object that the path ends in has its last name, or is not there itself. */
function hasMember(value: unknown, [member = '', ...rest]: readonly string[]): boolean {
  if (Array.isArray(value)) return value.every((each) => hasMember(each, [member, ...rest]));
  if (typeof value !== 'object' || value === null) return true;
  if (rest.length === 0) return Object.hasOwn(value, member);
  return hasMember((value as Readonly<Record<string, unknown>>)[member], rest);
}

const NEEDED: Readonly<Record<string, string>> = {
  '/v1/payment_methods': `customer=${ids.customers}&`,
  '/v1/setup_attempts': `setup_intent=${ids.agreed_setup_intents}&`,
};
const reads = operations.flatMap(({ method, path, returns }) =>
  method === 'GET' && returns && !returns.empty && !path.endsWith('/search') && membersOf(returns.object).length > 0
    ? [[path, returns] as const]
    : [],
);
const isLeftOut = (name: string): boolean => name in LEFT_OUT || OTHER_TYPE.test(name);
const covered = new Set<string>();

it.each(reads)('GET %s', async (path, { object, list }) => {
  const levels = list ? 3 : 4;
  for (const member of membersOf(object).filter((each) => each.split('.').length <= levels)) {
    const name = `${object}.${member}`;
    const query = `${NEEDED[path] ?? ''}expand[]=${list ? 'data.' : ''}${member}`;
    const body: object = await stripe.rawRequest('GET', `${withIds(path, ids)}?${query}`);
    const found = 'data' in body && list ? (body.data as readonly object[]) : [body];

    for (const each of found) {
      if (isLeftOut(name) || 'deleted' in each) continue;
      expect([query, hasMember(each, member.split('.'))]).toEqual([query, true]);
      covered.add(object);
    }
  }
});

it('concerns every object', () => {
  const objects = new Set(
    reads.flatMap(([, { object }]) =>
      membersOf(object).every((member) => isLeftOut(`${object}.${member}`)) ? [] : [object],
    ),
  );

  expect([...covered].sort()).toEqual([...objects].sort());
  expect(objects.size).toBeGreaterThan(15);
});

it('a customer has the cash balance that is read by itself, and no tax location', async () => {
  const { id } = await stripe.customers.create();
  const { lastResponse: _, ...balance } = await stripe.customers.retrieveCashBalance(id);

  expect(await stripe.customers.retrieve(id, { expand: ['cash_balance', 'tax'] })).toMatchObject({
    cash_balance: balance,
    tax: { automatic_tax: 'unrecognized_location', ip_address: null, location: null, provider: 'stripe' },
  });
  expect(await stripe.customers.retrieve(id)).not.toHaveProperty('cash_balance');
  expect(
    await stripe.paymentIntents.create({ amount: 900, currency: 'usd', customer: id, expand: ['customer.tax'] }),
  ).toMatchObject({
    customer: { id, tax: { location: null } },
  });
});

it('a bank account names its account, a payout its bank account', async () => {
  const banks = await stripe.accounts.listExternalAccounts(app.merchant.merchant, { expand: ['data.account'] });
  const [payout] = (await stripe.payouts.list({ limit: 1, expand: ['data.destination.account'] })).data;
  const account = await stripe.accounts.retrieve(app.merchant.merchant, {
    expand: ['external_accounts', 'settings.branding.icon'],
  });

  expect(banks.data).toMatchObject([
    { object: 'bank_account', account: { id: app.merchant.merchant, object: 'account' } },
  ]);
  expect(payout).toMatchObject({ destination: banks.data[0] });
  expect(account.external_accounts!.data).toMatchObject([{ id: banks.data[0]!.id, account: app.merchant.merchant }]);
  expect(account.settings!.branding.icon).toBeNull();
});

it('a dispute has its balance transactions’ sources, and a balance transaction the dispute of its charge', async () => {
  const [dispute] = (await stripe.disputes.list({ limit: 1, expand: ['data.balance_transactions.source'] })).data;
  const found = await stripe.balanceTransactions.list({ type: 'charge', limit: 100, expand: ['data.source.dispute'] });

  expect(dispute!.balance_transactions).toMatchObject([{ source: { id: dispute!.id, object: 'dispute' } }]);
  const disputed = found.data.filter(({ source }) => (source as unknown as { disputed: boolean }).disputed);
  expect(disputed).toMatchObject([{ source: { object: 'charge', dispute: { id: dispute!.id, object: 'dispute' } } }]);
});

it('a path through what is not there, or through another object of a union, changes nothing', async () => {
  const path = `/v1/balance_transactions?type=charge&limit=1`;
  const plain: object = await stripe.rawRequest('GET', path);
  const source: { data: readonly { source: unknown }[] } = await stripe.rawRequest(
    'GET',
    `${path}&expand[]=data.source`,
  );

  for (const name of ['transfer.destination', 'settings.__proto__', 'refunds.data', 'account.metadata'])
    expect(await stripe.rawRequest('GET', `${path}&expand[]=data.source.${name}`)).toMatchObject(source);
  expect(source).not.toEqual(plain);
  const { id } = (
    await stripe.balanceTransactions.list({ type: 'charge', limit: 100, expand: ['data.source'] })
  ).data.find((each) => (each.source as unknown as { disputed: boolean }).disputed)!;
  const metadata = { object: 'charge', customer: ids.customers! };
  const { charge } = await stripe.disputes.retrieve(ids.disputes!);
  await stripe.charges.update(charge as string, { metadata });
  await stripe.disputes.update(ids.disputes!, { metadata });
  for (const name of ['data', '__proto__', 'constructor', 'metadata'])
    expect(await stripe.balanceTransactions.retrieve(id, { expand: [`source.dispute.${name}`] })).toMatchObject({
      source: { dispute: { id: ids.disputes, metadata } },
    });
  expect(await stripe.balanceTransactions.retrieve(id, { expand: ['source.dispute.metadata.customer'] })).toMatchObject(
    { source: { dispute: { metadata } } },
  );
  expect(await thrown(stripe.balanceTransactions.list({ expand: ['data.source.sauce'] }))).toMatchObject({
    statusCode: 400,
    message: 'This property cannot be expanded (data.source.sauce).',
  });
});
