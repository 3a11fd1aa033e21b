/** `npm run channel -- callbacks` and `replay`: what came, whether the record shows it, and one of them once more. */
import { beforeEach, expect, it } from 'vitest';
import { writeCallback } from '../../../functions/channels/callbacks/store.ts';
import type { ChannelAccount } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { renderCallbacks, replayCallback } from '../../../functions/operator/callbacks.ts';
import { absent } from '../../../functions/table/table.ts';
import { type Connecting, connecting } from '../../scenarios/connected-accounts.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

let sim: Simulation;
let deps: Connecting;
let account: ChannelAccount;
beforeEach(async () => {
  sim = await simulate();
  deps = connecting(sim.world);
  [account] = (await loadSettings(sim.world.table, sim.scope)).accounts as unknown as [ChannelAccount];
});

const pay = (key: string, changes: Readonly<Record<string, string>> = {}) =>
  sim.request(
    'POST',
    '/v1/payment_intents',
    { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true', ...changes },
    key,
  );
const listed = async () => (await renderCallbacks(deps, account, { limit: 20 })).callbacks;
/** The newest callback that the channel would send now. */
const nextFact = () => sim.channel.callbacks.splice(0).at(-1)!;

it('lists callbacks newest first, with what each is about and that the record shows it', async () => {
  await pay('one');
  await sim.deliverCallbacks();
  sim.move(1_000);
  await pay('two');
  await sim.deliverCallbacks();
  const before = sim.world.table.dump();
  const callbacks = await listed();

  expect(callbacks.map(({ about, outcome, state }) => [about, outcome, state])).toEqual([
    ['attempt', 'captured', 'applied'],
    ['attempt', 'captured', 'applied'],
  ]);
  expect(Date.parse(callbacks[0]!.received) - Date.parse(callbacks[1]!.received)).toBe(1_000);
  expect(sim.world.table.dump()).toEqual(before);
  const page = await renderCallbacks(deps, account, { limit: 1 });
  expect((await renderCallbacks(deps, account, { limit: 1, after: page.after })).callbacks).toEqual([callbacks[1]]);
});

it('shows what is not applied, and a replay applies it once', async () => {
  const { body } = await pay('pending', { payment_method: 'pm_card_sandbox_pendingThenSucceeds' });
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  const fact = { about: 'attempt', reference, outcome: sim.channel.decide(reference, 'captured') } as const;
  sim.channel.callbacks.splice(0);
  const message = {
    ...account,
    livemode: false,
    dedupe: 'm1',
    rawBase64: 'e30=',
    receivedMs: sim.world.clock.nowMs(),
    fact,
  };
  await sim.world.table.commit(writeCallback(message));
  const [callback] = await listed();

  expect([body.status, callback]).toMatchObject([
    'processing',
    { message: 'm1', state: 'not_applied', outcome: 'captured' },
  ]);
  expect(await replayCallback(deps, account, callback!.id)).toEqual({
    replayed: callback!.id,
    reference: fact.reference,
  });
  await sim.world.runQueues();
  expect(await listed()).toEqual([{ ...callback, state: 'applied' }]);
  expect((await sim.request('GET', `/v1/payment_intents/${body.id as string}`)).body.status).toBe('succeeded');

  const payments = sim.world.table.dump().payments;
  await replayCallback(deps, account, callback!.id);
  await sim.world.runQueues();
  expect(sim.world.table.dump().payments).toEqual(payments);
  expect(sim.world.failures).toEqual([]);
});

it('shows a contradiction, and a callback about nothing of this account', async () => {
  await pay('one');
  const fact = nextFact();
  if (fact.about !== 'attempt') throw new Error('not about the attempt');
  const message = { ...account, livemode: false, rawBase64: 'e30=', receivedMs: 1, fact };
  const decline = { code: 'card_declined', message: 'Declined.' };
  const refused = { ...fact, outcome: { kind: 'failed', decline } as const };
  await sim.world.table.commit(writeCallback({ ...message, dedupe: 'a', fact: refused }));
  const reference = `${sim.scope}${'0'.repeat(22)}1` as typeof fact.reference;
  await sim.world.table.commit(writeCallback({ ...message, dedupe: 'b', fact: { ...fact, reference } }));

  const dispute = {
    id: 'd1',
    kind: 'chargeback',
    amount: 1n,
    currency: 'usd',
    fee: 0n,
    reason: 'fraudulent',
    openedMs: 1,
    dueMs: 2,
  } as const;
  const named = { about: 'dispute_of', reference: 'ch_of_the_channel', dispute, outcome: { kind: 'opened' } } as const;
  await sim.world.table.commit(writeCallback({ ...message, dedupe: 'c', fact: named }));

  expect((await listed()).map(({ message: name, state }) => [name, state])).toEqual([
    ['c', 'named_by_channel'],
    ['b', 'unknown_object'],
    ['a', 'contradicts'],
  ]);
});

it('refuses to replay what the account does not have, and what 0.1 stored', async () => {
  const item = { pk: `cb#sandbox#${account.account}`, sk: 'old', raw: Buffer.from('{}'), receivedMs: 1 };
  await sim.world.table.commit({ kind: 'put', table: 'channels', item, when: absent });

  expect(await listed()).toMatchObject([{ id: 'old', message: 'old', about: null, state: 'unreadable', bytes: 2 }]);
  await expect(replayCallback(deps, account, 'old')).rejects.toThrow('an earlier release stored its bytes alone');
  await expect(replayCallback(deps, account, 'none')).rejects.toThrow('has no callback none');
});
