/** The sandbox's own record, over its wire, against ours: a busy day agrees, and what only one side has is found. */
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { auditAll } from '../../bin/local/operator.ts';
import { type ChannelReference, channelReference, newObjectKey } from '../../functions/kernel/ids.ts';
import type { Currency } from '../../functions/kernel/money.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { carryOutAudit } from '../../functions/operator/auditor.ts';
import { present } from '../../functions/table/table.ts';
import { makeAvailable, settle } from '../scenarios/available-funds.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';
import { scopeOf } from '../world/world.ts';

const app = await contractApp();
const scope = scopeOf(app.world.table, app.merchant);

/** What the audit finds now, however young it is. */
async function differences(settling = 0): Promise<readonly string[]> {
  const { table, payments, settlement } = app.world;
  const { files, settings, bank } = settlement;
  const deps = { table, clock: { ...app.world.clock, nowMs: later }, files, settings, bank, channel: payments.channel };
  const auditor = async <T>(command: string, args: object = {}): Promise<T> =>
    (await carryOutAudit(deps, { ...args, command })) as T;
  const audits = await auditAll(auditor, { merchant: app.merchant.merchant, settling });
  return audits.flatMap(({ differences: found }) => found);
}

/** Everything of this test is over by then. */
const later = (): number => app.world.clock.nowMs() + 1_000;

const pay = (changes: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  app.stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    ...changes,
  });

const raisable = {
  capture_method: 'manual',
  payment_method_options: {
    card: { request_incremental_authorization: 'if_available', request_multicapture: 'if_available' },
  },
} as const;

async function busyDay(): Promise<void> {
  const { stripe } = app;
  const plain = await pay();
  await stripe.refunds.create({ payment_intent: plain.id, amount: 1_000 });
  await stripe.refunds.create({ payment_intent: plain.id, amount: 500 });
  for (const payment_method of ['pm_card_pendingRefund', 'pm_card_refundFail'])
    await stripe.refunds.create({ payment_intent: (await pay({ payment_method })).id });
  await pay({ currency: 'eur' });
  await pay({ capture_method: 'manual' });
  const partly = await pay({ capture_method: 'manual' });
  await stripe.paymentIntents.capture(partly.id, { amount_to_capture: 4_000 });
  const raised = await pay(raisable);
  await stripe.paymentIntents.incrementAuthorization(raised.id, { amount: 15_000 });
  await stripe.paymentIntents.capture(raised.id, { amount_to_capture: 6_000, final_capture: false });
  const voided = await pay({ capture_method: 'manual' });
  await stripe.paymentIntents.cancel(voided.id);
  await thrown(pay({ payment_method: 'pm_card_visa_chargeDeclined' }));
  const asked = await pay({
    payment_method: 'pm_card_threeDSecureRequired',
    automatic_payment_methods: { enabled: true },
    return_url: 'https://shop.example/back',
  });
  await app.finishChallenge(asked.next_action!.redirect_to_url!.url!, true);
  for (const payment_method of ['pm_card_createDispute', 'pm_card_createDisputeInquiry']) await pay({ payment_method });
  await pay({ payment_method: 'pm_card_sandbox_lostResponse' });
  await pay({ payment_method: 'pm_card_sandbox_noCallback' });
  await stripe.setupIntents.create({ payment_method: 'pm_card_visa', confirm: true });
  await stripe.charges.create({ amount: 450, currency: 'usd', source: 'tok_visa' });
  await app.settleDown();
  const [dispute] = (await stripe.disputes.list()).data.filter(({ status }) => status === 'needs_response');
  await stripe.disputes.update(dispute!.id, { evidence: { uncategorized_text: 'winning_evidence' }, submit: true });
  await app.settleDown();
}

it('a busy day agrees on both sides, payouts included', async () => {
  await busyDay();
  await makeAvailable(app.world, scope);
  await app.stripe.payouts.create({ amount: 700, currency: 'usd' });
  await app.settleDown();
  await app.world.janitor(app.world.clock.nowMs() + 120_000);
  await settle(app, scope);
  app.later(3_500);
  await app.settleDown();
  await app.world.janitor(app.world.clock.nowMs() + 360_000);
  await app.settleDown();

  expect((await app.stripe.payouts.list()).data.map(({ status }) => status)).toEqual(['paid', 'paid', 'paid']);
  expect(await differences()).toEqual([]);
});

it('a charge, a refund and a payout of which only the sandbox knows are found', async () => {
  const { payments, settlement, clock } = app.world;
  const { payoutAccount, bankAccount } = await loadSettings(app.world.table, scope);
  const account = payoutAccount!;
  const [body, refundBody, payoutBody] = Array.from({ length: 3 }, () => newObjectKey(clock.nowMs(), payments.random));
  const currency = 'usd' as Currency;
  const reference = channelReference(scope, body!, 1);
  const channel = payments.channel('sandbox');
  const instrument = { kind: 'test', token: 'pm_card_visa' } as const;
  const createdMs = clock.nowMs();
  await channel.authorize({
    reference,
    account,
    createdMs,
    amount: 900n,
    currency,
    capture: true,
    instrument,
    offSession: false,
  });
  const back = channelReference(scope, refundBody!, 0);
  await channel.refund({ reference: back, payment: reference, account, createdMs, amount: 200n, currency });
  const { last4, country, holder } = bankAccount;
  const order = `${scope}${payoutBody}`;
  await settlement
    .bank('sandbox')
    .pay({ reference: order, account, amount: 300n, currency, bank: { last4, country, holder } });
  await new Promise((resolve) => setTimeout(resolve, 200));

  expect(new Set(await differences())).toEqual(
    new Set([
      `missing_here ch_${body}1 ${reference}: nothing here, taken 900 usd at sandbox`,
      `missing_here re_${refundBody} ${back}: nothing here, succeeded 200 usd of ${reference} at sandbox`,
      `missing_here po_${payoutBody} ${order}: nothing here, paid 300 usd at sandbox`,
    ]),
  );
  expect(await differences(120)).toEqual([]);
});

it('a charge that the sandbox has forgotten is found, unless it is younger than the settling time', async () => {
  const before = new Set(await differences());
  const paid = await pay();
  await app.settleDown();
  const reference = `${scope}${paid.id.slice(3)}1` as ChannelReference;
  for (const { pk, sk } of app.world.table.items('sandbox'))
    if (pk.endsWith(reference))
      await app.world.table.commit({ kind: 'delete', table: 'sandbox', key: { pk, sk }, when: present });

  expect((await differences()).filter((one) => !before.has(one))).toEqual([
    `missing_at_channel ch_${paid.id.slice(3)}1 ${reference}: taken 10000 usd here, nothing at sandbox`,
  ]);
  expect(await differences(120)).toEqual([]);
});
