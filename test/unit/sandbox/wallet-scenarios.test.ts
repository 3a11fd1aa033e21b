import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WalletType } from '../../../functions/channels/port/instrument.ts';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { WALLET_SCENARIOS } from '../../../functions/sandbox/behavior.ts';
import { addressOf, press, type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeEach(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterEach(() => fixture.sandbox.close());

const RETURN_URL = 'https://shop.example/done';
const query = async (order: AuthorizeRequest) => (await fixture.channel.queryAttempt(order)).attempt;
const close = (order: AuthorizeRequest) => fixture.channel.close(order);
const resume = (order: AuthorizeRequest) => fixture.channel.resume!({ ...order, parameters: {} });
const due = () =>
  fixture.sandbox.due.map(({ callback, delayMs }) => [callback.id.split('.').slice(1).join('.'), delayMs]);
const order = (type: WalletType, amount: bigint, changes: Partial<AuthorizeRequest> = {}) =>
  fixture.order(type, { amount, returnUrl: RETURN_URL, ...changes });
/** The order is paid, by every step that it takes. */
async function paid(type: WalletType, amount: bigint, changes: Partial<AuthorizeRequest> = {}) {
  const placed = order(type, amount, changes);
  await fixture.payer(placed, 'approve');
  if (type === 'paypal') await resume(placed);
  return placed;
}

describe('scenarios of orders, by the last four digits of the amount', () => {
  test('9901: the order is placed and the response is lost; the same request again has the address', async () => {
    const placed = order('paypal', 9_901n);

    expect(await fixture.channel.authorize(placed)).toEqual({ kind: 'unknown', reason: 'status 503' });
    expect((await query(placed)).kind).toBe('requires_action');
    expect((await fixture.channel.authorize(placed)).kind).toBe('requires_action');
  });

  test('9902: a 503, and nothing was placed', async () => {
    const placed = order('wechat_pay', 9_902n);

    expect(await fixture.channel.authorize(placed)).toEqual({ kind: 'unknown', reason: 'status 503' });
    expect(await query(placed)).toEqual({ kind: 'not_found' });
  });

  test.each(['alipay', 'wechat_pay', 'paypal'] as const)(
    '9903, %s: the payer approves and the wallet declines',
    async (type) => {
      const placed = await paid(type, 9_903n);

      expect(await query(placed)).toMatchObject({
        kind: 'failed',
        decline: {
          class: 'payer_action',
          code: 'payment_method_provider_decline',
          message: 'The wallet declined the payment. Provide a new payment method to try again.',
          networkCode: 'S11',
        },
      });
    },
  );

  test('9904: every callback comes three times', async () => {
    await paid('alipay', 9_904n);

    expect(due()).toEqual([
      ['authorisation', 0],
      ['authorisation', 1_000],
      ['authorisation', 2_000],
    ]);
  });

  test('9905: no callback; only a query shows the payment', async () => {
    const placed = await paid('wechat_pay', 9_905n);

    expect(due()).toEqual([]);
    expect((await query(placed)).kind).toBe('captured');
  });

  test('9906: return lost: the payer stays on the page, and the callback comes', async () => {
    const left = await fixture.payer(order('paypal', 9_906n), 'approve');

    expect([left.status, left.headers.location]).toEqual([200, undefined]);
    expect(left.body.toString()).toContain('was approved');
    expect(due()).toEqual([['approval', 0]]);
  });

  test('9907: callback before the return: it is due at once, and the browser returns three seconds later', async () => {
    const before = fixture.clock.nowMs();

    const left = await fixture.payer(order('alipay', 9_907n), 'approve');

    expect(due()).toEqual([['authorisation', 0]]);
    expect(fixture.clock.nowMs() - before).toBe(3_000);
    expect(left.headers.location).toBe(`${RETURN_URL}?redirect_status=succeeded`);
  });

  test.each([
    ['alipay', { kind: 'captured', amount: 4_954n }],
    ['paypal', { kind: 'captured', amount: 4_954n }],
  ] as const)('9908, %s: partial approval: half is taken, and no more is refunded', async (type, outcome) => {
    const placed = await paid(type, 9_908n);

    expect(await query(placed)).toMatchObject(outcome);
    expect((await fixture.channel.refund(fixture.refundOf(placed, 4_955n))).kind).toBe('failed');
    expect((await fixture.channel.refund(fixture.refundOf(placed, 4_954n))).kind).toBe('succeeded');
  });

  test('9908, paypal: a hold is over half too', async () => {
    const placed = await paid('paypal', 9_908n, { capture: false });

    expect(await query(placed)).toMatchObject({ kind: 'authorized', amount: 4_954n });
  });

  test.each(['wechat_pay', 'paypal'] as const)('9909, %s: pending for a day, without a callback', async (type) => {
    const placed = await paid(type, 9_909n);

    expect(await query(placed)).toMatchObject({ kind: 'pending' });
    expect((await close(placed)).kind).toBe('failed');
    fixture.clock.move(24 * 3_600_000 - 1);
    expect(await query(placed)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(1);
    expect(await query(placed)).toMatchObject({ kind: 'captured', amount: 9_909n });
    expect(due()).toEqual([]);
  });

  test('9910: order closed late: the close succeeds, and two seconds later the money is taken and announced', async () => {
    const placed = order('wechat_pay', 9_910n);
    await fixture.channel.authorize(placed);

    expect(await close(placed)).toEqual({ kind: 'succeeded' });

    expect((await query(placed)).kind).toBe('failed');
    expect(due()).toEqual([['late', 2_000]]);
    expect(JSON.parse(fixture.sandbox.due[0]!.callback.body)).toMatchObject({
      data: { status: 'captured', captured_amount: '9910' },
    });
    fixture.clock.move(2_000);
    expect(await query(placed)).toMatchObject({ kind: 'captured', amount: 9_910n });
    expect((await close(placed)).kind).toBe('failed');
    await fixture.channel.refund(fixture.refundOf(placed, 9_910n));
    expect((await query(placed)).kind).toBe('captured');
  });

  test('9911: the order is closed and the response is lost', async () => {
    const placed = order('alipay', 9_911n);
    const url = addressOf(await fixture.channel.authorize(placed));

    expect((await close(placed)).kind).toBe('unknown');

    await press(url, 'approve');
    expect((await query(placed)).kind).toBe('failed');
    expect(await close(placed)).toEqual({ kind: 'succeeded' });
  });

  test('9912: resume twice: the first takes effect and its response is lost, the second is answered', async () => {
    const placed = order('paypal', 9_912n);
    await fixture.payer(placed, 'approve');

    expect(await resume(placed)).toEqual({ kind: 'unknown', reason: 'status 503' });

    expect(await resume(placed)).toMatchObject({ kind: 'captured', amount: 9_912n });
    expect(due()).toEqual([
      ['approval', 0],
      ['authorisation', 0],
    ]);
  });

  test.each([
    [9_913n, 'capture'],
    [9_914n, 'void'],
  ] as const)('%s: a %s takes effect and its response is lost', async (amount, kind) => {
    const placed = await paid('paypal', amount, { capture: false });

    expect((await fixture.channel[kind]({ ...fixture.followUp(placed), amount })).kind).toBe('unknown');

    const { operations } = await fixture.channel.queryAttempt(placed);
    expect([...operations]).toMatchObject([[1, { kind: 'succeeded' }]]);
  });

  test('9915: a refund takes effect and its response is lost', async () => {
    const refund = fixture.refundOf(await paid('alipay', 9_915n), 300n);

    expect((await fixture.channel.refund(refund)).kind).toBe('unknown');
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({ kind: 'succeeded' });
  });

  test('9916: a refund succeeds, and three seconds later the wallet sends it back', async () => {
    const refund = fixture.refundOf(await paid('paypal', 9_916n), 300n);

    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
    fixture.clock.move(3_000);
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({
      kind: 'failed',
      decline: { code: 'declined', message: 'The wallet sent the refund back.', networkCode: 'S16' },
    });
  });

  test('9917: a refund beyond the balance may be sent again under the same reference, and succeeds later', async () => {
    const placed = await paid('alipay', 9_917n);
    const refund = fixture.refundOf(placed, 300n);
    const refused = {
      kind: 'failed',
      decline: {
        code: 'insufficient_funds',
        message: 'The balance at the channel does not cover this refund.',
        networkCode: 'S15',
      },
      retryable: true,
    };

    expect(await fixture.channel.refund(refund)).toMatchObject(refused);
    expect(await fixture.channel.queryRefund(refund)).toMatchObject(refused);
    fixture.clock.move(4_999);
    expect(await fixture.channel.refund(refund)).toMatchObject(refused);
    expect(due().slice(1)).toEqual([['refund.failed', 1_000]]);

    fixture.clock.move(1);
    expect(await fixture.channel.queryRefund(refund)).toMatchObject(refused);
    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({ kind: 'succeeded' });
    expect((await fixture.channel.refund(fixture.refundOf(placed, 9_618n))).kind).toBe('failed');
  });

  test('9917: another amount under the refused reference is another refund', async () => {
    const refund = fixture.refundOf(await paid('alipay', 9_917n), 300n);
    await fixture.channel.refund(refund);
    fixture.clock.move(5_000);

    const other = await fixture.channel.refund({ ...refund, amount: 301n });

    expect(other).toEqual({ kind: 'unknown', reason: 'refused: reference_used' });
  });

  test('9918: two facts in one callback: a refund and the charge that it is of', async () => {
    const placed = await paid('alipay', 9_918n);
    const refund = fixture.refundOf(placed, 300n);
    await fixture.channel.refund(refund);

    const { id, type, data } = JSON.parse(fixture.sandbox.due.at(-1)!.callback.body);

    expect([id, type]).toEqual([`${refund.reference}.refund.succeeded`, 'batch']);
    expect(data).toMatchObject([
      { type: 'refund', data: { reference: refund.reference, status: 'succeeded' } },
      { type: 'charge', data: { reference: placed.reference, status: 'captured', refunded_amount: '300' } },
    ]);
  });
});

describe('refunds of wallets', () => {
  test('WeChat Pay: pending for three seconds, then succeeded and announced', async () => {
    const refund = fixture.refundOf(await paid('wechat_pay', 1_000n), 300n);

    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(2_999);
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(1);
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({ kind: 'succeeded' });
    expect(due().slice(1)).toEqual([['refund.succeeded', 3_000]]);
  });

  test.each(['alipay', 'paypal'] as const)('%s: succeeded at once', async (type) => {
    const refund = fixture.refundOf(await paid(type, 1_000n), 1_000n);

    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
  });
});

describe('disputes of wallets', () => {
  const dispute = ({ reference }: AuthorizeRequest) =>
    fixture.controls.openDispute({
      reference,
      account: fixture.account,
      id: 'D1',
      kind: 'chargeback',
      reason: 'fraudulent',
    });

  test('PayPal: the payer can dispute a charge', async () => {
    expect(await dispute(await paid('paypal', 1_000n))).toMatchObject({ id: 'D1', amount: 1_000n });
  });

  test.each(['alipay', 'wechat_pay'] as const)('%s: there are none', async (type) => {
    expect(await dispute(await paid(type, 1_000n))).toBeUndefined();
  });
});

describe('the sandbox refuses (malformed)', () => {
  const post = async (body: object) => {
    const answer = await httpClient({
      method: 'POST',
      url: `${fixture.sandbox.url}/charges`,
      headers: { authorization: `Bearer ${fixture.opened.apiKey}` },
      body: JSON.stringify({ reference: 'R1', amount: '1000', currency: 'usd', capture: true, ...body }),
      timeoutMs: 30_000,
    });
    const { error } = JSON.parse(answer.body.toString()) as { error?: { message: string } };
    return [answer.status, error?.message];
  };
  const wallet = { type: 'alipay' };

  test.each([
    ['neither a card nor a wallet', {}, 'card'],
    ['a card and a wallet', { card: { token: 'pm_card_visa' }, wallet }, 'card'],
    ['an unknown wallet', { wallet: { type: 'applepay' } }, 'wallet.type'],
    ['a wallet that verifies nothing', { wallet, amount: '0' }, 'amount'],
    ['a hold at a wallet without holds', { wallet, capture: false }, 'capture'],
    ['an expiry that is no instant', { wallet, expires_at: -1 }, 'expires_at'],
  ])('%s', async (_, body, member) => {
    expect(await post(body)).toEqual([400, `not as documented: ${member}`]);
  });
});

describe('the page of the sandbox', () => {
  test('documents every scenario of orders, and no other', () => {
    const page = readFileSync('functions/sandbox/README.md', 'utf8');
    const rows = [...page.matchAll(/^\| (99\d\d) \| (.+) \|$/gm)].map(([, digits]) => digits);

    expect(rows).toEqual(Object.keys(WALLET_SCENARIOS));
  });
});
