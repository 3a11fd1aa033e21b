import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WalletType } from '../../../functions/channels/port/instrument.ts';
import type { Listed } from '../../../functions/channels/port/listing.ts';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { verifiedCallback } from '../../../functions/channels/sandbox/callback.ts';
import { signatureOf } from '../../../functions/sandbox/callback.ts';
import { addressOf, press, type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeEach(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterEach(() => fixture.sandbox.close());

const EXPIRES_MS = Date.UTC(2027, 0, 15, 13);
const at = ({ reference, createdMs }: AuthorizeRequest) => ({ reference, account: fixture.account, createdMs });
const resume = (order: AuthorizeRequest) => fixture.channel.resume!({ ...at(order), parameters: {} });
const query = async (order: AuthorizeRequest) => (await fixture.channel.queryAttempt(order)).attempt;

describe('sandbox client: the same reference', () => {
  test.each([
    ['wallet', { instrument: { kind: 'wallet', type: 'paypal' } }],
    ['card instead of the wallet', { instrument: { kind: 'test', token: 'pm_card_visa' } }],
    ['amount', { amount: 1_001n }],
    ['expiry', { expiresMs: EXPIRES_MS + 1 }],
    ['return address', { returnUrl: 'https://other.example/' }],
  ] as const)('for another %s is another request: refused, and unknown', async (_, changes) => {
    const order = fixture.order('wechat_pay');
    const first = await fixture.channel.authorize(order);

    const other = await fixture.channel.authorize({ ...order, ...changes });

    expect(other).toEqual({ kind: 'unknown', reason: 'refused: reference_used' });
    expect(await fixture.channel.authorize(order)).toEqual(first);
  });
});

test('sandbox client: resume of an order that no payer has opened finds nothing', async () => {
  const order = fixture.order('alipay');
  await fixture.channel.authorize(order);

  expect(await resume(order)).toEqual({ kind: 'unknown', reason: 'refused: not_found' });
});

describe('sandbox client: close', () => {
  test('of a reference without a charge refuses the charge that comes later', async () => {
    const order = fixture.order('alipay');

    expect(await fixture.channel.close(at(order))).toEqual({ kind: 'succeeded' });

    expect(await fixture.channel.authorize(order)).toEqual({
      kind: 'failed',
      decline: {
        class: 'payer_action',
        code: 'payment_intent_payment_attempt_failed',
        message: 'The order at the wallet was closed before it was paid. Provide a new payment method to try again.',
        networkCode: 'order_closed',
      },
    });
    expect(await query(order)).toEqual({ kind: 'not_found' });
    expect(await resume(order)).toEqual({ kind: 'unknown', reason: 'refused: not_found' });
    expect(fixture.sandbox.due).toEqual([]);
  });

  test('of a card without a charge refuses the charge too', async () => {
    const request = fixture.request('pm_card_visa');

    await fixture.channel.close(at(request));

    expect((await fixture.channel.authorize(request)).kind).toBe('failed');
  });

  test('and a request at the same moment: either the order is closed, or it was never placed', async () => {
    const order = fixture.order('wechat_pay');

    const [closed, placed] = await Promise.all([fixture.channel.close(at(order)), fixture.channel.authorize(order)]);

    expect(closed).toEqual({ kind: 'succeeded' });
    expect(['failed', 'requires_action']).toContain(placed.kind);
    if (placed.kind === 'requires_action') await press(addressOf(placed), 'approve');
    expect(['failed', 'not_found']).toContain((await query(order)).kind);
  });

  test('and an approval at the same moment: one of the two wins, and the answers agree', async () => {
    const order = fixture.order('wechat_pay');
    const url = addressOf(await fixture.channel.authorize(order));

    const [closed] = await Promise.all([fixture.channel.close(at(order)), press(url, 'approve')]);

    expect((await query(order)).kind).toBe(closed.kind === 'succeeded' ? 'failed' : 'captured');
  });
});

describe('sandbox client: the list', () => {
  const list = async () => {
    const nowMs = fixture.clock.nowMs();
    const page = await fixture.channel.listing!.list({
      account: fixture.account,
      sinceMs: nowMs - 60_000,
      untilMs: nowMs,
    });
    return page!.listed as readonly Extract<Listed, { about: 'charge' }>[];
  };

  test.each(['alipay', 'wechat_pay', 'paypal'] as const)(
    '%s: a charge is listed with its wallet and without a card',
    async (type: WalletType) => {
      const order = fixture.order(type, { notes: { direct: true } });
      await fixture.payer(order, 'approve');
      await resume(order);

      const [listed] = await list();

      expect(listed).toMatchObject({
        about: 'charge',
        reference: order.reference,
        amount: 1_000n,
        capture: true,
        wallet: type,
        notes: { direct: true },
        decidedMs: fixture.clock.nowMs(),
        state: { attempt: { kind: 'captured', amount: 1_000n } },
      });
      expect(listed).not.toHaveProperty('card');
    },
  );

  test('an order that waits is decided later than now; one that no payer has opened at Alipay is not listed', async () => {
    const waiting = fixture.order('wechat_pay');
    await fixture.channel.authorize(waiting);
    await fixture.channel.authorize(fixture.order('alipay'));
    await fixture.channel.close(at(fixture.order('paypal')));

    const listed = await list();

    expect(listed.map(({ reference, decidedMs }) => [reference, decidedMs])).toEqual([[waiting.reference, EXPIRES_MS]]);
    expect(listed[0]?.state.attempt.kind).toBe('requires_action');
  });
});

describe('callbacks of wallets', () => {
  const verify = (body: string) => {
    const header = signatureOf(body, fixture.opened.callbackSecret, fixture.clock.nowMs());
    const headers = { 'sandbox-signature': header };
    return verifiedCallback(Buffer.from(body), headers, [fixture.opened.callbackSecret], fixture.clock.nowMs());
  };

  test('an approval is a fact of the attempt', async () => {
    const order = fixture.order('paypal');
    await fixture.payer(order, 'approve');

    const handles = { charge: expect.stringMatching(/^ch[0-9a-f]{12}$/) as string };
    expect(verify(fixture.sandbox.due[0]!.callback.body)).toEqual({
      dedupe: `${order.reference}.approval`,
      facts: [{ about: 'attempt', reference: order.reference, outcome: { kind: 'approved', handles } }],
    });
  });

  test('two facts in one callback keep their order', async () => {
    const order = fixture.order('alipay', { amount: 9_918n });
    await fixture.payer(order, 'approve');
    const refund = fixture.refundOf(order, 100n);
    await fixture.channel.refund(refund);

    expect(verify(fixture.sandbox.due.at(-1)!.callback.body)).toMatchObject({
      dedupe: `${refund.reference}.refund.succeeded`,
      facts: [
        { about: 'refund', reference: refund.reference, outcome: { kind: 'succeeded' } },
        { about: 'attempt', reference: order.reference, outcome: { kind: 'captured', amount: 9_918n } },
      ],
    });
  });

  test('a callback with no fact, with a part that cannot be read, or with too many facts is refused whole', async () => {
    const order = fixture.order('alipay');
    await fixture.payer(order, 'approve');
    const { type, data } = JSON.parse(fixture.sandbox.due[0]!.callback.body);
    const batch = (...parts: object[]) => verify(JSON.stringify({ id: 'B1', type: 'batch', data: parts }));
    const good = { type, data };

    expect(batch(good, good)?.facts.length).toBe(2);
    expect(batch()).toBeUndefined();
    expect(batch(good, { type: 'charge', data: {} })).toBeUndefined();
    expect(batch({ type: 'charge', data: {} }, good)).toBeUndefined();
    expect(batch({ type: 'batch', data: [good] })).toBeUndefined();
    expect(batch(...Array.from({ length: 21 }, () => good))).toBeUndefined();
  });
});
