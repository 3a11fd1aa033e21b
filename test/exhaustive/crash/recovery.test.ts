/** A recovery after a restore that dies at any of its commits, run again: the same records, books, keys and session. */
import { expect, it } from 'vitest';
import type { Table } from '../../../functions/table/table.ts';
import { recoveringOf } from '../../scenarios/restore-and-recover.ts';
import { startApp } from '../../world/app.ts';

/** More commits than the recovery makes. */
const MOST = 40;

/** Lets the recovery die `where` its commit number `n` takes effect; false when it makes fewer. */
async function diesAt(where: 'before' | 'after', n: number): Promise<boolean> {
  const app = await startApp();
  const { moment, recoverAll, repairAll, books, money, pay } = recoveringOf(app);
  const { stripe } = app;
  const held = await pay({ capture_method: 'manual' });
  const line = { quantity: 1, price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Tea' } } };
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    success_url: 'https://shop.example/done',
    line_items: [line],
  });
  await app.settleDown();
  const { from, restore } = moment();
  const request = () => pay({}, 'key');
  const paid = await request();
  const back = () => stripe.refunds.create({ payment_intent: paid.id, amount: 100 }, { idempotencyKey: 'back' });
  const refund = await back();
  const disputed = await pay({ payment_method: 'pm_card_createDispute' });
  await stripe.paymentIntents.capture(held.id);
  const complete = `/v1/test_helpers/checkout/sessions/${session.id}/complete`;
  await stripe.rawRequest('POST', complete, { payment_method: 'pm_card_visa' });
  await app.settleDown();
  const state = async () => [await books(), await Promise.all([paid.id, disputed.id, held.id].map(money))];
  const was = await state();
  const charges = app.sandboxCharges().length;
  await restore();

  const table: Pick<Table, 'commit'> = app.world.table;
  const { commit } = table;
  let [count, died] = [0, false];
  table.commit = async (...writes) => {
    // A note for the lists that fails changes nothing.
    const [first] = writes;
    if (first.kind === 'put' && first.item.pk.includes('#w#')) return commit.apply(table, writes);
    const dies = count++ >= n;
    died ||= dies;
    if (!dies || where === 'after') await commit.apply(table, writes);
    if (dies) throw new Error('the function died');
  };
  await recoverAll(from);
  table.commit = commit;
  const { unbooked } = await recoverAll(from);
  await repairAll();
  await app.settleDown();

  expect(unbooked).toEqual([]);
  expect(await state()).toEqual(was);
  expect([(await request()).id, (await back()).id]).toEqual([paid.id, refund.id]);
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('complete');
  expect(app.sandboxCharges()).toHaveLength(charges);
  await app.stop();
  return died;
}

it.each(['before', 'after'] as const)(
  'a recovery that dies %s any of its commits is run again',
  async (where) => {
    let n = 0;
    while (n < MOST && (await diesAt(where, n))) n++;
    // As many as there are records, keys and steps of the dispute.
    expect(n).toBe(13);
  },
  120_000,
);
