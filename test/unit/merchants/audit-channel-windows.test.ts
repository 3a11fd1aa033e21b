/** `ledger -- audit` against the channel's own list: what is on its way is no difference, and time is compared in windows. */
import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../functions/channels/port/listing.ts';
import { CAPABILITIES } from '../../../functions/channels/sandbox/capabilities.ts';
import { WINDOW_LIMIT } from '../../../functions/operator/audit-channel.ts';
import { carryOutAudit } from '../../../functions/operator/auditor.ts';
import { auditorDeps, differencesOf } from '../../audit/auditor.ts';
import { recordsOf } from '../../audit/records.ts';
import { taken } from '../../scenarios/busy-day.ts';
import { UNQUERIED } from '../../simulators/unqueried.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HOUR = 3_600_000;
const merchantOf = (sim: Simulation): string =>
  (sim.world.table.items('merchants').find(({ pk }) => pk === 'scopes') as unknown as { merchant: string }).merchant;
/** The channel has taken one minor unit for each charge. */
const takeOne = (sim: Simulation): void => {
  for (const reference of sim.channel.charges.keys())
    sim.channel.alterCharge(reference, (charge) => ({ ...charge, approvedAmount: 1n }));
};
const found = (sim: Simulation, settling = 0): Promise<readonly string[]> =>
  differencesOf(sim, {}, undefined, settling);

/** A payment of which the channel has another amount. */
async function tampered(): Promise<Simulation> {
  const sim = await simulate();
  await taken(sim, 'one');
  await sim.world.runQueues();
  takeOne(sim);
  return sim;
}

describe('what is on its way', () => {
  it('a difference that is younger than the settling time is none, an older one is', async () => {
    const sim = await tampered();

    expect(await found(sim, 120)).toEqual([]);
    sim.move(121 * 60_000);
    expect(await found(sim, 120)).toHaveLength(1);
  });

  it('the settling time is two hours unless the command says otherwise', async () => {
    const sim = await tampered();
    const step = async (): Promise<readonly string[]> => {
      const command = { command: 'audit', merchant: merchantOf(sim), mode: 'test' };
      return ((await carryOutAudit(auditorDeps(sim), command)) as { differences: readonly string[] }).differences;
    };

    sim.move(2 * HOUR - 60_000);
    expect(await step()).toEqual([]);
    sim.move(120_000);
    expect(await step()).toHaveLength(1);
  });

  it('a payment without a known outcome is no difference until it is overdue', async () => {
    const sim = await simulate();
    const id = await taken(sim, 'pending', { payment_method: 'pm_card_sandbox_pendingThenSucceeds' });
    const { reference } = recordsOf(sim.world).payments.find(({ body }) => id.endsWith(body))!.attempts[0]!;
    sim.move(1_000);
    expect(await found(sim)).toEqual([]);

    sim.channel.decide(reference, 'captured');
    expect(await found(sim)).toEqual([
      `channel_state_differs ch_${id.slice(3)}1 ${reference}: nothing here, taken 10000 usd at sandbox`,
    ]);
    expect(await found(sim, 120)).toEqual([]);
    await sim.world.runQueues();
    sim.move(121_000);
    await sim.janitor();
    await sim.world.runQueues();
    expect(await found(sim)).toEqual([]);
  });
});

describe('the windows', () => {
  it('a busy time is compared in narrower windows, and each thing once', async () => {
    const sim = await simulate();
    for (let n = 0; n < 30; n++) await taken(sim, `payment ${n}`);
    await sim.world.runQueues();
    takeOne(sim);
    const listing = sim.channel.client.listing!;
    const asked: number[] = [];
    /** The list has more in it for each moment than there is. */
    const crowded: Listing = {
      ...listing,
      list: async (request) => {
        const page = (await listing.list(request))!;
        asked.push(request.untilMs - request.sinceMs);
        const crowd = page.listed.flatMap((one) =>
          Array.from({ length: WINDOW_LIMIT / 10 }, (_, n) => ({
            ...one,
            reference: `${one.reference}${n}`,
            amount: 0n,
          })),
        );
        return { listed: [...page.listed, ...crowd] };
      },
    };
    const channel = (name: string) => ({ ...auditorDeps(sim).channel(name), listing: crowded });
    sim.move(HOUR);

    const differences = await differencesOf(sim, { channel });
    expect(differences.filter((what) => what.startsWith('channel_amount_differs ch_'))).toHaveLength(30);
    expect(differences).toHaveLength(30);
    expect(Math.min(...asked)).toBeLessThan(5 * 60_000);
    expect(Math.max(...asked)).toBeGreaterThan(24 * HOUR);
  });

  it('a busy quarter of an hour is listed a few times over, however busy it is', async () => {
    const sim = await simulate();
    const startMs = sim.world.clock.nowMs() + HOUR;
    // Twenty a second verify cards, which moves no money.
    const crowd = Array.from({ length: 18_000 }, (_, n) => ({
      about: 'charge' as const,
      reference: `verified ${n}`,
      amount: 0n,
      currency: 'usd',
      capture: true,
      createdMs: startMs + n * 50,
      decidedMs: startMs + n * 50,
      state: { outcome: { kind: 'captured' as const } } as never,
      disputes: [],
    }));
    let listed = 0;
    const list: Listing['list'] = async ({ sinceMs, untilMs, cursor = '0' }) => {
      const within = crowd.filter(({ createdMs }) => createdMs >= sinceMs && createdMs <= untilMs);
      const [from, to] = [Number(cursor), Number(cursor) + 500];
      const page = within.slice(from, to);
      listed += page.length;
      return { listed: page, ...(to < within.length && { cursor: String(to) }) };
    };
    const listing: Listing = { retentionMs: 90 * 24 * HOUR, list };
    const channel = (name: string) => ({ ...auditorDeps(sim).channel(name), listing });
    sim.move(3 * HOUR);

    expect(await differencesOf(sim, { channel })).toEqual([]);
    expect(listed).toBeGreaterThan(crowd.length);
    expect(listed).toBeLessThan(5 * crowd.length);
  });

  it('a charge that another window lists is asked about, and not missing', async () => {
    const sim = await simulate();
    await taken(sim, 'one');
    await sim.world.runQueues();
    const channel = (name: string) => ({
      ...auditorDeps(sim).channel(name),
      listing: { retentionMs: 90 * 24 * HOUR, list: async () => ({ listed: [] }) },
    });
    sim.move(1_000);
    expect(await differencesOf(sim, { channel })).toEqual([]);

    await sim.channel.forget(...sim.channel.charges.keys());
    expect((await differencesOf(sim, { channel })).join()).toMatch(
      /^missing_at_channel ch_\w+ \w+: taken 10000 usd here/,
    );
  });

  it('what the channel no longer lists is not looked for there', async () => {
    const sim = await simulate();
    await taken(sim, 'one');
    await sim.world.runQueues();
    await sim.channel.forget(...sim.channel.charges.keys());
    sim.move(89 * 24 * HOUR + 60_000);

    expect(await differencesOf(sim)).toEqual([]);
  });

  it('a verified card is no money, and a channel without a list is not compared', async () => {
    const sim = await simulate();
    await sim.request('POST', '/v1/setup_intents', { payment_method: 'pm_card_visa', confirm: 'true' });
    await taken(sim, 'one');
    await sim.world.runQueues();
    sim.move(1_000);
    expect(await differencesOf(sim)).toEqual([]);

    await sim.channel.forget(...sim.channel.charges.keys());
    const { listing: _, ...unlisted } = auditorDeps(sim).channel('sandbox');
    expect(await differencesOf(sim, { channel: () => unlisted })).toEqual([]);
  });

  it('a channel that does not answer ends the audit', async () => {
    const sim = await simulate();
    const silent = (name: string) => ({
      ...auditorDeps(sim).channel(name),
      listing: { retentionMs: 90 * 24 * HOUR, list: async () => undefined },
    });

    await expect(differencesOf(sim, { channel: silent })).rejects.toThrow('channel sandbox did not answer: try again');
  });
});

describe('a channel that lists and answers no queries', () => {
  /** A payment with a refund, which the channel lists in another window. */
  async function unlisted(capabilities: object): Promise<Simulation> {
    const sim = await simulate();
    const intent = await taken(sim, 'one');
    await sim.request('POST', '/v1/refunds', { payment_intent: intent, amount: '100' });
    await sim.world.runQueues();
    sim.move(1_000);
    const listing: Listing = { retentionMs: 90 * 24 * HOUR, list: async () => ({ listed: [] }) };
    await sim.channel.forget(...sim.channel.charges.keys(), ...sim.channel.refunds.keys());
    Object.assign(sim.channel.client, { listing, capabilities });
    return sim;
  }

  it('may have what it does not list: no difference is reported, and it is not asked', async () => {
    const sim = await unlisted(UNQUERIED);
    Object.assign(sim.channel.client, { queryAttempt: undefined, queryRefund: undefined });

    expect(await found(sim)).toEqual([]);
  });

  it('with queries, both are differences', async () => {
    expect(await found(await unlisted(CAPABILITIES))).toHaveLength(2);
  });
});
