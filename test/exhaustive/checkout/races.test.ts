/** Two things happen to one session: the second as a whole at every await of the first. It is paid once, or ended, and knows which. */
import { expect, it } from 'vitest';
import type { Session } from '../../../functions/checkout/session.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { SETUP_INTENT } from '../../../functions/setup-intents/setup-intent.ts';
import { audit } from '../../audit/audit.ts';
import { contradictions, ofKind } from '../../audit/cards.ts';
import { sessionContradictions, sessionsOf } from '../../audit/checkout.ts';
import { expire, KEEP, moveTo, openSession, pay, payBy } from '../../scenarios/checkout-sessions.ts';
import { comeToRest, untilAnswered } from '../../scenarios/every-await.ts';
import { callsBack, payerAt, payerReturns } from '../../scenarios/wallet-payments.ts';
import { persisted } from '../../world/persisted.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

const WAIT: readonly number[] = [409, 429];
type Ask = (sim: Simulation, request: () => Promise<Answer>) => Promise<Answer>;
/** A request that is refused as busy asks again; nothing breaks here, so there is no other reason. */
const insist: Ask = (sim, request) => untilAnswered(sim, request, WAIT);
/** Who comes in the middle asks once: what is under way stands still, and so does time. */
const once: Ask = (_sim, request) => request();

type Deed = (sim: Simulation, id: string, ask: Ask) => Promise<Answer | undefined>;

const reload = (sim: Simulation, id: string) => sim.request('GET', `/v1/checkout/sessions/${id}`);
const DEEDS = {
  'a payer pays': (sim, id, ask) => ask(sim, () => pay(sim, id, 'one')),
  'another pays': (sim, id, ask) => ask(sim, () => pay(sim, id, 'two', 'pm_card_mastercard')),
  'a payer is declined': (sim, id, ask) => ask(sim, () => pay(sim, id, 'three', 'pm_card_visa_chargeDeclined')),
  'the merchant ends it': (sim, id, ask) => ask(sim, () => expire(sim, id, 'end')),
  'the merchant describes it': (sim, id, ask) =>
    ask(sim, () => sim.request('POST', `/v1/checkout/sessions/${id}`, { 'metadata[a]': '1' }, 'describe')),
  'its time passes and a request reads it': async (sim, id) => {
    sim.move(61_000);
    return reload(sim, id);
  },
  'its time passes and the janitor looks': async (sim, id) => {
    sim.move(121_000);
    await sim.janitor();
    return reload(sim, id);
  },
  'a payer goes to a wallet': (sim, id, ask) => ask(sim, () => payBy(sim, id, 'four', 'paypal')),
  'the payer approves and returns': async (sim, id) => {
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    payerAt(sim, reference, 'approve');
    await payerReturns(sim, reference);
    return reload(sim, id);
  },
  'the payer approves and the channel calls back': async (sim, id) => {
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    payerAt(sim, reference, 'approve');
    await callsBack(sim, reference);
    return reload(sim, id);
  },
  'the payer passes the challenge': async (sim, id) => {
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    if (
      sim.channel.charges.get(reference)?.outcome.kind === 'requires_action' &&
      !sim.channel.charges.get(reference)!.voided
    )
      sim.channel.finishChallenge(reference, true);
    await sim.deliverCallbacks();
    return reload(sim, id);
  },
} as const satisfies Record<string, Deed>;
type Name = keyof typeof DEEDS;

/** A session half a minute before its time is up. */
async function prepared(make: (sim: Simulation) => Promise<string>): Promise<{ sim: Simulation; id: string }> {
  const sim = await simulate();
  const id = await make(sim);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  const [{ expiresMs }] = sessionsOf(sim) as [Session];
  await moveTo(sim, expiresMs - 30_000);
  return { sim, id };
}

const STARTS = {
  'is open': () => prepared((sim) => openSession(sim, { customer_creation: 'always' })),
  'was declined': () =>
    prepared(async (sim) => {
      const id = await openSession(sim);
      await pay(sim, id, 'declined', 'pm_card_visa_chargeDeclined');
      return id;
    }),
  'keeps a card': () => prepared((sim) => openSession(sim, { customer_creation: 'always' }, KEEP)),
  'waits for its payer': () =>
    prepared(async (sim) => {
      const id = await openSession(sim);
      await pay(sim, id, 'challenged', 'pm_card_authenticationRequired');
      return id;
    }),
  'waits for its payer at a wallet': () =>
    prepared(async (sim) => {
      const id = await openSession(sim);
      await payBy(sim, id, 'wallet', 'alipay');
      return id;
    }),
} as const;

/** Each of the two in turn comes in the middle of the other. */
const bothWays = (start: keyof typeof STARTS, one: Name, ...others: readonly Name[]) =>
  others.flatMap((two) => [[start, one, two] as const, [start, two, one] as const]);
const RACES = [
  ...(['is open', 'was declined', 'keeps a card'] as const).map(
    (start) => [start, 'a payer pays', 'another pays'] as const,
  ),
  ...bothWays(
    'is open',
    'a payer pays',
    'a payer is declined',
    'the merchant ends it',
    'the merchant describes it',
    'its time passes and a request reads it',
    'its time passes and the janitor looks',
  ),
  ...bothWays('was declined', 'a payer pays', 'the merchant ends it', 'its time passes and a request reads it'),
  ...bothWays('keeps a card', 'a payer pays', 'the merchant ends it', 'its time passes and the janitor looks'),
  ...bothWays(
    'waits for its payer',
    'the payer passes the challenge',
    'the merchant ends it',
    'the merchant describes it',
    'its time passes and the janitor looks',
  ),
  ...bothWays('waits for its payer', 'the merchant ends it', 'its time passes and the janitor looks'),
  ...bothWays('is open', 'a payer goes to a wallet', 'a payer pays', 'the merchant ends it'),
  ...bothWays('waits for its payer', 'a payer pays', 'the payer passes the challenge', 'the merchant ends it'),
  ...bothWays(
    'waits for its payer at a wallet',
    'a payer pays',
    'a payer goes to a wallet',
    'the payer approves and returns',
    'the payer approves and the channel calls back',
    'the merchant ends it',
    'its time passes and the janitor looks',
  ),
  ...bothWays(
    'waits for its payer at a wallet',
    'the merchant ends it',
    'the payer approves and returns',
    'the payer approves and the channel calls back',
  ),
];

it.each(RACES)('a session that %s: %s, and meanwhile %s', async (start, one, two) => {
  const { sim: before, id } = await STARTS[start]();
  let points = Infinity;
  // Only the state after it matters for what follows: awaits with the same state are one.
  const seen = new Set<string>();
  for (let n = 1; n <= points; n++) {
    const sim = before.fork();
    let [passed, interrupted] = [0, false];
    const answers: (Answer | undefined)[] = [];
    sim.onPoint = async () => {
      passed += 1;
      if (passed !== n || interrupted) return;
      interrupted = true;
      answers.push(await DEEDS[two](sim, id, once));
    };
    answers.push(await DEEDS[one](sim, id, insist));
    if (!interrupted) points = passed;
    else if (WAIT.includes(answers[0]?.status ?? 0)) answers.push(await DEEDS[two](sim, id, insist));
    const left = JSON.stringify([persisted(sim), answers.map((answer) => answer?.status)]);
    if (seen.has(left)) continue;
    seen.add(left);
    await comeToRest(sim);

    const isSetup = ofKind(sim, SETUP_INTENT.name).length > 0;
    expect(sessionContradictions(sim), `at await ${n}`).toEqual([]);
    expect(contradictions(sim), `at await ${n}`).toEqual([]);
    expect(isSetup ? [] : await audit(sim), `at await ${n}`).toEqual([]);
    const [session] = sessionsOf(sim) as [Session];
    const told = answers.flatMap((answer) => (answer?.status === 200 ? [String(answer.body.status)] : []));
    // A final status in an answer is the final status of the session.
    expect(
      told.filter((status) => status !== 'open' && status !== session.status),
      `at await ${n}`,
    ).toEqual([]);
    expect(
      answers.map((answer) => answer?.status),
      `at await ${n}`,
    ).not.toContain(500);
    const taken = [...sim.channel.charges.values()].filter(({ captured }) => captured > 0n);
    expect(taken.length, `at await ${n}`).toBe(session.paid ? 1 : 0);
    expect(ofKind<Payment>(sim, 'payment').length, `at await ${n}`).toBeLessThanOrEqual(1);
  }
  expect(points).toBeGreaterThan(2);
});
