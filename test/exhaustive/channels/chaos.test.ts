/**
 * Payments at Stripe, Alipay, WeChat Pay and the sandbox while channels refuse, lose, repeat, reorder and go down: afterwards nothing is lost or doubled
 * against the simulators' own books, every payment is final or explained, and the audit is clean. `SLUICE_RUNS=2000` draws so many payments, `SLUICE_SEED`
 * others. Ids, the janitor's spread and requests at once are not drawn: a second run with a seed is alike, not equal.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seeded } from '../../../bin/embedded/chaos/seeded.ts';
import { auditAll } from '../../../bin/local/operator.ts';
import { carryOutAudit } from '../../../functions/operator/auditor.ts';
import { capturable, capturedAmount, type Payment } from '../../../functions/payments/payment.ts';
import { audit } from '../../audit/audit.ts';
import { debited, partsOf, sumOf } from '../../audit/facts.ts';
import { recordsOf } from '../../audit/records.ts';
import { chaosOf } from '../../scenarios/channel-chaos.ts';
import { merchantOf } from '../../scenarios/chaos-lives.ts';
import { type FourChannels, startFourChannels } from '../../scenarios/four-channels.ts';
import { type ChargeAt, type EveryBooks, everyBooks } from '../../simulators/every-books.ts';
import { type App, scopeOfApp } from '../../world/app.ts';
import type { Simulation } from '../../world/simulation.ts';

const { SLUICE_SEED: given, SLUICE_RUNS: runs } = process.env;
const seed = given === 'random' ? Date.now() % 1_000_000 : Number(given ?? 7);
const PAYMENTS = Number(runs ?? 60);
/** Payments that are under way at once. */
const UNDER_WAY = 12;
const MINUTE_MS = 60_000;

let channels: FourChannels;
beforeEach(async () => {
  channels = await startFourChannels();
});
afterEach(() => channels.close());

it(`${PAYMENTS} payments (seed ${seed}) end alike here and at the channels`, async () => {
  const draw = seeded(seed);
  const chaos = chaosOf(channels, draw);
  const merchant = merchantOf(channels, draw);
  const underWay: AsyncGenerator<void>[] = [];
  for (let begun = 0; begun < PAYMENTS || underWay.length > 0; ) {
    for (; underWay.length < UNDER_WAY && begun < PAYMENTS; begun++) underWay.push(merchant.begin());
    chaos.disturb();
    const at = Math.floor(draw() * underWay.length);
    if ((await underWay[at]!.next()).done) underWay.splice(at, 1);
    await chaos.goOn();
  }
  chaos.calm();
  // Three hours in which everything arrives, and then until every challenge, order and question is over.
  for (let quarter = 0; quarter < 12; quarter++) {
    await chaos.deliver();
    for (let part = 0; part < 3; part++) await chaos.pass(5 * MINUTE_MS);
  }
  for (let hour = 0; hour < 27; hour++) await chaos.pass(60 * MINUTE_MS);

  const { app } = channels;
  const books = everyBooks({ ...channels, table: app.world.table }, app.world.clock.nowMs());
  expect(merchant.wrong).toEqual([]);
  expect(books.doubled).toEqual([]);
  expect(openIn(app, books)).toEqual([]);
  expect(differencesIn(app, books)).toEqual([]);
  expect(await audit(seenBy(app, books))).toEqual([]);
  expect(await auditedByOperator(app)).toEqual([]);
  const { payments } = recordsOf(app.world);
  expect(payments.length).toBeGreaterThanOrEqual(merchant.made.size);
  const known = new Set(payments.map(({ body }) => `pi_${body}`));
  expect([...merchant.made].filter((id) => !known.has(id))).toEqual([]);
  // No channel was left out.
  const took = [...books.charges.values()].flatMap(({ channel, captured }) => (captured > 0n ? [channel] : []));
  expect([...new Set(took)].sort()).toEqual(['alipay', 'sandbox', 'stripe', 'wechatpay']);
  const broken = [...chaos.counts.keys()].map((what) => what.split(' ')[0]!);
  expect([...new Set(broken)].sort()).toEqual(['alipay', 'sandbox', 'stripe', 'wechatpay']);
  report(app, books, chaos.counts);
});

const ENDS: readonly string[] = ['succeeded', 'canceled', 'requires_payment_method'];

/** Payments and refunds that are neither final nor explained: by a hold that waits for its merchant, or a challenge that the channel keeps for its payer. */
function openIn({ world }: App, { charges }: EveryBooks): readonly string[] {
  const { payments, refunds } = recordsOf(world);
  const isExplained = ({ status, attempts }: Payment): boolean => {
    const kind = charges.get(attempts.at(-1)!.reference)?.outcome.kind;
    return (
      (status === 'requires_capture' && kind === 'authorized') ||
      (status === 'requires_action' && kind === 'requires_action')
    );
  };
  return [
    ...payments.flatMap((payment) => {
      const { body, status, pending, attempts } = payment;
      return (ENDS.includes(status) || isExplained(payment)) && !pending
        ? []
        : [`pi_${body} is ${status} (${attempts.at(-1)?.channel.channel})`];
    }),
    ...refunds.flatMap(({ body, status }) => (status === 'pending' ? [`re_${body} is pending`] : [])),
  ];
}

/** Per payment and channel: what was paid, refunded and held there, against the records and the ledger. */
function differencesIn({ world }: App, { charges, refunds }: EveryBooks): readonly string[] {
  const records = recordsOf(world);
  const wrong: string[] = [];
  const same = (what: string, here: bigint, there: bigint): void =>
    void (here === there || wrong.push(`${what}: ${here} here, ${there} at the channel`));
  const entries = records.journal.map(({ entry }) => entry);
  for (const payment of records.payments) {
    const name = `pi_${payment.body} (${payment.status})`;
    const own = [...charges.values()].filter(({ request }) => partsOf(request.reference).body === payment.body);
    const ours = records.refunds.filter(({ payment: of }) => of === payment.body);
    const bodies = new Set<string>([payment.body, ...ours.map(({ body }) => body)]);
    const booked = entries.filter(({ body }) => bodies.has(body));
    for (const channel of ['stripe', 'alipay', 'wechatpay', 'sandbox']) {
      const net = sumOf(
        own.filter((charge) => charge.channel === channel),
        ({ captured, refunded }) => captured - refunded,
      );
      same(
        `${name} receivable of ${channel}`,
        sumOf(booked, (entry) => debited(entry, `assets:channel:${channel}`)),
        net,
      );
    }
    const [paid, back] = [sumOf(own, ({ captured }) => captured), sumOf(own, ({ refunded }) => refunded)];
    const refunded = sumOf(
      ours.filter(({ status }) => status === 'succeeded'),
      ({ amount }) => amount,
    );
    // Money that no merchant asked for has gone back whole.
    const unapplied = paid - capturedAmount(payment);
    if (unapplied < 0n) wrong.push(`${name} captured ${capturedAmount(payment)}, the channel took ${paid}`);
    same(`${name} refunded`, refunded + unapplied, back);
    same(`${name} held`, capturable(payment), sumOf(own, heldBy));
  }
  for (const { body, reference, status, amount } of records.refunds) {
    const there = refunds.get(reference);
    const made = there?.outcome.kind === 'succeeded' ? there.request.amount : 0n;
    same(`re_${body}`, status === 'succeeded' ? amount : 0n, made);
  }
  return wrong;
}

const heldBy = ({ outcome, voided, closed, authorized, captured }: ChargeAt): bigint =>
  outcome.kind === 'authorized' && !voided && !closed ? authorized - captured : 0n;

/** The world with all four channels in the place of the one that a simulation has. */
const seenBy = (app: App, { charges, refunds }: EveryBooks): Simulation => {
  const state = { announced: new Map(), requests: new Map(), violations: [] };
  const channel = { charges, refunds, sent: new Map(), state };
  return { world: app.world, scope: scopeOfApp(app), channel, bank: { orders: new Map() } } as unknown as Simulation;
};

/** What `ledger -- audit` finds. */
async function auditedByOperator({ world }: App): Promise<readonly string[]> {
  const { table, clock, settlement, payments } = world;
  const { files, bank } = settlement;
  const deps = { table, clock, files, bank, settings: payments.settings, channel: payments.channel };
  const auditor = async <T>(command: string, args: object = {}): Promise<T> =>
    (await carryOutAudit(deps, { ...args, command })) as T;
  return (await auditAll(auditor, { settling: 0 })).flatMap(({ differences }) => differences);
}

/** Printed where the number of payments was chosen by hand: how payments ended, by channel, and what went wrong on the way. */
function report({ world }: App, { charges, refunds }: EveryBooks, counts: ReadonlyMap<string, number>): void {
  const { payments } = recordsOf(world);
  const tally = (values: readonly string[]): Readonly<Record<string, number>> =>
    Object.fromEntries([...new Set(values)].sort().map((one) => [one, values.filter((other) => other === one).length]));
  const tallies = [
    tally(payments.map(({ status, attempts }) => `${attempts.at(-1)?.channel.channel} ${status}`)),
    tally([...charges.values()].map(({ channel, outcome }) => `${channel} ${outcome.kind}`)),
    tally([...refunds.values()].map(({ outcome }) => `refund ${outcome.kind}`)),
    tally(world.alarms.map((alarm) => alarm.split(' ')[0]!)),
    tally([...counts].flatMap(([what, times]) => Array.from({ length: times }, () => what))),
  ];
  if (runs) console.info(tallies.map((line) => JSON.stringify(line)).join('\n'));
}
