/** A restore loses payouts that the bank carries out: the recovery names them, and makes none of them again. */
import { expect, it } from 'vitest';
import { newObjectKey } from '../../functions/kernel/ids.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { type RecoveryStep, recoverStep } from '../../functions/operator/recovery.ts';
import { makeAvailable } from '../scenarios/available-funds.ts';
import { contractApp } from '../world/contract-app.ts';
import { momentOf, restoreTo } from '../world/restored-tables.ts';
import { scopeOf } from '../world/world.ts';

const app = await contractApp();

async function unbookedSince(from: string): Promise<readonly string[]> {
  const command = { command: 'recover', merchant: app.merchant.merchant, mode: 'test', from };
  const all: string[] = [];
  let cursor: string | undefined;
  // Around midnight the channel's list has a further page.
  do {
    const step = (await recoverStep(app.world.payments, { ...command, cursor })) as RecoveryStep;
    all.push(...step.unbooked);
    cursor = step.cursor;
  } while (cursor !== undefined);
  return all;
}

it('a payout that the bank has and no record knows is left to a person; one that is recorded is no news', async () => {
  const { table, clock, payments, settlement } = app.world;
  const scope = scopeOf(table, app.merchant);
  const pay = { amount: 50_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true } as const;
  await app.stripe.paymentIntents.create({
    ...pay,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  });
  await app.settleDown();
  await makeAvailable(app.world, scope);
  const then = momentOf(table, ['payments', 'ledger', 'events', 'search']);
  const from = new Date(clock.nowMs()).toISOString();
  const { id } = await app.stripe.payouts.create({ amount: 700, currency: 'usd' });
  await app.settleDown();
  await app.world.janitor(clock.nowMs() + 120_000);
  const { payoutAccount, bankAccount } = await loadSettings(table, scope);
  const { last4, country, holder } = bankAccount;
  const stray = `${scope}${newObjectKey(clock.nowMs(), payments.random)}`;
  await settlement.bank('sandbox').pay({
    reference: stray,
    account: payoutAccount!,
    amount: 300n,
    currency: 'usd',
    bank: { last4, country, holder },
  });
  const unknown = `${stray}: the bank has this payout of 300 usd, and there is no record of it`;
  expect(await unbookedSince(from)).toEqual([unknown]);

  await restoreTo(table, then);
  expect(await unbookedSince(from)).toEqual([
    `${scope}${id.slice(3)}: the bank has this payout of 700 usd, and there is no record of it`,
    unknown,
  ]);
});
