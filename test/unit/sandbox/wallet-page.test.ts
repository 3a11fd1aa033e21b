import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WalletType } from '../../../functions/channels/port/instrument.ts';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { addressOf, press, type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';

let table: MemoryTable;
let fixture: SandboxFixture;
beforeEach(async () => {
  table = memoryTable();
  fixture = await sandboxFixture(table);
});
afterEach(() => fixture.sandbox.close());

const RETURN_URL = 'https://shop.example/done?order=7';

const statusIn = (body: string): string => (JSON.parse(body) as { data: { status: string } }).data.status;

async function placed(type: WalletType, changes: Partial<AuthorizeRequest> = {}) {
  const order = fixture.order(type, { returnUrl: RETURN_URL, ...changes });
  const url = addressOf(await fixture.channel.authorize(order));
  return {
    order,
    url,
    show: (address = url) => httpClient({ method: 'GET', url: address, timeoutMs: 30_000 }),
    answer: (result: string) => press(url, result),
    query: async () => (await fixture.channel.queryAttempt(order)).attempt,
    due: () =>
      fixture.sandbox.due
        .filter(({ callback }) => callback.body.includes(order.reference))
        .map(({ callback, delayMs }) => [callback.id.slice(32), delayMs, statusIn(callback.body)]),
  };
}

describe('the page of a wallet', () => {
  test.each([
    ['alipay', 'Sandbox Alipay'],
    ['wechat_pay', 'Sandbox WeChat Pay'],
    ['paypal', 'Sandbox PayPal'],
  ] as const)('%s: shows the amount, the expiry and three buttons, and loads nothing', async (type, title) => {
    const { show } = await placed(type);

    const page = await show();

    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    const html = page.body.toString();
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain('10.00 USD');
    expect(html).toContain('until 2027-01-15 13:00 UTC');
    expect(html).toMatch(/value="approve".*value="decline".*value="expire">Expire the order now</s);
    expect(html).not.toMatch(/<script|src=/);
  });

  test.each([
    ['wallets', 'Sandbox wallet'],
    ['challenges', 'Sandbox bank'],
  ])('of a wrong address below %s is a page with the title %s', async (kind, title) => {
    const { url } = await placed('alipay');
    const base = url.replace(/wallets\/.*$/, kind);
    const other = `${url.replace('wallets', kind).slice(0, -24)}${'x'.repeat(24)}`;

    for (const address of [base, `${base}/`, `${base}/none`, `${base}/a%20b`, other]) {
      const seen = await httpClient({ method: 'GET', url: address, timeoutMs: 30_000 });
      const sent = await press(address, 'approve');
      expect([address, seen.status, sent.status]).toEqual([address, 404, 404]);
      expect(seen.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(seen.body.toString()).toContain(`<h1>${title}</h1><p>There is no such payment.</p>`);
    }
  });

  test('of a wrong form of an order is one too', async () => {
    const { url } = await placed('alipay');

    const body = Buffer.from(new URLSearchParams({ order: 'none' }).toString());
    const sent = await httpClient({ method: 'POST', url, body, timeoutMs: 30_000 });

    expect([sent.status, sent.body.toString()]).toEqual([404, expect.stringContaining('<h1>Sandbox wallet</h1>')]);
  });

  test('shows a currency without minor units as it is', async () => {
    const { show } = await placed('alipay', { amount: 1_500n, currency: 'jpy' as AuthorizeRequest['currency'] });

    expect((await show()).body.toString()).toContain('1500 JPY');
  });

  test.each([
    ['alipay', 'approve', 'succeeded', 'captured'],
    ['alipay', 'decline', 'failed', 'failed'],
    ['alipay', 'expire', 'failed', 'failed'],
    ['paypal', 'approve', 'succeeded', 'approved'],
    ['paypal', 'decline', 'failed', 'failed'],
    ['paypal', 'expire', 'failed', 'failed'],
  ] as const)(
    '%s, %s: leads to the stored return URL (%s), and the order is %s',
    async (type, result, status, kind) => {
      const { answer, query } = await placed(type);

      const left = await answer(result);

      expect(left.status).toBe(303);
      expect(left.headers.location).toBe(`${RETURN_URL}&redirect_status=${status}`);
      expect((await query()).kind).toBe(kind);
    },
  );

  test.each([
    ['approve', 'was paid'],
    ['decline', 'was not paid'],
    ['expire', 'was not paid'],
  ])('wechat_pay, %s: the phone shows that the payment %s, and goes nowhere', async (result, text) => {
    const { answer } = await placed('wechat_pay');

    const left = await answer(result);

    expect([left.status, left.headers.location]).toEqual([200, undefined]);
    expect(left.body.toString()).toContain(text);
  });

  test('without a return URL the payer reads the result', async () => {
    const order = fixture.order('alipay');
    const url = addressOf(await fixture.channel.authorize(order));

    const left = await press(url, 'approve');

    expect([left.status, left.headers.location]).toEqual([200, undefined]);
    expect(left.body.toString()).toContain('was paid');
  });

  test('the first answer counts: a second one changes nothing and leads to the same place', async () => {
    const { answer, query, due } = await placed('alipay');
    await answer('decline');
    const announced = due();

    const again = await answer('approve');

    expect(again.headers.location).toBe(`${RETURN_URL}&redirect_status=failed`);
    expect(await query()).toMatchObject({ kind: 'failed' });
    expect(due()).toEqual(announced);
  });

  test('two answers at once are one', async () => {
    const { answer, query, due } = await placed('alipay');

    await Promise.all([answer('approve'), answer('approve'), answer('approve')]);

    expect(await query()).toMatchObject({ kind: 'captured', amount: 1_000n });
    expect(due().length).toBe(1);
  });

  test.each(['', 'approve2', 'APPROVE', 'complete'])('an answer of "%s" is none (400)', async (result) => {
    const { answer, query, show } = await placed('paypal');

    expect((await answer(result)).status).toBe(400);

    expect(await query()).toMatchObject({ kind: 'requires_action' });
    expect((await show()).status).toBe(200);
  });

  test('after the expiry, the page leads back and nothing is paid', async () => {
    const { answer, show, query } = await placed('paypal');
    fixture.clock.move(3_600_000);

    expect((await show()).headers.location).toBe(`${RETURN_URL}&redirect_status=failed`);
    expect((await answer('approve')).headers.location).toBe(`${RETURN_URL}&redirect_status=failed`);

    expect(await query()).toMatchObject({
      kind: 'failed',
      decline: { code: 'payment_intent_payment_attempt_expired' },
    });
  });

  test('an approved payment shows no buttons again: the payer goes back, so that it can be resumed', async () => {
    const { answer, show } = await placed('paypal');
    await answer('approve');

    expect((await show()).headers.location).toBe(`${RETURN_URL}&redirect_status=succeeded`);
  });

  test('an address with another secret shows nothing of the order, and opens nothing', async () => {
    const { url, show, query } = await placed('alipay');
    const guessed = `${url.slice(0, -24)}${'0'.repeat(24)}`;

    const page = await show(guessed);

    expect(page.status).toBe(404);
    expect(page.body.toString()).not.toContain('10.00');
    expect((await press(guessed, 'approve')).status).toBe(404);
    expect(await query()).toEqual({ kind: 'not_found' });
  });

  test('the page of a challenge is not the page of an order, and the other way round', async () => {
    const { url, show } = await placed('alipay');
    const asChallenge = url.replace('/wallets/', '/challenges/');
    const card = await fixture.channel.authorize(fixture.request('pm_card_authenticationRequired'));
    const asWallet = addressOf(card).replace('/challenges/', '/wallets/');

    expect((await show(asChallenge)).status).toBe(404);
    expect((await show(asWallet)).status).toBe(404);
    expect((await press(asChallenge, 'complete')).status).toBe(404);
    expect((await press(asWallet, 'approve')).status).toBe(404);
  });

  test('the first view of Alipay is stored once, the views of the others never', async () => {
    const alipay = await placed('alipay');
    const paypal = await placed('paypal');
    const versionOf = async (reference: string) =>
      (await table.get('sandbox', { pk: `c#${fixture.account.account}#${reference}`, sk: 'charge' }))?.v;

    for (const { show } of [alipay, alipay, paypal]) await show();

    expect(await versionOf(alipay.order.reference)).toBe(2n);
    expect(await versionOf(paypal.order.reference)).toBe(1n);
  });
});

describe('callbacks of an order', () => {
  test.each([
    ['alipay', 'approve', [['authorisation', 0, 'captured']]],
    ['alipay', 'decline', [['authorisation', 0, 'declined']]],
    ['wechat_pay', 'expire', [['authorisation', 0, 'declined']]],
    ['paypal', 'approve', [['approval', 0, 'approved']]],
  ] as const)('%s, %s: the decision is announced at once', async (type, result, expected) => {
    const { answer, due } = await placed(type);
    expect(due()).toEqual([]);

    await answer(result);

    expect(due()).toEqual(expected);
  });

  test('paypal: the resumed payment is announced once, whatever is sent again', async () => {
    const { order, answer, due } = await placed('paypal');
    await answer('approve');
    const resume = () =>
      fixture.channel.resume!({
        reference: order.reference,
        createdMs: order.createdMs,
        account: fixture.account,
        parameters: {},
      });

    await resume();
    await resume();

    expect(due()).toEqual([
      ['approval', 0, 'approved'],
      ['authorisation', 0, 'captured'],
    ]);
  });

  test('an expiry that passes and an order that is closed are announced to no merchant', async () => {
    const { order, due, query } = await placed('wechat_pay');
    const closed = await placed('wechat_pay');
    await fixture.channel.close(closed.order);
    fixture.clock.move(3_600_000);

    expect((await query()).kind).toBe('failed');
    expect([...due(), ...closed.due()]).toEqual([]);
    expect(order.reference).not.toBe(closed.order.reference);
  });
});

describe('a challenge of a card', () => {
  test('is closed like an order: its payer can pay no more', async () => {
    const request = fixture.request('pm_card_authenticationRequired', { returnUrl: RETURN_URL });
    const url = addressOf(await fixture.channel.authorize(request));

    const closed = await fixture.channel.close(request);
    const left = await press(url, 'complete');

    expect(closed).toEqual({ kind: 'succeeded' });
    expect(left.headers.location).toBe(`${RETURN_URL}&redirect_status=failed`);
    expect((await fixture.channel.queryAttempt(request)).attempt).toMatchObject({
      kind: 'failed',
      decline: { code: 'payment_intent_payment_attempt_failed', networkCode: 'S13' },
    });
  });

  test('that was passed and charges nothing is closed too, and proves nothing any more', async () => {
    const request = fixture.request('pm_card_authenticationRequired', { stopsAfterChallenge: true });
    await press(addressOf(await fixture.channel.authorize(request)), 'complete');

    await fixture.channel.close(request);

    const naming = fixture.request('pm_card_authenticationRequired', { authentication: request.reference });
    expect(await fixture.channel.authorize(naming)).toMatchObject({ kind: 'requires_action' });
  });
});
