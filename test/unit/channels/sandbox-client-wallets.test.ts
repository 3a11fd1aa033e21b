import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { sandboxChannel } from '../../../functions/channels/sandbox/client.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest } from '../../../functions/kernel/http-client.ts';
import { addressOf, press, type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeEach(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterEach(() => fixture.sandbox.close());

/** Our client against a wallet that answers this, whatever is asked. */
const against = (answer: (request: HttpRequest) => { status: number; body: unknown } | Error) => {
  const sent: HttpRequest[] = [];
  const channel = sandboxChannel({
    baseUrl: 'http://sandbox.test/sandbox',
    apiKey: async () => 'key',
    http: async (request): Promise<HttpAnswer> => {
      sent.push(request);
      const answered = answer(request);
      if (answered instanceof Error) throw answered;
      return { status: answered.status, headers: {}, body: Buffer.from(JSON.stringify(answered.body)) };
    },
  });
  return { channel, sent };
};
const charge = (changes: object) => ({
  status: 'waiting',
  amount: '1000',
  currency: 'usd',
  captured_amount: '0',
  wallet: { type: 'alipay' },
  operations: [],
  ...changes,
});
const EXPIRES_MS = Date.UTC(2027, 0, 15, 13);
const CHARGE = expect.stringMatching(/^ch[0-9a-f]{12}$/) as string;
const at = ({ reference, createdMs }: AuthorizeRequest) => ({ reference, account: fixture.account, createdMs });
const resume = (order: AuthorizeRequest) => fixture.channel.resume!({ ...at(order), parameters: {} });
const query = async (order: AuthorizeRequest) => (await fixture.channel.queryAttempt(order)).attempt;

describe('sandbox client: what it sends for a wallet', () => {
  test('the wallet by its type, the expiry, and where the payer returns to', async () => {
    const { channel, sent } = against(() => ({ status: 500, body: '' }));
    const order = fixture.order('paypal', {
      capture: false,
      returnUrl: 'https://a.example/',
      statementDescriptor: 'SHOP',
    });

    await channel.authorize(order);

    expect(sent[0]?.url).toBe('http://sandbox.test/sandbox/charges');
    expect(JSON.parse(String(sent[0]?.body))).toEqual({
      reference: order.reference,
      amount: '1000',
      currency: 'usd',
      capture: false,
      wallet: { type: 'paypal' },
      off_session: false,
      expires_at: EXPIRES_MS,
      return_url: 'https://a.example/',
      statement_descriptor: 'SHOP',
    });
  });

  test.each(['resume', 'close'] as const)(
    '%s: under the reference of the attempt, and nothing that a return brought',
    async (kind) => {
      const { channel, sent } = against(() => ({ status: 500, body: '' }));
      const order = fixture.order('paypal');

      await channel[kind]!({ ...at(order), parameters: { token: 'forged', redirect_status: 'succeeded' } });

      expect(sent.map(({ url, body }) => [url, body])).toEqual([
        [`http://sandbox.test/sandbox/charges/${order.reference}/${kind}`, '{}'],
      ]);
    },
  );
});

describe('sandbox client: the action of the payer', () => {
  test.each(['alipay', 'paypal'] as const)(
    '%s: a redirect to the page of the wallet, until the expiry',
    async (type) => {
      const outcome = await fixture.channel.authorize(fixture.order(type));

      expect(outcome).toEqual({
        kind: 'requires_action',
        // Alipay knows no order before its payer opens it.
        ...(type !== 'alipay' && { handles: { charge: CHARGE } }),
        action: {
          kind: 'redirect',
          url: expect.stringMatching(
            /^http:\/\/127\.0\.0\.1:\d+\/sandbox\/wallets\/sba[0-9A-Za-z]{20}-[0-9A-Za-z]{31}-[0-9A-Za-z]{24}$/,
          ),
          expiresMs: EXPIRES_MS,
        },
      });
    },
  );

  test('wechat_pay: a code whose data is the address that a phone opens, and the page', async () => {
    const outcome = await fixture.channel.authorize(fixture.order('wechat_pay'));

    const url = addressOf(outcome);
    expect(outcome).toEqual({
      kind: 'requires_action',
      handles: { charge: CHARGE },
      action: { kind: 'qr_code', data: url, url, expiresMs: EXPIRES_MS },
    });
    expect((await press(url, 'approve')).status).toBe(200);
  });

  test.each([
    ['no action', {}],
    ['an action of another kind', { action: { type: 'app', url: 'https://a.example/' } }],
    ['an address that no browser opens', { action: { type: 'redirect', url: 'javascript:alert(1)' } }],
    ['a code without data', { action: { type: 'qr_code', url: 'https://a.example/' } }],
  ])('an order with %s is unknown', async (_, changes) => {
    const order = fixture.order('alipay');
    const { channel } = against(() => ({ status: 200, body: charge({ reference: order.reference, ...changes }) }));

    expect((await channel.authorize(order)).kind).toBe('unknown');
  });
});

describe('sandbox client: the outcome of a wallet', () => {
  test.each([
    ['alipay', { transaction: expect.stringMatching(/^\d{28}$/), payerId: '2088000000000099' }],
    ['wechat_pay', { transaction: expect.stringMatching(/^420000\d{22}$/), payerId: 'oSandboxPayer000000000000099' }],
    [
      'paypal',
      {
        transaction: expect.stringMatching(/^[0-9A-Z]{17}$/),
        payerId: 'SANDBOXPAYER9',
        email: 'payer@sandbox.example',
        name: 'Sandbox Payer',
        country: 'US',
      },
    ],
  ] as const)('%s: captured, with the receipt and without card checks', async (type, wallet) => {
    const order = fixture.order(type);
    await fixture.payer(order, 'approve');
    await resume(order);

    expect(await query(order)).toEqual({
      kind: 'captured',
      handles: { charge: CHARGE, ...(type === 'paypal' && { capture: expect.stringMatching(/^cp[0-9a-f]{12}$/) }) },
      authorizationCode: expect.stringMatching(/^[0-9A-Z]{6}$/),
      amount: 1_000n,
      wallet,
    });
  });

  test('paypal: a hold has the receipt too, and no features of a card', async () => {
    const order = fixture.order('paypal', { capture: false, requestedFeatures: ['multicapture', 'increment'] });
    await fixture.payer(order, 'approve');

    expect(await resume(order)).toEqual({
      kind: 'authorized',
      handles: { charge: CHARGE },
      authorizationCode: expect.any(String),
      wallet: expect.objectContaining({ payerId: 'SANDBOXPAYER9' }),
    });
  });

  test.each([
    ['decline', 'payment_method_customer_decline', 'S10'],
    ['expire', 'payment_intent_payment_attempt_expired', 'S12'],
  ])('%s: failed as %s', async (result, code, networkCode) => {
    const order = fixture.order('alipay');
    await fixture.payer(order, result);

    expect(await query(order)).toEqual({
      kind: 'failed',
      handles: { charge: CHARGE },
      decline: {
        class: 'payer_action',
        code,
        message: expect.stringMatching(/Provide a new payment method/),
        networkCode,
      },
    });
  });

  test('without its payer, an order is declined', async () => {
    expect(await fixture.channel.authorize(fixture.order('wechat_pay', { offSession: true }))).toMatchObject({
      kind: 'failed',
      decline: { code: 'authentication_required' },
    });
  });

  test('a refund that may be sent again says so', async () => {
    const refund = fixture.refundOf(fixture.order('alipay'), 100n);
    const body = {
      reference: refund.reference,
      charge: refund.payment,
      amount: '100',
      currency: 'usd',
      status: 'failed',
      decline: { reason: 'balance_too_low', network_code: 'S15' },
    };
    const answered = (more: object) =>
      against(() => ({ status: 200, body: { ...body, ...more } })).channel.refund(refund);

    expect(await answered({ retryable: true })).toMatchObject({ kind: 'failed', retryable: true });
    expect(await answered({})).not.toHaveProperty('retryable');
  });
});

describe('sandbox client: resume and close without a response are unknown (I15)', () => {
  test.each<[string, { status: number; body: unknown } | Error]>([
    ['no answer in time', new HttpFailure('no answer within 12000 ms')],
    ['a 500', { status: 500, body: {} }],
    ['a 404', { status: 404, body: { error: { code: 'not_found', message: '' } } }],
    ['a 409', { status: 409, body: { error: { code: 'changed_meanwhile', message: '' } } }],
    ['a 200 about nothing', { status: 200, body: {} }],
    ['a 200 about another charge', { status: 200, body: charge({ reference: 'other', status: 'succeeded' }) }],
    [
      'a 200 about another charge that is paid',
      { status: 200, body: charge({ reference: 'other', status: 'captured', authorisation_code: 'A' }) },
    ],
  ])('%s', async (_, answer) => {
    const { channel, sent } = against(() => answer);
    const order = fixture.order('paypal');

    expect((await channel.resume!({ ...at(order), parameters: {} })).kind).toBe('unknown');
    expect((await channel.close(at(order))).kind).toBe('unknown');
    expect(sent.length).toBe(2);
  });

  test.each([
    [400, 'malformed'],
    [401, 'unauthorised'],
  ])('%i %s had no effect: failed', async (status, code) => {
    const { channel } = against(() => ({ status, body: { error: { code, message: '' } } }));
    const order = fixture.order('paypal');

    expect(await channel.resume!({ ...at(order), parameters: {} })).toMatchObject({ kind: 'failed' });
    expect(await channel.close(at(order))).toMatchObject({ kind: 'failed' });
  });
});
