/**
 * What a publishable key reads (I19): every operation that it may call × every expansion of what that returns, and every error with an
 * object in it. Operations and expansions come from the product's own tables, so that a new one cannot be forgotten here.
 */
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../functions/api/api-version.ts';
import { assertExpandable } from '../../functions/api/expand.ts';
import { EXPANDABLE, INSIDE, LISTS, UNIONS } from '../../functions/api/expandable.ts';
import { PAYER_ERROR_MEMBERS, PAYER_MEMBERS, readableExpansions } from '../../functions/api/payer-view.ts';
import { objectsOf, withIds } from '../scenarios/one-of-each-object.ts';
import { operations } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';

let customer: Stripe.Customer;
/** A saved card of the customer that pays nothing here. */
let other: Stripe.PaymentMethod;
const app = await contractApp();
const { stripe } = app;
beforeAll(async () => {
  customer = await stripe.customers.create({
    email: 'private@payer.example',
    name: 'PRIVATE NAME',
    metadata: { note: 'PRIVATE' },
    payment_method: 'pm_card_mastercard',
  });
  other = (await stripe.customers.listPaymentMethods(customer.id)).data[0]!;
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: other.id } });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown> & { readonly error?: Record<string, unknown> };
}
async function call(key: string, method: string, path: string, params: string): Promise<Answer> {
  const response = await app.fetch(method === 'GET' ? `${path}?${params}` : path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
    ...(method === 'POST' && { body: params }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Answer['body'] };
}
const asPage = (...asked: [string, string, string]) => call(app.merchant.test.publishableKey, ...asked);
const asShop = (...asked: [string, string, string]) => call(app.merchant.test.secretKey, ...asked);
const expansionsOf = (paths: readonly string[]): string => paths.map((path) => `&expand[]=${path}`).join('');

/** The payer's own card, saved with the merchant's note. */
const ownMethod = async () => {
  const { id } = await stripe.paymentMethods.create({
    type: 'card',
    card: { token: 'tok_visa' },
    metadata: { note: 'PRIVATE' },
    billing_details: { name: 'Own Name' },
  });
  return stripe.paymentMethods.attach(id, { customer: customer.id });
};
const draft = async (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    customer: customer.id,
    metadata: { note: 'PRIVATE' },
    payment_method: (await ownMethod()).id,
    shipping: { name: 'Own Name', address: { line1: '1 Own Street' } },
    ...more,
  });
const setupDraft = async (more: Partial<Stripe.SetupIntentCreateParams> = {}) =>
  stripe.setupIntents.create({
    customer: customer.id,
    metadata: { note: 'PRIVATE' },
    payment_method: (await ownMethod()).id,
    ...more,
  });
const secretOf = ({ client_secret: secret }: { client_secret: string | null }) => `client_secret=${secret}`;
const CARD = 'card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123';

/** A fresh call of each operation that a publishable key may make: path and parameters. */
const CALLS: Readonly<Record<string, () => Promise<readonly [string, string]>>> = {
  'GET /v1/payment_intents/{id}': async () => {
    const paid = await draft({ confirm: true });
    return [`/v1/payment_intents/${paid.id}`, secretOf(paid)];
  },
  'POST /v1/payment_intents/{id}/confirm': async () => {
    const intent = await draft();
    return [`/v1/payment_intents/${intent.id}/confirm`, secretOf(intent)];
  },
  'GET /v1/setup_intents/{id}': async () => {
    const done = await setupDraft({
      confirm: true,
      mandate_data: { customer_acceptance: { type: 'offline', offline: {} } },
    });
    return [`/v1/setup_intents/${done.id}`, secretOf(done)];
  },
  'POST /v1/setup_intents/{id}/confirm': async () => {
    const intent = await setupDraft();
    return [`/v1/setup_intents/${intent.id}/confirm`, secretOf(intent)];
  },
  'POST /v1/payment_methods': async () => ['/v1/payment_methods', `type=card&${CARD}&metadata[note]=PRIVATE`],
  'POST /v1/tokens': async () => ['/v1/tokens', CARD],
};

const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;
const open = operations.filter((operation) => 'publishable' in operation && operation.publishable);

/** Paths that `expand[]` takes for an object. What is below a kind of object is followed once per level: it is the same behind another path. */
function expandable(object: string): readonly string[] {
  const followed = new Set<string>();
  const from = (name: string, levels: number): readonly string[] => {
    if (levels === 0) return [];
    const listed = LISTS[name];
    if (listed !== undefined) return from(listed, levels - 1).map((path) => `data.${path}`);
    return Object.entries(EXPANDABLE[name] ?? {}).flatMap(([member, target]) => {
      const inside = target === INSIDE;
      const kinds = inside ? [`${name}.${member}`] : typeof target === 'string' ? (UNIONS[target] ?? [target]) : [];
      const news = kinds.filter((kind) => inside || !followed.has(`${levels} ${kind}`));
      for (const kind of news) followed.add(`${levels} ${kind}`);
      const below = news.flatMap((kind) => from(kind, levels - 1).map((path) => `${member}.${path}`));
      return inside ? below : [member, ...below];
    });
  };
  const paths = [...new Set(from(object, 4))];
  for (const path of paths) assertExpandable([path], { object }, API_VERSION);
  return paths;
}

/** The answer holds no data of the merchant or the customer at any place. */
function assertPayers(answer: Answer): void {
  for (const secret of [
    'PRIVATE',
    'private@',
    other.id,
    '"fingerprint"',
    '"metadata"',
    '"balance_transaction"',
    'cus_"',
  ])
    expect(answer.text).not.toContain(secret);
  expect(beyondTheList(answer.body)).toEqual([]);
}

/** Members of the answer that the lists do not show, by the lists read as data. */
function beyondTheList(body: Answer['body']): readonly string[] {
  const walk = (value: unknown, rule: unknown, at: string): readonly string[] => {
    if (Array.isArray(value)) return value.flatMap((element) => walk(element, rule, at));
    if (typeof value !== 'object' || value === null) return rule === undefined || rule === false ? [at] : [];
    if (typeof rule !== 'object' || rule === null) return [at];
    return Object.entries(value).flatMap(([name, member]) =>
      walk(member, (rule as Record<string, unknown>)[name], `${at}.${name}`),
    );
  };
  return body.error
    ? walk(body.error, PAYER_ERROR_MEMBERS, 'error')
    : walk(body, PAYER_MEMBERS[body.object as string], String(body.object));
}

it('every operation that a publishable key may call has its call here and its list of members', () => {
  expect(Object.keys(CALLS).sort()).toEqual(open.map(nameOf).sort());
  expect(open.filter(({ returns }) => !returns || !(returns.object in PAYER_MEMBERS) || 'list' in returns)).toEqual([]);
});

it('the expansions are found: among them those through the customer', () => {
  const paths = expandable('payment_intent');

  expect(paths.some((path) => path.endsWith('.customer.invoice_settings.default_payment_method'))).toBe(true);
  expect(paths).toContain('latest_charge.payment_method_details.card.mandate');
  expect(paths.length).toBeGreaterThan(50);
});

it('what a publishable key may not read is not loaded for it', () => {
  const [page, shop] = (['publishable', 'secret'] as const).map((keyType) =>
    ['payment_intent', 'setup_intent', 'payment_method', 'token'].map((object) =>
      readableExpansions(expandable(object), { object }, { keyType }),
    ),
  );

  // The payment method in an error is whole, and shown by its list of members.
  expect(page).toEqual([
    ['payment_method', 'last_payment_error.payment_method'],
    ['payment_method', 'last_setup_error.payment_method'],
    [],
    [],
  ]);
  expect(shop![0]).toEqual(expandable('payment_intent'));
});

describe.each(open.map((operation) => [nameOf(operation), operation] as const))('%s', (name, { method, returns }) => {
  const paths = expandable(returns!.object);

  it('shows a payer’s part only, whatever is expanded', async () => {
    for (let from = 0; from < paths.length || from === 0; from += 20) {
      const some = paths.slice(from, from + 20);
      const [path, params] = await CALLS[name]!();
      const answer = await asPage(method, path, params + expansionsOf(some));
      expect([some, answer.status]).toEqual([some, 200]);
      assertPayers(answer);
    }
  });

  it('decides on every member of what a secret key reads', async () => {
    const [path, params] = await CALLS[name]!();
    const { body } = await asShop(method, path, params);
    const decide = (value: unknown, rule: unknown, at: string): readonly string[] => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return rule === undefined ? [at] : [];
      if (rule === undefined || rule === true) return [at];
      if (rule === false || rule === 'id') return [];
      return Object.entries(value).flatMap(([member, inner]) =>
        decide(inner, (rule as Record<string, unknown>)[member], `${at}.${member}`),
      );
    };
    expect(decide(body, PAYER_MEMBERS[body.object as string], String(body.object))).toEqual([]);
  });
});

it.each(open.filter(({ method }) => method === 'GET').map((operation) => [nameOf(operation), operation] as const))(
  '%s shows no more with one expansion than without',
  async (name, { method, returns }) => {
    const [path, params] = await CALLS[name]!();
    const plain = await asPage(method, path, params);
    for (const one of expandable(returns!.object)) {
      const answer = await asPage(method, path, params + expansionsOf([one]));
      assertPayers(answer);
      const { payment_method: shown, ...rest } = answer.body;
      const { payment_method: id, ...before } = plain.body;
      expect([one, rest]).toEqual([one, before]);
      expect(one.startsWith('payment_method') && typeof shown === 'object' ? (shown as { id: string }).id : shown).toBe(
        id,
      );
    }
  },
);

it('a secret key reads through the same expansions what a publishable key may not', async () => {
  const intent = await draft({ confirm: true });
  const through = expansionsOf(['payment_method.customer.invoice_settings.default_payment_method', 'latest_charge']);
  const shop = await asShop('GET', `/v1/payment_intents/${intent.id}`, secretOf(intent) + through);

  for (const secret of ['PRIVATE', 'private@', other.id, '"fingerprint"', '"balance_transaction"'])
    expect(shop.text).toContain(secret);
});

it('the members are those that Stripe marks as retrievable with a publishable key', async () => {
  const [[path, params], [setupPath, setupParams]] = await Promise.all([
    CALLS['GET /v1/payment_intents/{id}']!(),
    CALLS['GET /v1/setup_intents/{id}']!(),
  ]);
  const intent = await asPage('GET', path, `${params}&expand[]=payment_method`);
  const setup = await asPage('GET', setupPath, setupParams);

  expect(Object.keys(intent.body)).toEqual(
    `id object amount amount_details automatic_payment_methods canceled_at cancellation_reason capture_method client_secret
     confirmation_method created currency description last_payment_error livemode next_action payment_method
     payment_method_configuration_details payment_method_types processing receipt_email setup_future_usage shipping source status`.split(
      /\s+/,
    ),
  );
  expect(Object.keys(setup.body)).toEqual(
    `id object automatic_payment_methods cancellation_reason client_secret created description last_setup_error livemode next_action
     payment_method payment_method_configuration_details payment_method_types status usage`.split(/\s+/),
  );
  expect(intent.body.payment_method).toMatchObject({
    object: 'payment_method',
    billing_details: { name: 'Own Name' },
    card: { brand: 'visa', last4: '4242' },
    customer: customer.id,
  });
});

describe('an error', () => {
  const declined = { payment_method: 'pm_card_visa_chargeDeclined' };

  it.each([
    ['a decline of a payment', 402, () => draft(declined), 'payment_intents'],
    ['a decline of a setup', 402, () => setupDraft(declined), 'setup_intents'],
    ['a payment that is paid', 400, () => draft({ confirm: true }), 'payment_intents'],
    ['a setup that is done', 400, () => setupDraft({ confirm: true }), 'setup_intents'],
  ] as const)('%s shows the payer’s part of the objects in it', async (_what, status, make, collection) => {
    const intent = await make();
    const path = `/v1/${collection}/${intent.id}/confirm`;
    const through = expansionsOf(['payment_method.customer', 'customer']);

    const answer = await asPage('POST', path, secretOf(intent) + through);

    expect(answer.status).toBe(status);
    assertPayers(answer);
    const inside = (answer.body.error!.payment_intent ?? answer.body.error!.setup_intent) as { id: string };
    expect(inside.id).toBe(intent.id);
    if (status === 402) expect(answer.body.error!.payment_method).toMatchObject({ card: { last4: '0002' } });
    // What the intent says of its last error is read by the list as well.
    assertPayers(await asPage('GET', `/v1/${collection}/${intent.id}`, secretOf(intent)));
  });

  it('names no customer in its message', async () => {
    const { id } = (
      await stripe.customers.listPaymentMethods((await stripe.customers.create({ payment_method: 'pm_card_visa' })).id)
    ).data[0]!;
    const intent = await draft();
    const asked = [
      'POST',
      `/v1/payment_intents/${intent.id}/confirm`,
      `${secretOf(intent)}&payment_method=${id}`,
    ] as const;

    const [page, shop] = [await asPage(...asked), await asShop(...asked)];

    expect([page.status, shop.status]).toEqual([400, 400]);
    expect(shop.body.error!.message).toContain(`the Customer you supplied (${customer.id}), but`);
    expect(page.body.error!.message).toContain('the Customer you supplied, but instead belongs to another Customer');
    expect(page.text).not.toContain(customer.id);
  });
});

it('every other operation refuses a publishable key, and reads nothing for it', async () => {
  const ids = await objectsOf(app, app.merchant);
  for (const operation of operations.filter((one) => !open.includes(one))) {
    const { status, body } = await asPage(operation.method, withIds(operation.path, ids), '');
    expect([nameOf(operation), status, body.error?.code]).toEqual([nameOf(operation), 403, 'secret_key_required']);
  }
});
