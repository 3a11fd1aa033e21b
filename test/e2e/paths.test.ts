/** An id selects an object, never an operation (I19), through all that stands between a client and a function; and both addresses of an API. */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { deployed, type Merchant, newMerchant } from '../world/deployed.ts';
import { onMiniStack } from '../world/deployed-stack.ts';

/** The id that the local target gives its API (lib/options.ts). */
const API_ID = '51d1ce00';

let merchant: Merchant;
let stripe: Stripe;
let held: Stripe.PaymentIntent;
beforeAll(async () => {
  merchant = await newMerchant();
  stripe = merchant.stripe;
  held = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
  });
});

interface Answer {
  readonly status: number;
  readonly error: { readonly code?: string; readonly message: string };
}

/** A request as bytes: no client library resolves its dots or escapes its characters. */
function raw(base: string, line: string, headers: readonly string[] = []): Promise<Answer> {
  const { hostname, port, host } = new URL(base);
  const head = [
    `${line} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${merchant.secretKey}`,
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Length: 0',
    'Connection: close',
    ...headers,
  ];
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(`${head.join('\r\n')}\r\n\r\n`));
    socket.setEncoding('utf8').on('data', (part: string) => {
      got += part;
    });
    socket.on('error', reject).on('close', () => {
      const { error } = JSON.parse(/\{.*\}/s.exec(got)?.[0] ?? '{}') as Pick<Answer, 'error'>;
      resolve({ status: Number(got.split(' ', 2)[1]), error });
    });
  });
}

const missing = (id: string) => ({
  code: 'resource_missing',
  statusCode: 404,
  message: expect.stringContaining(`'${id}'`) as string,
});

describe('an id with the name of an operation in it', () => {
  it.each(['/cancel', '/capture', '/confirm', '%2Fcancel', '?cancel', '#cancel', '\\cancel', ';cancel', '/../cancel'])(
    'by the SDK: …%s is no payment, and nothing is done',
    async (end) => {
      const id = `${held.id}${end}`;

      await expect(stripe.paymentIntents.update(id, {})).rejects.toMatchObject(missing(id));
      await expect(stripe.paymentIntents.confirm(id)).rejects.toMatchObject(missing(id));
      expect(await stripe.paymentIntents.retrieve(held.id)).toEqual(held);
    },
  );

  it('by the SDK: nor is it a dispute, a customer or a refund', async () => {
    const { id } = await stripe.customers.create({ name: 'Ada' });

    await expect(stripe.disputes.update('du_x/close', {})).rejects.toMatchObject(missing('du_x/close'));
    await expect(stripe.customers.update('/', { name: 'x' })).rejects.toMatchObject(missing('/'));
    await expect(stripe.customers.update(`../customers/${id}`, {})).rejects.toMatchObject(
      missing(`../customers/${id}`),
    );
    await expect(stripe.refunds.update('re_x/cancel', {})).rejects.toMatchObject(missing('re_x/cancel'));
    expect((await stripe.customers.list()).data.map(({ name }) => name)).toEqual(['Ada']);
  });

  it.each([
    '%2Fcancel',
    '%2fcancel',
    '%252Fcancel',
    '%3Fcancel',
    '%23cancel',
    '%5Ccancel',
    '%00',
    ';cancel',
    '%2F%2e%2e%2Fx',
  ])('in the bytes of a request: …%s is no payment, and nothing is done', async (end) => {
    const { status, error } = await raw(deployed().baseUrl, `POST /v1/payment_intents/${held.id}${end}`);

    expect([status, error.code]).toEqual([404, 'resource_missing']);
    expect(await stripe.paymentIntents.retrieve(held.id)).toEqual(held);
  });

  it.each([
    ['..', '/v1/payment_intents/..', 'resource_missing'],
    ['%2e%2e', '/v1/payment_intents/%2e%2e', 'resource_missing'],
    ['dots that lead to the operation', '/v1/customers/../payment_intents/ID/cancel', undefined],
    ['escaped dots that lead there', '/v1/customers/%2e%2e/payment_intents/ID/cancel', undefined],
    ['an escaped name of the operation', '/v1/payment_intents/ID/%63ancel', undefined],
    ['a backslash', '/v1/payment_intents/ID\\cancel', 'resource_missing'],
    ['a fragment', '/v1/payment_intents/ID#/cancel', 'resource_missing'],
  ])('in the bytes of a request: %s', async (_, path, code) => {
    const { status, error } = await raw(deployed().baseUrl, `POST ${path.replace('ID', held.id)}`);

    expect([status, error.code]).toEqual([404, code]);
    expect(await stripe.paymentIntents.retrieve(held.id)).toEqual(held);
  });
});

describe('an id that is empty', () => {
  it('by the SDK: the error says to remove the slash, and nothing is done', async () => {
    const slash = { statusCode: 404, message: expect.stringContaining('remove the trailing slash') as string };

    await expect(stripe.customers.retrieve('')).rejects.toMatchObject(slash);
    await expect(stripe.customers.update('', { name: 'x' })).rejects.toMatchObject(slash);
    await expect(stripe.paymentIntents.update('', { amount: 2000, currency: 'usd' })).rejects.toMatchObject(slash);
    await expect(stripe.paymentIntents.confirm('')).rejects.toMatchObject(slash);
  });

  it.each([
    'POST /v1/payment_intents/',
    'POST /v1/payment_intents//',
    'POST /v1/checkout/sessions/',
    'DELETE /v1/customers/cus_x/',
  ])('%s: the error says to remove the slash', async (line) => {
    const { status, error } = await raw(deployed().baseUrl, line);

    expect(status).toBe(404);
    expect(error.message).toContain('remove the trailing slash');
  });

  it('double slashes within a path are tolerated', async () => {
    expect((await raw(deployed().baseUrl, `GET //v1//payment_intents/${held.id}`)).status).toBe(200);
  });
});

describe('a header that hands a path over', () => {
  const forged = (value: string) => [`Sluice-Raw-Path: ${value}`, `sluice-raw-path: ${value}`];

  it('from a client of the stack has no effect', async () => {
    const cancel = `/v1/payment_intents/${held.id}/cancel`;
    for (const value of [cancel, ` ${cancel}`, `undefined ${cancel}`]) {
      const { status } = await raw(deployed().baseUrl, 'GET /v1/nothing', forged(value));
      expect(status).toBe(404);
      expect((await raw(deployed().baseUrl, 'POST /v1/payment_intents/_/cancel', forged(value))).status).toBe(404);
    }
    expect(await stripe.paymentIntents.retrieve(held.id)).toEqual(held);
  });

  it('at the emulator itself has none either: no client knows the token', async () => {
    const cancel = `/v1/payment_intents/${held.id}/cancel`;
    const { hostname, port } = new URL(deployed().endpoint);
    for (const value of [cancel, ` ${cancel}`, `undefined ${cancel}`]) {
      const response = await ownAddress(`${hostname}:${port}`, 'POST', '/v1/payment_intents/_/cancel', value);
      expect(response).toBe(404);
    }
    expect(await stripe.paymentIntents.retrieve(held.id)).toEqual(held);
  });
});

/** `<api>.execute-api.<host>`, as AWS has it: a REST API's stage is the first segment of the path. */
const hostOf = async (hostname: string): Promise<string> =>
  `${API_ID}.execute-api.${(await onMiniStack()) ? hostname : 'localhost.localstack.cloud'}`;

/** The name resolves nowhere: the emulator knows its API by the Host header. */
const toEmulator = (hostname: string): Agent =>
  new Agent({ lookup: (_name, _options, done) => done(null, [{ address: hostname, family: 4 }]) });

async function ownAddress(host: string, method: string, path: string, handedOver?: string): Promise<number> {
  const [hostname = '', port] = host.split(':');
  const headers = {
    host: `${await hostOf(hostname)}:${port}`,
    authorization: `Bearer ${merchant.secretKey}`,
    ...(handedOver !== undefined && { 'Sluice-Raw-Path': handedOver }),
  };
  return new Promise((resolve, reject) => {
    request({ hostname, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('the API’s own address, without a custom domain', () => {
  it('the SDK is configured with the host alone: it reads, writes, lists and replays', async () => {
    const { hostname, port } = new URL(deployed().endpoint);
    const own = new Stripe(merchant.secretKey, {
      host: await hostOf(hostname),
      port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
      httpAgent: toEmulator(hostname),
    });
    const params = { amount: 900, currency: 'usd', payment_method: 'pm_card_visa', confirm: true };

    const paid = await own.paymentIntents.create(params, { idempotencyKey: 'own-address' });
    expect(paid.status).toBe('succeeded');
    expect((await own.paymentIntents.create(params, { idempotencyKey: 'own-address' })).id).toBe(paid.id);
    const read = await own.paymentIntents.retrieve(paid.id, { expand: ['latest_charge', 'payment_method'] });
    expect((read.latest_charge as Stripe.Charge).amount).toBe(900);
    const listed = await own.paymentIntents.list({ created: { gte: paid.created - 60 }, limit: 2 });
    expect(listed.data.map(({ id }) => id)).toContain(paid.id);
    await expect(own.customers.retrieve('')).rejects.toMatchObject({ statusCode: 404 });
    await expect(own.paymentIntents.retrieve('pi_x')).rejects.toMatchObject({ code: 'resource_missing' });
  });

  it('what is not Stripe’s has an address below /v1', async () => {
    const { host } = new URL(deployed().endpoint);

    expect(await ownAddress(host, 'GET', '/v1/healthz')).toBe(200);
    expect(await ownAddress(host, 'GET', '/v1/openapi.json')).toBe(200);
    expect(await ownAddress(host, 'GET', '/v1/sandbox/challenges/none')).toBe(404);
  });
});

describe('the root of a host, as behind a custom domain', () => {
  it.each(['/healthz', '/v1/healthz', '/openapi.json', '/v1/openapi.json'])('%s is served', async (path) => {
    expect((await fetch(`${deployed().baseUrl}${path}`)).status).toBe(200);
  });

  it('a payer’s page is below /v1, and still where 0.1 had it', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      return_url: 'http://127.0.0.1:9/back',
    });
    const page = intent.next_action!.redirect_to_url!.url!;

    expect(new URL(page).pathname).toMatch(/^\/v1\/sandbox\/challenges\//);
    for (const address of [page, page.replace('/v1/sandbox', '/sandbox')])
      expect(await (await fetch(address)).text()).toContain('<form');
  });
});
