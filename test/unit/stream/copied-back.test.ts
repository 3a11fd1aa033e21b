/** What a restore copies back goes through the stream again and makes nothing: no second entry, event, token, note or webhook. */
import { expect, it } from 'vitest';
import { isCopiedBack, RESTORED } from '../../../functions/table/stream.ts';
import { absent, type Item } from '../../../functions/table/table.ts';
import { simulate } from '../../world/simulation.ts';

const item = (mark?: string): Item => ({ pk: 'p', sk: 's', ...(mark !== undefined && { [RESTORED]: mark }) });

it('a copy is known by a mark that the item did not have before', () => {
  expect(isCopiedBack({ new: item('m1') })).toBe(true);
  expect(isCopiedBack({ old: item(), new: item('m1') })).toBe(true);
  expect(isCopiedBack({ old: item('m1'), new: item('m2') })).toBe(true);
  // Later commits: one that replaces the item, and one that updates an attribute of it.
  expect(isCopiedBack({ old: item('m1'), new: item() })).toBe(false);
  expect(isCopiedBack({ old: item('m1'), new: item('m1') })).toBe(false);
  expect(isCopiedBack({ new: item() })).toBe(false);
  expect(isCopiedBack({ old: item('m1') })).toBe(false);
});

async function paidWorld() {
  const sim = await simulate();
  const endpoint = { url: 'https://shop.example/hook', 'enabled_events[0]': '*' };
  expect((await sim.request('POST', '/v1/webhook_endpoints', endpoint)).status).toBe(200);
  const paid = await sim.request('POST', '/v1/payment_intents', {
    amount: '5000',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    'metadata[order]': '1',
  });
  const refund = await sim.request('POST', '/v1/refunds', { payment_intent: String(paid.body.id), amount: '700' });
  expect([paid.status, refund.status]).toEqual([200, 200]);
  await sim.world.runQueues();
  return { sim, id: String(paid.body.id) };
}

const DERIVED = ['ledger', 'events', 'search', 'risk', 'idempotency'] as const;

it.each([true, false])(
  'payments that come back marked (%s) reach no journal, list, token, note or webhook',
  async (marked) => {
    const { sim, id } = await paidWorld();
    const { table, state } = sim.world;
    const items = table.items('payments').filter(({ kind }) => kind === 'payment' || kind === 'refund');
    expect(items).toHaveLength(2);
    // The derived tables are empty: whatever a consumer made of the copy would be seen.
    for (const name of DERIVED)
      for (const { pk, sk } of table.items(name))
        if (name !== 'events' || !pk.includes('#w'))
          await table.commit({ kind: 'delete', table: name, key: { pk, sk }, when: { is: 'present' } });
    for (const one of items)
      await table.commit({ kind: 'delete', table: 'payments', key: one, when: { is: 'present' } });
    const before = DERIVED.map((name) => table.items(name));
    for (const { w: _, ...one } of items)
      await table.commit({
        kind: 'put',
        table: 'payments',
        item: { ...one, ...(marked && { [RESTORED]: 'm1' }) },
        when: absent,
      });
    const deliveries = sim.world.failures.length;
    await sim.world.runQueues();

    const after = DERIVED.map((name) => table.items(name));
    // Nor is anything derived of them.
    for (const path of ['/v1/events', '/v1/balance_transactions']) {
      const { body } = await sim.request('GET', path);
      expect([path, (body.data as unknown[]).length > 0]).toEqual([path, !marked]);
    }
    if (!marked) return expect(after).not.toEqual(before);
    expect(after).toEqual(before);
    expect([state.queues.deliveries, sim.world.failures.length]).toEqual([[], deliveries]);

    // The next commit is followed again.
    expect((await sim.request('POST', '/v1/refunds', { payment_intent: id, amount: '300' })).status).toBe(200);
    await sim.world.runQueues();
    expect(table.items('ledger').some(({ pk }) => pk.includes('#j#'))).toBe(true);
  },
);
