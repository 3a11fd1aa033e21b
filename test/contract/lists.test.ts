/** Lists, `expand`, metadata and deleted objects as Stripe documents them (https://docs.stripe.com/api/pagination). */
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { newestFirst } from '../world/list-order.ts';
import { rawOf } from '../world/raw-requests.ts';

const app = await contractApp();
const { stripe } = app;

const { post, get } = rawOf(app);
const paid = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    ...more,
  });

describe('a list', () => {
  /** Newest first, all made within a second or two. */
  const ids: string[] = [];
  let deleted: string;
  beforeAll(async () => {
    for (let n = 0; n < 12; n++) ids.unshift((await stripe.customers.create({ name: String(n) })).id);
    // Made within one millisecond, they stand in the order of their ids.
    ids.splice(0, ids.length, ...newestFirst(ids));
    deleted = ids.splice(5, 1)[0]!;
    await stripe.customers.del(deleted);
  });
  const page = async (query: string) => {
    const { data, has_more: more } = (await get(
      `/v1/customers?${query}`,
    )) as unknown as Stripe.ApiList<Stripe.Customer>;
    return { ids: data.map(({ id }) => id), more };
  };

  it('has four members, ten objects by default, newest first also within one second, without deleted objects', async () => {
    const { status, ...list } = await get('/v1/customers');

    expect(status).toBe(200);
    expect(Object.keys(list).sort()).toEqual(['data', 'has_more', 'object', 'url']);
    expect(list).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
    expect((list.data as Stripe.Customer[]).map(({ id }) => id)).toEqual(ids.slice(0, 10));
  });

  it.each([
    ['0', 1],
    ['-4', 1],
    ['3', 3],
    ['100', 11],
    ['101', 11],
    ['999999999999999', 11],
  ])('of limit %s has %i: limits are clamped in silence', async (limit, count) => {
    expect((await page(`limit=${limit}`)).ids).toEqual(ids.slice(0, count));
  });

  it('is never longer than 100', async () => {
    const other = app.client({ key: (await app.newMerchant()).test.secretKey });
    for (let n = 0; n < 101; n++) await other.customers.create({});

    const all = await other.customers.list({ limit: 1000 });

    expect([all.data.length, all.has_more]).toEqual([100, true]);
  });

  it('goes both ways from a cursor that it leaves out, and has_more is about the direction of reading', async () => {
    expect(await page(`limit=2&starting_after=${ids[3]}`)).toEqual({ ids: [ids[4], ids[5]], more: true });
    expect(await page(`limit=10&starting_after=${ids[8]}`)).toEqual({ ids: [ids[9], ids[10]], more: false });
    expect(await page(`limit=2&ending_before=${ids[3]}`)).toEqual({ ids: [ids[1], ids[2]], more: true });
    expect(await page(`limit=3&ending_before=${ids[3]}`)).toEqual({ ids: [ids[0], ids[1], ids[2]], more: false });
    expect(await page(`ending_before=${ids[0]}`)).toEqual({ ids: [], more: false });
  });

  it('is walked by the SDK to its end in both directions', async () => {
    const down: string[] = [];
    for await (const { id } of stripe.customers.list({ limit: 3 })) down.push(id);
    const up: string[] = [];
    for await (const { id } of stripe.customers.list({ limit: 3, ending_before: ids[10]! })) up.push(id);

    expect(down).toEqual(ids);
    expect(up).toEqual(ids.slice(0, 10).reverse());
  });

  it('goes on from what was deleted meanwhile', async () => {
    expect((await page(`limit=1&starting_after=${deleted}`)).ids).toEqual([ids[5]]);
  });

  it.each(['starting_after', 'ending_before'])(
    'refuses as %s what is no such object (resource_missing)',
    async (cursor) => {
      const { id: ofAnotherKind } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });
      const foreign = await app.client({ key: (await app.newMerchant()).test.secretKey }).customers.create({});

      for (const id of ['cus_0', 'x', ofAnotherKind, foreign.id])
        expect(await get(`/v1/customers?${cursor}=${id}`)).toMatchObject({
          status: 400,
          code: 'resource_missing',
          message: `No such customer: '${id}'`,
          param: cursor,
        });
    },
  );

  it('refuses both cursors at once, after it has looked for them', async () => {
    expect(await get(`/v1/customers?starting_after=${ids[0]}&ending_before=${ids[1]}`)).toEqual({
      status: 400,
      type: 'invalid_request_error',
      message: 'Received both starting_after and ending_before parameters. Please pass in only one.',
    });
    expect(await get(`/v1/customers?starting_after=cus_0&ending_before=${ids[1]}`)).toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    });
  });

  it('is of what was created within bounds, or at one second', async () => {
    const { created } = (await stripe.customers.retrieve(ids[4]!)) as Stripe.Customer;

    expect((await page(`created=${created}&limit=100`)).ids).toContain(ids[4]);
    expect((await page(`created[gt]=${created + 60}`)).ids).toEqual([]);
    expect((await page(`created[gte]=${created - 60}&created[lt]=${created + 60}&limit=100`)).ids).toEqual(ids);
    expect((await page(`created[lte]=${created - 60}`)).ids).toEqual([]);
  });
});

it('a list by two things at once has full pages: setup intents of a customer with a payment method', async () => {
  const { id: customer } = await stripe.customers.create({});
  const [a, b] = await Promise.all(
    [1, 2].map(() => stripe.paymentMethods.attach('pm_card_visa', { customer }).then(({ id }) => id)),
  );
  const made: string[] = [];
  for (const method of [a!, b!, b!, b!, a!, b!, a!]) {
    const { id } = await stripe.setupIntents.create({ customer, payment_method: method });
    if (method === a) made.unshift(id);
  }
  const wanted = newestFirst(made);
  const page = async (more: Stripe.SetupIntentListParams) => {
    const { data, has_more: hasMore } = await stripe.setupIntents.list({ customer, payment_method: a!, ...more });
    return { ids: data.map(({ id }) => id), more: hasMore };
  };

  expect(await page({ limit: 2 })).toEqual({ ids: wanted.slice(0, 2), more: true });
  expect(await page({ limit: 2, starting_after: wanted[1]! })).toEqual({ ids: wanted.slice(2), more: false });
  expect(await page({ limit: 2, ending_before: wanted[2]! })).toEqual({ ids: wanted.slice(0, 2), more: false });
  expect(await page({ limit: 3 })).toEqual({ ids: wanted, more: false });
});

describe('a deleted customer', () => {
  it('is rendered as deleted where it is requested or expanded, and can no longer be named', async () => {
    const { id } = await stripe.customers.create({});
    const { id: intent } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd', customer: id });
    await stripe.customers.del(id);

    const gone = { id, object: 'customer', deleted: true };
    expect(await get(`/v1/customers/${id}`)).toEqual({ status: 200, ...gone });
    expect((await stripe.paymentIntents.retrieve(intent, { expand: ['customer'] })).customer).toEqual(gone);
    expect(await post(`/v1/customers/${id}`, 'name=x')).toMatchObject({ status: 404, code: 'resource_missing' });
    expect(await post('/v1/payment_intents', `amount=2000&currency=usd&customer=${id}`)).toMatchObject({
      status: 400,
      code: 'resource_missing',
      param: 'customer',
    });
  });
});

describe('expand', () => {
  it('puts objects in the place of ids: on retrieve, create, update and lists, also in one another', async () => {
    const { id: customer } = await stripe.customers.create({ name: 'Ada' });
    const made = await paid({ customer, expand: ['customer', 'latest_charge.balance_transaction'] });
    const charge = made.latest_charge as Stripe.Charge;
    const updated = await stripe.paymentIntents.update(made.id, { description: 'x', expand: ['customer'] });
    const [listed] = (await stripe.paymentIntents.list({ limit: 1, expand: ['data.latest_charge.payment_intent'] }))
      .data;

    expect(made.customer).toMatchObject({ id: customer, object: 'customer', name: 'Ada' });
    expect(charge.balance_transaction).toMatchObject({ object: 'balance_transaction', amount: 2000 });
    expect(updated.customer).toMatchObject({ object: 'customer' });
    expect((listed!.latest_charge as Stripe.Charge).payment_intent).toMatchObject({ id: made.id });
  });

  it('puts in what is there only when it is asked for', async () => {
    const intent = await paid();
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
    await app.settleDown();
    const charge = intent.latest_charge as string;
    const { id: customer } = await stripe.customers.create({});

    expect(await stripe.charges.retrieve(charge)).not.toHaveProperty('refunds');
    expect((await stripe.charges.retrieve(charge, { expand: ['refunds'] })).refunds?.data).toMatchObject([
      { id: refund.id },
    ]);
    expect(await stripe.customers.retrieve(customer)).not.toHaveProperty('sources');
    expect(
      await stripe.customers.retrieve(customer, { expand: ['sources', 'subscriptions', 'tax_ids'] }),
    ).toMatchObject({
      sources: { object: 'list', data: [], has_more: false, url: `/v1/customers/${customer}/sources` },
      subscriptions: { object: 'list', data: [] },
      tax_ids: { object: 'list', data: [] },
    });
  });

  it('of `data` alone, of nothing, and of what is null changes nothing', async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });

    expect(await get('/v1/payment_intents?expand[]=data')).toMatchObject({ status: 200 });
    expect(await get('/v1/payment_intents?expand[]=')).toMatchObject({ status: 400 });
    expect(await get(`/v1/payment_intents/${id}?expand[]=latest_charge.refunds&expand[]=on_behalf_of`)).toMatchObject({
      id,
      latest_charge: null,
      on_behalf_of: null,
    });
  });

  it.each([
    ['/v1/payment_intents/pi_0', 'nope', ''],
    ['/v1/payment_intents/pi_0', 'amount', ''],
    ['/v1/payment_intents/pi_0', 'data.customer', ''],
    ['/v1/payment_intents/pi_0', 'latest_charge.nope', ''],
    ['/v1/payment_intents/pi_0', 'constructor', ''],
    ['/v1/payment_intents', 'data.nope', ''],
    ['/v1/payment_intents', 'customer', " You may want to try expanding 'data.customer' instead."],
    ['/v1/payment_intents', 'data.data.customer', ''],
    ['/v1/balance', 'available', ''],
    // Four levels, of which `data` is one.
    ['/v1/payment_intents/pi_0', 'latest_charge.payment_intent.latest_charge.payment_intent.customer', ''],
    ['/v1/charges', 'data.payment_intent.latest_charge.payment_intent.customer', ''],
  ])('GET %s: %s cannot be expanded, before anything is looked for', async (path, name, hint) => {
    expect(await get(`${path}?expand[]=${name}`)).toEqual({
      status: 400,
      type: 'invalid_request_error',
      message: `This property cannot be expanded (${name}).${hint}`,
    });
  });

  it('that is no list is refused', async () => {
    for (const query of ['expand[a]=customer', 'expand[][b]=customer'])
      expect(await get(`/v1/payment_intents?${query}`)).toMatchObject({
        status: 400,
        message: 'Invalid array',
        param: 'expand',
      });
  });

  it('that is refused leaves a request undone', async () => {
    const before = app.world.table.dump();

    expect(
      await post('/v1/payment_intents', 'amount=2000&currency=usd&expand[]=nope', {
        'idempotency-key': 'unexpandable',
      }),
    ).toMatchObject({ status: 400, message: 'This property cannot be expanded (nope).' });
    expect(app.world.table.dump()).toEqual(before);
  });

  it('of four levels is served', async () => {
    const { id } = await paid();

    expect(
      await get(`/v1/payment_intents/${id}?expand[]=latest_charge.payment_intent.latest_charge.payment_intent`),
    ).toMatchObject({ latest_charge: { payment_intent: { latest_charge: { payment_intent: { id } } } } });
  });
});

describe('metadata', () => {
  const customer = async (metadata: Record<string, string>) => (await stripe.customers.create({ metadata })).id;
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, '1']));

  it('is merged, loses what is sent empty, and all of it at once', async () => {
    const id = await customer({ a: '1', b: '2' });

    expect((await stripe.customers.update(id, { metadata: { a: '', c: '3' } })).metadata).toEqual({ b: '2', c: '3' });
    expect((await stripe.customers.update(id, { name: 'x' })).metadata).toEqual({ b: '2', c: '3' });
    expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
  });

  it('has 50 keys of 40 characters with values of 500, and no more', async () => {
    const id = await customer(keys(50));

    expect(await post(`/v1/customers/${id}`, 'metadata[more]=1')).toMatchObject({
      status: 400,
      param: 'metadata',
      message: 'You can have up to 50 metadata keys.',
    });
    expect((await stripe.customers.update(id, { metadata: { k0: '', more: '1' } })).metadata).toMatchObject({
      more: '1',
    });
    expect(await post('/v1/customers', `metadata[${'k'.repeat(40)}]=${'v'.repeat(500)}`)).toMatchObject({
      status: 200,
    });
    // Characters are counted, not the two UTF-16 units that each of these has.
    expect(await post('/v1/customers', `metadata[${'🔑'.repeat(40)}]=${'💶'.repeat(500)}`)).toMatchObject({
      status: 200,
      metadata: { ['🔑'.repeat(40)]: '💶'.repeat(500) },
    });
    expect(await post('/v1/customers', `description=${'💶'.repeat(5_000)}`)).toMatchObject({ status: 200 });
    for (const pair of [`${'🔑'.repeat(41)}]=1`, `k]=${'💶'.repeat(501)}`])
      expect(await post('/v1/customers', `metadata[${pair}`)).toMatchObject({ status: 400, param: 'metadata' });
    for (const pair of [`${'k'.repeat(41)}]=1`, `k]=${'v'.repeat(501)}`])
      expect(await post('/v1/customers', `metadata[${pair}`)).toMatchObject({ status: 400, param: 'metadata' });
    await expect(stripe.customers.create({ metadata: keys(51) })).rejects.toMatchObject({ param: 'metadata' });
  });

  it('keys have no brackets', async () => {
    const json = { 'content-type': 'application/json' };

    expect(await post('/v1/customers', '{"metadata":{"a[b]":"1"}}', json)).toMatchObject({
      status: 400,
      param: 'metadata',
      message: 'Metadata keys cannot contain square brackets.',
    });
  });

  it('of a payment intent is copied to its charge when it is paid, with description, shipping and e-mail, and then stays', async () => {
    const shipping = { name: 'Ada', address: { line1: '1 St' } };
    const intent = await paid({
      metadata: { a: '1' },
      description: 'first',
      receipt_email: 'ada@example.com',
      shipping,
    });

    await stripe.paymentIntents.update(intent.id, {
      metadata: { a: '2' },
      description: 'second',
      receipt_email: 'eve@example.com',
      shipping: { name: 'Eve', address: { line1: '2 St' } },
    });
    const second = await stripe.paymentIntents.update(intent.id, { metadata: { b: '3' }, description: 'third' });

    expect(second).toMatchObject({ metadata: { a: '2', b: '3' }, description: 'third' });
    const copied = { description: 'first', receipt_email: 'ada@example.com', shipping: { name: 'Ada' } };
    const charge = await stripe.charges.retrieve(intent.latest_charge as string);
    expect(charge).toMatchObject(copied);
    expect(charge.metadata).toEqual({ a: '1' });
    const own = await stripe.charges.update(charge.id, { metadata: { c: '4' } });
    expect(own.metadata).toEqual({ a: '1', c: '4' });
    expect(own).toMatchObject(copied);
  });
});
