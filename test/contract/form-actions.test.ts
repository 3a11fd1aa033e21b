/** A wallet to which the payer's browser comes by a form POST: a page of ours posts it. With the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { NextAction } from '../../functions/channels/port/action.ts';
import { next } from '../../functions/payments/commit.ts';
import { paymentById, putPayment } from '../../functions/payments/store.ts';
import { contractApp } from '../world/contract-app.ts';
import { scopeOf } from '../world/world.ts';

const app = await contractApp();
const { stripe } = app;

const BACK = 'https://shop.example/done';
/** Over 99.19 the sandbox's Alipay answers a form (functions/sandbox/README.md). */
const pay = () =>
  stripe.paymentIntents.create({
    amount: 9_919,
    currency: 'usd',
    payment_method_types: ['alipay'],
    payment_method_data: { type: 'alipay' },
    confirm: true,
    return_url: BACK,
  } as Stripe.PaymentIntentCreateParams);
const pageOf = ({ next_action: action }: Stripe.PaymentIntent): string => action!.alipay_handle_redirect!.url!;
const text = (value: string): string => value.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

/** The form of the page, as a browser reads it. */
function formIn(html: string): { readonly url: string; readonly fields: URLSearchParams } {
  const [, url] = /<form method="post" action="([^"]*)"/.exec(html)!;
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const fields = new URLSearchParams();
  for (const [, name, value] of inputs) fields.append(text(name!), text(value!));
  return { url: text(url!), fields };
}
const visit = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init });

describe('an action that is a form', () => {
  it('is a redirect to a page of ours, which posts it: the payer pays and is sent back', async () => {
    const intent = await pay();
    expect(intent).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'alipay_handle_redirect', alipay_handle_redirect: { return_url: BACK } },
    });
    expect(pageOf(intent)).toMatch(/\/v1\/return\/[0-9A-Za-z]{31}-[0-9A-Za-z]{24}-form$/);

    const page = await visit(pageOf(intent));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'sha256-");
    expect(page.headers.get('cache-control')).toBe('no-store');
    const { url, fields } = formIn(await page.text());
    expect(fields.get('subject')).toBe(`"Tea" & <cake>'s`);
    const wallet = await visit(url, { method: 'POST', body: fields });
    expect(wallet.status).toBe(200);
    expect(await wallet.text()).toContain('Approve');
    const approved = await visit(url, { method: 'POST', body: new URLSearchParams({ result: 'approve' }) });
    const back = await app.sentOn(approved.headers.get('location')!);

    expect(back.searchParams.get('redirect_status')).toBe('succeeded');
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  it('is refused by the wallet with other fields', async () => {
    const intent = await pay();
    const { url, fields } = formIn(await (await visit(pageOf(intent))).text());
    fields.set('subject', 'Tea');

    expect((await visit(url, { method: 'POST', body: fields })).status).toBe(404);
  });

  it('may be loaded again and again, and changes nothing', async () => {
    const intent = await pay();
    await app.settleDown();
    const before = app.world.table.dump();

    const pages = [await visit(pageOf(intent)), await visit(pageOf(intent))];

    expect(pages.map(({ status }) => status)).toEqual([200, 200]);
    expect(app.world.table.dump()).toEqual(before);
  });

  it('sends the payer on once the payment does not wait for it any more', async () => {
    const intent = await pay();
    await stripe.paymentIntents.cancel(intent.id);

    const page = await visit(pageOf(intent));

    expect(page.status).toBe(303);
    const back = new URL(page.headers.get('location')!);
    expect([back.origin + back.pathname, back.searchParams.get('redirect_status')]).toEqual([BACK, 'failed']);
  });

  it('shows the form of the open attempt alone after another confirmation', async () => {
    const intent = await pay();
    const again = await stripe.paymentIntents.confirm(intent.id, {
      payment_method_data: { type: 'alipay' },
      return_url: BACK,
    });

    expect((await visit(pageOf(intent))).status).toBe(303);
    expect((await visit(pageOf(again))).status).toBe(200);
  });

  it('is shown to GET alone, and with its secret', async () => {
    const intent = await pay();
    const page = pageOf(intent);
    const wrong = page.replace(/-[0-9A-Za-z]{24}-form$/, `-${'0'.repeat(24)}-form`);

    expect((await visit(page, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })).status).toBe(405);
    expect((await visit(page, { method: 'HEAD' })).status).toBe(405);
    for (const address of [wrong, `${page}-form`, page.replace('-form', '-forms')])
      expect([address, (await visit(address)).status]).toEqual([address, 404]);
  });

  it('stores no page for a type without forms', async () => {
    const paypal = await stripe.paymentIntents.create({
      amount: 9_919,
      currency: 'usd',
      payment_method_types: ['paypal'],
      payment_method_data: { type: 'paypal' },
      confirm: true,
      return_url: BACK,
    } as Stripe.PaymentIntentCreateParams);

    expect(paypal.next_action!.redirect_to_url!.url).not.toContain('/v1/return/');
  });
});

/** Stores another action of the payment's attempt. */
async function storeAction(id: string, action: NextAction): Promise<void> {
  const { table, clock } = app.world;
  const payment = (await paymentById(table, scopeOf(table, app.merchant), id))!;
  const attempts = payment.attempts.map((attempt) => ({ ...attempt, action }));
  await table.commit(putPayment(payment, next(payment, 'outcome', { nowMs: clock.nowMs() }, { attempts })));
}

describe('an action that is a code', () => {
  /** The payment as a channel leaves it that answers a code instead of the sandbox's form. */
  async function payByCode(expiresMs?: number): Promise<Stripe.PaymentIntent> {
    const intent = await pay();
    const action: NextAction = {
      kind: 'qr_code',
      data: 'https://qr.example/1',
      ...(expiresMs !== undefined && { expiresMs }),
    };
    await storeAction(intent.id, action);
    return stripe.paymentIntents.retrieve(intent.id);
  }

  it('is shown by the page, which changes nothing and loads itself again', async () => {
    const intent = await payByCode();
    await app.settleDown();
    const before = app.world.table.dump();

    const page = await visit(pageOf(intent));

    expect(intent.next_action!.alipay_handle_redirect!.native_url).toBe('https://qr.example/1');
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const html = await page.text();
    expect(html).toContain('src="data:image/svg+xml;base64,');
    expect(html).toContain('http-equiv="refresh"');
    expect(app.world.table.dump()).toEqual(before);
  });

  it('is shown no longer than it can be paid', async () => {
    const intent = await payByCode(app.world.clock.nowMs() - 1);

    expect((await visit(pageOf(intent))).status).toBe(303);
  });

  it('is not shown once the payment does not wait for it any more', async () => {
    const intent = await payByCode();
    await stripe.paymentIntents.cancel(intent.id);

    expect((await visit(pageOf(intent))).status).toBe(303);
  });
});
