/** A commit says what it announces: the fan-out and repair read it, and images decide only where it says nothing. */
import { describe, expect, it } from 'vitest';
import { commitOfItem } from '../../../functions/notifications/store.ts';
import { next } from '../../../functions/payments/commit.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { paymentOf, putPayment } from '../../../functions/payments/store.ts';
import { changeOf } from '../../../functions/stream/change.ts';
import { computedTypesOf, eventTypesOf, lastTypesOf } from '../../../functions/stream/events.ts';
import { type Change, KINDS } from '../../../functions/stream/kinds.ts';
import { announcing, unannounced } from '../../../functions/table/announces.ts';
import { nextRecord } from '../../../functions/table/record.ts';
import { begunMerchant } from '../../scenarios/busy-merchant.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

/** A payment that is refunded, and the refund with other metadata. */
async function refunded() {
  const sim = await simulate();
  const paid = await sim.request('POST', '/v1/payment_intents', {
    amount: '5000',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
  });
  const refund = await sim.request('POST', '/v1/refunds', { payment_intent: String(paid.body.id), amount: '700' });
  await sim.request('POST', `/v1/refunds/${refund.body.id}`, { 'metadata[reason]': 'late' });
  const changes = changesOf(sim).filter(({ kind }) => kind === 'payment' || kind === 'refund');
  return { sim, changes };
}

const changesOf = ({ world }: Simulation): readonly Change[] =>
  world.table.stream().flatMap(({ old, new: now }) => changeOf(old, now) ?? []);

/** One of every kind, and then what else is announced of the kinds that belong to no payment. */
async function everyKind(): Promise<readonly Change[]> {
  const { sim, ids } = await begunMerchant();
  await sim.request('POST', `/v1/customers/${ids.customer}`, { name: 'Payer' });
  await sim.request('DELETE', `/v1/customers/${ids.customer}`);
  await sim.request('POST', `/v1/disputes/${ids.dispute}`, { 'metadata[seen]': 'yes' });
  await sim.request('POST', `/v1/disputes/${ids.dispute}/close`);
  const setup = await sim.request('POST', '/v1/setup_intents', { payment_method: 'pm_card_visa' });
  await sim.request('POST', `/v1/setup_intents/${setup.body.id}/cancel`);
  await sim.request('POST', '/v1/setup_intents', { payment_method: 'pm_card_chargeDeclined', confirm: 'true' });
  await sim.request('POST', `/v1/payouts/${ids.payout}`, { 'metadata[seen]': 'yes' });
  await sim.request('POST', '/v1/products', { id: 'gone', name: 'Tea' });
  await sim.request('POST', '/v1/products/gone', { description: 'Green' });
  await sim.request('DELETE', '/v1/products/gone');
  await sim.request('POST', `/v1/prices/${ids.price}`, { nickname: 'Standard' });
  return changesOf(sim);
}

const everyChange = everyKind();

describe('each commit', () => {
  it('says what it announces, under its own version', async () => {
    const { changes } = await refunded();

    expect(changes.map(({ kind, new: { announces } }) => [kind, announces?.version, announces?.types])).toEqual([
      ['payment', 1, []],
      ['payment', 2, ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded']],
      ['refund', 1, ['refund.created']],
      ['payment', 3, ['charge.refunded']],
      ['refund', 2, ['refund.updated', 'charge.refund.updated']],
      ['refund', 3, ['refund.updated', 'charge.refund.updated']],
    ]);
    for (const change of changes) expect(eventTypesOf(change)).toEqual(computedTypesOf(change));
  });

  it('of every kind says what its images tell', async () => {
    const commits = (await everyChange).filter(({ old, new: now }) => old?.version !== now.version);

    const said = commits.map(({ kind, new: { announces } }) => [kind, announces?.version, announces?.types]);
    expect(said).toEqual(commits.map((commit) => [commit.kind, commit.new.version, computedTypesOf(commit)]));
    const ofKind = (kind: string) => new Set(said.flatMap(([name, , types]) => (name === kind ? [String(types)] : [])));
    expect(
      Object.keys(KINDS)
        .slice(2)
        .map((kind) => [kind, ...ofKind(kind)]),
    ).toEqual([
      ['payout', 'payout.created', 'payout.updated,payout.paid', 'payout.updated'],
      [
        'dispute',
        'charge.dispute.created,charge.dispute.funds_withdrawn',
        'charge.dispute.updated',
        '',
        'charge.dispute.closed',
      ],
      ['customer', 'customer.created', 'customer.updated', 'customer.deleted'],
      ['method', '', 'payment_method.attached', 'payment_method.detached'],
      ['setup', 'setup_intent.created', 'setup_intent.succeeded', 'setup_intent.canceled', 'setup_intent.setup_failed'],
      ['checkout_session', '', 'checkout.session.expired'],
      ['product', 'product.created', '', 'product.updated', 'product.deleted'],
      ['price', 'price.created', 'price.updated'],
    ]);
  });

  it('must follow the version that it was made from', async () => {
    const { changes } = await refunded();
    const [first, second] = changes.map(({ new: image }) => image) as [Payment, Payment];

    expect(() => putPayment(undefined, second)).toThrow('version 2 does not follow version 0');
    expect(() => putPayment(second, second)).toThrow('version 2 does not follow version 2');
    expect(announcing(() => ['x'], first, second).announces).toEqual({ version: 2, types: ['x'] });
  });

  it('says nothing for the next one', async () => {
    const { changes } = await refunded();
    const payment = changes[1]!.new as Payment;

    expect(payment.announces).toBeDefined();
    expect(next(payment, 'updated', { nowMs: 1 }, {}).announces).toBeUndefined();
    expect(nextRecord(payment, 1, {}).announces).toBeUndefined();
  });
});

describe('the events of a commit', () => {
  it('are those that it says, whatever its images tell', async () => {
    const { changes } = await refunded();
    const { kind, old, new: now } = changes[1]! as Extract<Change, { kind: 'payment' }>;
    const said = { ...now, announces: { version: 2, types: ['charge.updated'] } };

    expect(eventTypesOf({ kind, old: old!, new: said })).toEqual(['charge.updated']);
    expect(lastTypesOf({ kind, new: said })).toEqual(['charge.updated']);
  });

  it.each(Object.keys(KINDS))(
    'are read from the last commit of a %s, and guessed where it copied another one',
    async (name) => {
      const commit = (await everyChange).findLast(({ kind, old }) => kind === name && old !== undefined)!;
      const saying = (version: number): Change =>
        ({ ...commit, new: { ...commit.new, announces: { version, types: ['charge.updated'] } } }) as Change;

      expect(eventTypesOf(saying(commit.new.version))).toEqual(['charge.updated']);
      expect(lastTypesOf(saying(commit.new.version))).toEqual(['charge.updated']);
      expect(eventTypesOf(saying(commit.old!.version))).toEqual(computedTypesOf(commit));
      expect(lastTypesOf(saying(commit.old!.version))).not.toContain('charge.updated');
    },
  );

  it('follow from its images where an old function copied what an earlier commit said', async () => {
    const { changes } = await refunded();
    const { kind, old, new: now } = changes[1]! as Extract<Change, { kind: 'payment' }>;
    const copied = { ...now, announces: { version: 1, types: [] } };

    expect(eventTypesOf({ kind, old: old!, new: copied })).toHaveLength(3);
    expect(lastTypesOf({ kind, new: copied })).toHaveLength(3);
  });

  it('follow from its images in a record of 0.1, which says nothing', async () => {
    const { changes } = await refunded();
    const { kind, old, new: now } = changes[1]! as Extract<Change, { kind: 'payment' }>;
    const plain = unannounced(now);

    expect(eventTypesOf({ kind, old: old!, new: plain })).toHaveLength(3);
    expect(lastTypesOf({ kind, new: plain })).toHaveLength(3);
  });

  it('are none where the item changed without a commit', async () => {
    const { changes } = await refunded();
    const { kind, new: now } = changes[1]! as Extract<Change, { kind: 'payment' }>;

    expect(eventTypesOf({ kind, old: now, new: now })).toEqual([]);
  });

  it('are known to repair where nothing of the change is left in the object', async () => {
    const { changes } = await refunded();
    const { kind, new: now } = changes[5]! as Extract<Change, { kind: 'refund' }>;

    expect(lastTypesOf({ kind, new: now })).toEqual(['refund.updated', 'charge.refund.updated']);
    expect(lastTypesOf({ kind, new: unannounced(now) })).toEqual([]);
  });

  it('are stored with an image that does not repeat them', async () => {
    const { sim } = await refunded();
    await sim.world.runQueues();
    const images = sim.world.table.items('events').map((item) => commitOfItem(item).change.new);

    expect(images.length).toBeGreaterThan(4);
    expect(images.filter((image) => 'announces' in image)).toEqual([]);
    const [item] = sim.world.table.items('payments').filter(({ kind }) => kind === 'payment');
    expect(paymentOf(item!).announces).toEqual({ version: 3, types: ['charge.refunded'] });
  });
});
