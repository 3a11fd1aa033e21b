/** The end that time brings, and outcomes that come late. */
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../functions/checkout/session.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { commitOfItem } from '../../../functions/notifications/store.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { audit } from '../../audit/audit.ts';
import { ofKind } from '../../audit/cards.ts';
import { sessionContradictions, sessionsOf } from '../../audit/checkout.ts';
import { expire, FIFTEEN, moveTo, openSession, pay } from '../../scenarios/checkout-sessions.ts';
import { comeToRest } from '../../scenarios/every-await.ts';
import { repairAll } from '../../scenarios/lost-stream.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const get = (sim: Simulation, id: string) => sim.request('GET', `/v1/checkout/sessions/${id}`);
const only = (sim: Simulation): Session => sessionsOf(sim)[0]!;
const typesOf = (sim: Simulation): readonly string[] =>
  sim.world.table
    .items('events')
    .flatMap((item) => (item.pk.includes('#e#') ? commitOfItem(item).types : []))
    .filter((type) => type.startsWith('checkout'));

async function opened(): Promise<{ readonly sim: Simulation; readonly id: string; readonly expiresMs: number }> {
  const sim = await simulate();
  const id = await openSession(sim);
  await sim.world.runQueues();
  return { sim, id, expiresMs: only(sim).expiresMs };
}
/** As `opened`, with nothing but time gone by: no janitor has looked. */
async function forgotten(passed: number) {
  const made = await opened();
  made.sim.move(made.expiresMs - made.sim.world.clock.nowMs() + passed);
  return made;
}

describe('a session whose time is up', () => {
  it('is open in its last millisecond, and reads as expired in the next', async () => {
    const { sim, id } = await forgotten(-1);

    const last = await get(sim, id);
    sim.move(1);
    const next = await get(sim, id);
    await sim.world.runQueues();

    expect([last.body.status, next.body.status]).toEqual(['open', 'expired']);
    expect(only(sim).status).toBe('expired');
    expect(typesOf(sim)).toEqual(['checkout.session.expired']);
  });

  it('is listed as expired, and as nothing else', async () => {
    const { sim } = await forgotten(0);
    const listed = async (status: string) =>
      ((await sim.request('GET', `/v1/checkout/sessions?status=${status}`)).body.data as { status: string }[]).map(
        (session) => session.status,
      );

    expect([await listed('open'), await listed('expired'), await listed('complete')]).toEqual([[], ['expired'], []]);
  });

  it('can be neither paid nor ended any more', async () => {
    const { sim, id } = await forgotten(0);

    const paid = await pay(sim, id, 'late');
    const ended = await expire(sim, id, 'end');

    expect([paid.status, ended.status]).toEqual([400, 400]);
    expect(sim.channel.sent.size).toBe(0);
  });

  it('is announced by the janitor when no request reads it', async () => {
    const { sim, expiresMs } = await opened();
    await moveTo(sim, expiresMs + 121_000);

    expect(only(sim).status).toBe('expired');
    expect(typesOf(sim)).toEqual(['checkout.session.expired']);
  });
});

it('an expired session is not made again: the same request sent later receives the stored answer, whatever its time', async () => {
  const sim = await simulate();
  const params = { expires_at: String(sim.world.clock.nowMs() / 1000 + 1_800) };
  const id = await openSession(sim, params);
  sim.move(3_600_000);

  expect(await openSession(sim, params)).toBe(id);
  expect(sessionsOf(sim)).toHaveLength(1);
});

describe('a session whose payer is asked', () => {
  async function challenged() {
    const made = await opened();
    await pay(made.sim, made.id, 'asked', 'pm_card_authenticationRequired');
    await made.sim.world.runQueues();
    const [reference] = [...made.sim.channel.charges.keys()] as [ChannelReference];
    return { ...made, reference };
  }

  it('is open until the channel has voided the challenge', async () => {
    const { sim, id, expiresMs } = await challenged();
    await moveTo(sim, expiresMs + 1_000);
    const before = await get(sim, id);
    sim.move(121_000);
    await sim.janitor();
    const after = await get(sim, id);

    expect([before.body.status, after.body.status]).toEqual(['open', 'expired']);
    expect(ofKind<Payment>(sim, 'payment')[0]).toMatchObject({ status: 'canceled', cancellationReason: 'expired' });
  });

  it('is complete when the payer passed the challenge and the void comes too late', async () => {
    const { sim, id, reference, expiresMs } = await challenged();
    await moveTo(sim, expiresMs + 1_000);
    sim.channel.finishChallenge(reference, true);
    sim.channel.refuse('void');
    sim.move(121_000);
    await sim.janitor();
    await comeToRest(sim);

    expect((await get(sim, id)).body).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect([...sessionContradictions(sim), ...(await audit(sim))]).toEqual([]);
  });

  it('is expired where the payer paid and the void took it back: the late word of it changes nothing', async () => {
    const { sim, id, reference } = await challenged();
    sim.channel.finishChallenge(reference, true);

    const ended = await expire(sim, id, 'end');
    await comeToRest(sim);

    expect(ended.body.status).toBe('expired');
    expect(sim.channel.charges.get(reference)!.captured).toBe(0n);
    expect([...sessionContradictions(sim), ...(await audit(sim))]).toEqual([]);
  });
});

describe('an outcome that is not known at once', () => {
  it.each([
    ['captured', 'complete'],
    ['failed', 'open'],
  ] as const)(
    '%s: the session is %s when it arrives, and meanwhile neither is paid otherwise nor ends',
    async (kind, status) => {
      const { sim, id } = await opened();

      const asked = await pay(sim, id, 'pending', 'pm_card_sandbox_pendingThenSucceeds');
      const meanwhile = [await pay(sim, id, 'other'), await expire(sim, id, 'end')];
      const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
      const outcome = sim.channel.decide(reference, kind);
      await sim.takeOne({ about: 'attempt', reference, outcome });
      await sim.world.runQueues();

      expect([asked.status, asked.body.status]).toEqual([200, 'open']);
      expect(meanwhile.map((answer) => [answer.status, (answer.body.error as { code: string }).code])).toEqual([
        [429, 'lock_timeout'],
        [429, 'lock_timeout'],
      ]);
      expect((await get(sim, id)).body.status).toBe(status);
      expect(typesOf(sim)).toEqual(status === 'complete' ? ['checkout.session.completed'] : []);
      expect([...sessionContradictions(sim), ...(await audit(sim))]).toEqual([]);
    },
  );

  it('keeps the session open past its time, and decides it', async () => {
    const { sim, id, expiresMs } = await opened();
    sim.move(expiresMs - sim.world.clock.nowMs() - 1_000);
    await pay(sim, id, 'pending', 'pm_card_sandbox_pendingThenSucceeds');
    sim.move(2_000);
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];

    const late = await get(sim, id);
    await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.decide(reference, 'failed') });

    expect(late.body.status).toBe('open');
    expect((await get(sim, id)).body.status).toBe('expired');
    expect(ofKind<Payment>(sim, 'payment')[0]!.status).toBe('canceled');
  });
});

it('after the stream was lost, what ended is announced and what is open is looked at again', async () => {
  const { sim, id } = await opened();
  const still = String((await sim.request('POST', '/v1/checkout/sessions', FIFTEEN, 'second')).body.id);
  await sim.world.runQueues();
  await pay(sim, id, 'paid');
  await sim.world.runQueues();
  const whole = typesOf(sim);
  for (const item of [...sim.world.table.items('events'), ...sim.world.table.items('idempotency')])
    if (item.pk.includes('#e#') || item.pk.startsWith('watch#'))
      await sim.world.table.commit({
        kind: 'delete',
        table: item.pk.startsWith('watch#') ? 'idempotency' : 'events',
        key: item,
        when: { is: 'present' },
      });

  await repairAll(sim);
  const [{ expiresMs }] = sessionsOf(sim).filter(({ status }) => status === 'open') as [Session];
  await moveTo(sim, expiresMs + 121_000);

  expect(whole).toEqual(['checkout.session.completed']);
  expect(typesOf(sim)).toEqual(expect.arrayContaining(['checkout.session.completed', 'checkout.session.expired']));
  expect((await get(sim, still)).body.status).toBe('expired');
});

it('a paid session costs 16 write units where its payment alone costs 9: its own two, in transactions that count twice, its event and its note', async () => {
  const { sim, id } = await opened();
  const { consumed } = sim.world.table;
  const besides = (): number => (consumed.writeUnitsOf.search ?? 0) + (consumed.writeUnitsOf.risk ?? 0);
  const unitsOf = async (request: () => Promise<unknown>): Promise<number> => {
    const before = consumed.writeUnits - besides();
    await request();
    await sim.world.runQueues();
    return consumed.writeUnits - besides() - before;
  };
  const plain = { amount: '1500', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

  const alone = await unitsOf(() => sim.request('POST', '/v1/payment_intents', plain, 'alone'));
  const within = await unitsOf(() => pay(sim, id, 'paid'));

  expect([alone, within]).toEqual([9, 16]);
});
