/** Callbacks that the sandbox signed, about money for payments that do not wait for it: through the callback route, as a channel posts them. */

import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import { putEvents } from '../../functions/notifications/store.ts';
import { announcedCharges } from '../../functions/payments/announced.ts';
import { PAYMENT } from '../../functions/payments/store.ts';
import { SIGNATURE_HEADER, signatureOf } from '../../functions/sandbox/callback.ts';
import type { Charge } from '../../functions/sandbox/charge.ts';
import { loadAccount, loadCharge, writeCharge } from '../../functions/sandbox/store.ts';
import { tryCommit } from '../../functions/table/commit.ts';
import { putRecord } from '../../functions/table/record.ts';
import { recordsOf } from '../audit/records.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';

const app = await contractApp();
const { stripe } = app;

const referenceOf = (charge: string): string => `${scopeOfApp(app)}${charge.slice(3)}`;

async function accountId(): Promise<string> {
  const { accounts } = await loadSettings(app.world.table, scopeOfApp(app));
  return accounts[0]!.account;
}

/** Posts the body to the callback route, signed with the account's own secret. */
async function post(body: object, secret?: string): Promise<number> {
  const id = await accountId();
  const account = await loadAccount(app.world.table, id);
  const raw = JSON.stringify(body);
  const signature = signatureOf(raw, secret ?? account!.callbackSecret, app.world.clock.nowMs());
  const { status } = await app.world.callback({
    method: 'POST',
    path: `/v1/channels/sandbox/callbacks/${id}`,
    query: '',
    headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature },
    body: Buffer.from(raw),
  });
  return status;
}

const captured = (charge: string, amount: number): object => ({
  id: `${referenceOf(charge)}.authorisation`,
  type: 'charge',
  data: {
    reference: referenceOf(charge),
    status: 'captured',
    amount: '2000',
    currency: 'usd',
    authorised_amount: '2000',
    captured_amount: String(amount),
    refunded_amount: '0',
    authorisation_code: 'ABC123',
    operations: [],
  },
});

/** What the sandbox says of a charge from now on. */
async function atSandbox(charge: string, change: (known: Charge) => Partial<Charge>): Promise<void> {
  const { table, clock } = app.world;
  const known = (await loadCharge(table, await accountId(), referenceOf(charge), clock.nowMs()))!;
  const changed = { ...known, ...change(known), version: known.version + 1 };
  expect(await tryCommit(table, writeCharge(changed, clock.nowMs()))).toBe(true);
}

const entriesOf = (intent: string): readonly string[] =>
  recordsOf(app.world)
    .journal.map(({ entry }) => entry)
    .filter(({ body }) => intent.endsWith(body))
    .map(({ type, legs }) => `${type} ${legs[0]?.amount}`);

async function canceledHold(): Promise<{ readonly intent: string; readonly charge: string }> {
  const { id, latest_charge: charge } = await stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
  });
  await stripe.paymentIntents.cancel(id);
  await app.settleDown();
  return { intent: id, charge: String(charge) };
}

describe('a signed report of money for a canceled hold', () => {
  it('is booked as unapplied, raises an alarm, and is returned', async () => {
    const { intent, charge } = await canceledHold();
    // The acquirer took the money after all: it says so, and its own record does.
    await atSandbox(charge, () => ({ operations: [{ number: 900, kind: 'capture', amount: 2_000n }] }));

    expect(await post(captured(charge, 2_000), 'sbs_of_somebody_else')).toBe(400);
    await app.settleDown();
    expect(entriesOf(intent)).toEqual(['authorized 2000', 'voided 2000']);

    expect(await post(captured(charge, 2_000))).toBe(200);
    expect(await post(captured(charge, 2_000))).toBe(200);
    await app.settleDown();
    expect(entriesOf(intent).toSorted()).toEqual(['authorized 2000', 'surplus_received 2000', 'voided 2000']);
    expect(app.world.alarms).toEqual([`UnappliedMoney ${referenceOf(charge)}`]);
    expect(await stripe.charges.retrieve(charge)).toMatchObject({
      paid: true,
      amount_captured: 2_000,
      amount_refunded: 0,
      refunded: false,
    });
    expect(await stripe.paymentIntents.retrieve(intent)).toMatchObject({ status: 'canceled', amount_received: 0 });

    const { unreturned } = await app.world.janitor(Date.now() + 180_000);
    await app.settleDown();
    expect(unreturned).toEqual([]);
    expect(entriesOf(intent)).toContain('surplus_returned 2000');
    expect(await stripe.charges.retrieve(charge)).toMatchObject({
      amount_captured: 2_000,
      amount_refunded: 2_000,
      refunded: true,
    });
    expect((await stripe.refunds.list({ payment_intent: intent })).data).toEqual([]);
    expect(app.world.failures).toEqual([]);
  });

  it('that the channel itself does not confirm stays in suspense: the refund is refused, a person looks', async () => {
    const { intent, charge } = await canceledHold();

    expect(await post(captured(charge, 2_000))).toBe(200);
    await app.settleDown();
    const { unreturned } = await app.world.janitor(Date.now() + 180_000);
    await app.settleDown();

    expect(unreturned).toHaveLength(1);
    expect(entriesOf(intent).toSorted()).toEqual(['authorized 2000', 'surplus_received 2000', 'voided 2000']);
  });
});

describe('a charge that was declined and is reported as captured', () => {
  it('is listed once, everywhere', async () => {
    const before = (await stripe.charges.list({ limit: 100 })).data.length;
    const customer = (await stripe.customers.create()).id;
    const { id } = await stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', customer });
    await stripe.paymentIntents
      .confirm(id, { payment_method: 'pm_card_visa_chargeDeclined' })
      .catch(({ code }) => expect(code).toBe('card_declined'));
    await app.settleDown();
    const [declined] = (await stripe.charges.list({ payment_intent: id })).data;
    expect(declined).toMatchObject({ status: 'failed', paid: false });
    const created = declined!.created;

    expect(await post(captured(declined!.id, 2_000))).toBe(200);
    await app.settleDown();

    const all = (await stripe.charges.list({ limit: 100 })).data;
    expect(all).toHaveLength(before + 1);
    expect(all[0]).toMatchObject({
      id: declined!.id,
      status: 'succeeded',
      paid: true,
      amount_captured: 2_000,
      created,
    });
    for (const filter of [{ payment_intent: id }, { customer }])
      expect((await stripe.charges.list(filter)).data.map((charge) => charge.id)).toEqual([declined!.id]);
    const pages: string[] = [];
    for await (const charge of stripe.charges.list({ limit: 1 })) pages.push(charge.id);
    expect(new Set(pages).size).toBe(pages.length);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'succeeded', amount_received: 2_000 });
    const types = (await stripe.events.list({ limit: 100 })).data
      .filter(({ data }) => (data.object as { id: string }).id === declined!.id)
      .map(({ type }) => type);
    expect(types).toEqual(['charge.succeeded', 'charge.failed']);
  });

  it('is listed once where version 0.1 announced it twice, and the page is full all the same', async () => {
    const { table } = app.world;
    const { id } = await stripe.paymentIntents.create({ amount: 2_000, currency: 'usd' });
    await stripe.paymentIntents
      .confirm(id, { payment_method: 'pm_card_visa_chargeDeclined' })
      .catch(({ code }) => expect(code).toBe('card_declined'));
    await app.settleDown();
    const [declined] = (await stripe.charges.list({ payment_intent: id })).data;
    expect(await post(captured(declined!.id, 2_000))).toBe(200);
    await app.settleDown();
    // Version 0.1 forgot when the charge was first announced, and announced it again among the charges.
    const payment = recordsOf(app.world).payments.find(({ body }) => id.endsWith(body))!;
    const { pendingMs: first, ...forgotten } = payment.attempts[0]!;
    expect(first).toBeLessThan(forgotten.settledMs!);
    const old = { ...payment, version: payment.version + 1, attempts: [forgotten] };
    await table.commit(putRecord(PAYMENT, old));
    const image = { ...old, committedMs: forgotten.settledMs! };
    await table.commit(putEvents({ types: ['charge.succeeded'], change: { kind: 'payment', new: image } }));
    const announcements = table
      .items('events')
      .filter(({ pk }) => pk.includes('#e#c#'))
      .filter((item) => announcedCharges(item).some(({ payment: body }) => body === payment.body));
    expect(announcements).toHaveLength(2);

    const all = (await stripe.charges.list({ limit: 100 })).data.map((charge) => charge.id);
    expect(all.filter((charge) => charge === declined!.id)).toHaveLength(1);
    const two = (await stripe.charges.list({ limit: 2 })).data.map((charge) => charge.id);
    expect(two).toEqual(all.slice(0, 2));
  });
});
