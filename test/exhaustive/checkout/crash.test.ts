/**
 * Everything that is done with a Checkout Session breaks at every await. Whatever follows, a session says the same as its payment or setup
 * intent, all invariants hold, and who sends the request again ends as if it had never broken.
 */
import { expect, it } from 'vitest';
import type { Session } from '../../../functions/checkout/session.ts';
import type { Customer } from '../../../functions/customers/customer.ts';
import { commitOfItem } from '../../../functions/notifications/store.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { SETUP_INTENT, type SetupIntent } from '../../../functions/setup-intents/setup-intent.ts';
import { audit } from '../../audit/audit.ts';
import { contradictions, ofKind } from '../../audit/cards.ts';
import { sessionContradictions, sessionsOf } from '../../audit/checkout.ts';
import { expire, FIFTEEN, insist, KEEP, moveTo, openSession, pay, rest } from '../../scenarios/checkout-sessions.ts';
import { type Answer, type Fault, persisted, type Simulation, simulate } from '../../world/simulation.ts';

interface Scenario {
  readonly name: string;
  readonly before: (sim: Simulation) => Promise<string>;
  /** The request that breaks, and that is sent again. */
  readonly request: (sim: Simulation, id: string) => Promise<Answer>;
  /** What the request is told, once it is answered. */
  readonly told?: readonly number[];
  /** What is left then: session, and the intent with its attempts. */
  readonly end: string;
  /** The same where the attempt never arrived at the channel. */
  readonly unsent?: string;
}

const declined = async (sim: Simulation): Promise<string> => {
  const id = await openSession(sim);
  await pay(sim, id, 'declined', 'pm_card_visa_chargeDeclined');
  return id;
};
const challenged = async (sim: Simulation): Promise<string> => {
  const id = await openSession(sim);
  await pay(sim, id, 'challenged', 'pm_card_authenticationRequired');
  return id;
};
const FAILED = 'open, requires_payment_method failed';

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a new session',
    before: async () => '',
    request: (sim) => sim.request('POST', '/v1/checkout/sessions', FIFTEEN, 'key'),
    end: 'open, none',
  },
  {
    name: 'a new session that keeps a card',
    before: async () => '',
    request: (sim) => sim.request('POST', '/v1/checkout/sessions', KEEP, 'key'),
    end: 'open, requires_payment_method',
  },
  {
    name: 'a session that is paid',
    before: openSession,
    request: (sim, id) => pay(sim, id, 'key'),
    told: [200, 402],
    end: 'complete, succeeded captured',
    unsent: FAILED,
  },
  {
    name: 'a session that is declined',
    before: openSession,
    request: (sim, id) => pay(sim, id, 'key', 'pm_card_visa_chargeDeclined'),
    told: [200, 402],
    end: FAILED,
  },
  {
    name: 'a session that is paid after a decline',
    before: declined,
    request: (sim, id) => pay(sim, id, 'key'),
    told: [200, 402],
    end: 'complete, succeeded failed captured',
    unsent: 'open, requires_payment_method failed failed',
  },
  {
    name: 'a session that makes its customer and keeps the card',
    before: (sim) =>
      openSession(sim, { customer_creation: 'always', 'payment_intent_data[setup_future_usage]': 'off_session' }),
    request: (sim, id) => pay(sim, id, 'key', 'pm_card_visa', { 'customer_details[email]': 'a@example.com' }),
    told: [200, 402],
    end: 'complete, succeeded captured; customer a@example.com',
    unsent: `${FAILED}; customer a@example.com`,
  },
  {
    name: 'a session whose payer is asked',
    before: openSession,
    request: (sim, id) => pay(sim, id, 'key', 'pm_card_authenticationRequired'),
    told: [200, 402],
    end: 'open, requires_action requires_action',
    unsent: FAILED,
  },
  {
    name: 'a session that is authorised',
    before: (sim) => openSession(sim, { 'payment_intent_data[capture_method]': 'manual' }),
    request: (sim, id) => pay(sim, id, 'key'),
    told: [200, 402],
    end: 'complete, requires_capture authorized',
    unsent: FAILED,
  },
  {
    name: 'a session that has its card kept',
    before: (sim) => openSession(sim, { customer_creation: 'always' }, KEEP),
    request: (sim, id) => pay(sim, id, 'key'),
    told: [200, 402],
    end: 'complete, succeeded succeeded; customer',
    unsent: `${FAILED}; customer`,
  },
  {
    name: 'the end of a session that nobody tried to pay',
    before: openSession,
    request: (sim, id) => expire(sim, id, 'key'),
    end: 'expired, none',
  },
  {
    name: 'the end of a session that was declined',
    before: declined,
    request: (sim, id) => expire(sim, id, 'key'),
    end: 'expired, canceled failed',
  },
  {
    name: 'the end of a session whose payer is asked',
    before: challenged,
    request: (sim, id) => expire(sim, id, 'key'),
    end: 'expired, canceled closed',
  },
  {
    name: 'the end of a session that keeps a card',
    before: (sim) => openSession(sim, {}, KEEP),
    request: (sim, id) => expire(sim, id, 'key'),
    end: 'expired, canceled',
  },
  {
    name: 'the update of a session',
    before: openSession,
    request: (sim, id) =>
      sim.request('POST', `/v1/checkout/sessions/${id}`, { 'payment_intent_data[description]': 'x' }, 'key'),
    end: 'open, none',
  },
];

/** Sessions with their intents, and the customers that they made. */
function endOf(sim: Simulation): string {
  const payments = ofKind<Payment>(sim, 'payment');
  const setups = ofKind<SetupIntent>(sim, SETUP_INTENT.name);
  const customers = ofKind<Customer>(sim, 'customer').map(({ email }) => `customer ${email ?? ''}`.trim());
  const sessions = sessionsOf(sim).map(({ status, payment, setupIntent }) => {
    const owned = payments.find(({ body }) => body === payment) ?? setups.find(({ body }) => body === setupIntent);
    const attempts = (owned?.attempts ?? []).map((attempt) => attempt.status);
    return `${status}, ${[owned?.status ?? 'none', ...attempts].join(' ')}`;
  });
  return [...sessions, ...customers].join('; ');
}

const announced = (sim: Simulation): readonly string[] =>
  sim.world.table
    .items('events')
    .flatMap((item) => (item.pk.includes('#e#') ? commitOfItem(item).types : []))
    // Whether `processing` was announced depends on who looked when; what became of it does not.
    .filter((type) => type !== 'payment_intent.processing')
    .sort();

/** All that can be wrong; the books' audit knows nothing of cards that are verified. */
const wrongIn = async (sim: Simulation): Promise<readonly string[]> => [
  ...sessionContradictions(sim),
  ...contradictions(sim),
  ...(ofKind(sim, SETUP_INTENT.name).length === 0 ? await audit(sim) : []),
  ...sim.world.failures,
];

type Told = Answer | undefined;
type History = (sim: Simulation, again: () => Promise<Answer>) => Promise<Told>;
const HISTORIES: Readonly<Record<string, History>> = {
  'sent again at once': async (sim, again) => {
    const told = await insist(sim, again);
    await rest(sim);
    return told;
  },
  'the janitor, then sent again': async (sim, again) => {
    await rest(sim);
    const told = await insist(sim, again);
    await rest(sim);
    return told;
  },
  'the janitor alone': async (sim) => {
    await rest(sim);
    return undefined;
  },
};

async function assertOneEnd(scenario: Scenario, broken: Simulation, id: string, where: string): Promise<void> {
  let reference: { readonly end: string; readonly events: readonly string[] } | undefined;
  for (const [name, history] of Object.entries(HISTORIES)) {
    const sim = broken.fork();
    const told = await history(sim, () => scenario.request(sim, id));
    expect(await wrongIn(sim), `${where}, ${name}`).toEqual([]);
    // Who never tries again may be left with a request that never began.
    if (!told) continue;
    expect(scenario.told ?? [200], `${where}, ${name}`).toContain(told.status);
    const { status, body } = told;
    expect(await scenario.request(sim, id), `${where}, ${name}`).toMatchObject({ status, body });
    const left = { end: endOf(sim), events: announced(sim) };
    expect([scenario.end, scenario.unsent], `${where}, ${name}`).toContain(left.end);
    expect(left, `${where}, ${name}`).toEqual(reference ?? left);
    reference = left;
  }
}

it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  '%s: agrees with itself and ends in one state wherever it breaks',
  async (_name, scenario) => {
    const before = await simulate();
    const id = await scenario.before(before);
    await before.world.runQueues();
    before.move(5_000);
    const whole = before.fork();
    await scenario.request(whole, id);
    await rest(whole);
    expect(await wrongIn(whole)).toEqual([]);
    expect(endOf(whole)).toBe(scenario.end);
    const seen = new Set<string>();
    for (const how of ['dies', 'unheard'] as const satisfies readonly Fault['how'][]) {
      let n = 1;
      for (; ; n++) {
        const broken = before.fork();
        const passed = await broken.broken({ n, how }, () => scenario.request(broken, id));
        if (passed < n) break;
        const left = persisted(broken);
        if (!seen.has(left)) await assertOneEnd(scenario, broken, id, `${how} at await ${n}`);
        seen.add(left);
      }
      expect(n).toBeGreaterThan(6);
    }
  },
);

it('whoever pays with another request, where a payer’s request broke off, is the only one who pays', async () => {
  const before = await simulate();
  const id = await openSession(before);
  await before.world.runQueues();
  before.move(5_000);
  for (const how of ['dies', 'unheard'] as const) {
    for (let n = 1; ; n++) {
      const sim = before.fork();
      const passed = await sim.broken({ n, how }, () => pay(sim, id, 'first'));
      if (passed < n) break;

      const second = await insist(sim, async () => {
        const answer = await pay(sim, id, 'second', 'pm_card_mastercard');
        // What the first one's attempt came to is found by the janitor.
        await sim.world.runQueues();
        await sim.janitor();
        return answer;
      });
      await rest(sim);

      expect([200, 400], `${how} at await ${n}`).toContain(second.status);
      expect(await wrongIn(sim), `${how} at await ${n}`).toEqual([]);
      expect(endOf(sim), `${how} at await ${n}`).toMatch(/^complete, succeeded (failed )?captured$/);
      const taken = [...sim.channel.charges.values()].filter(({ captured }) => captured > 0n);
      expect(
        taken.map(({ captured }) => captured),
        `${how} at await ${n}`,
      ).toEqual([1500n]);
    }
  }
});

it.each([
  ['nobody tried to pay', openSession, 'expired, none'],
  ['was declined', declined, 'expired, canceled failed'],
  ['waits for its payer', challenged, 'expired, canceled closed'],
  ['keeps a card', (sim: Simulation) => openSession(sim, {}, KEEP), 'expired, canceled'],
] as const)('a session that %s ends in time wherever the janitor breaks', async (_what, make, end) => {
  const before = await simulate();
  await make(before);
  await before.world.runQueues();
  const [{ expiresMs }] = sessionsOf(before) as [Session];
  await moveTo(before, expiresMs - 1_000);
  before.move(121_000);
  for (let n = 1; ; n++) {
    const sim = before.fork();
    const passed = await sim.broken({ n, how: 'dies' }, () => sim.janitor());
    if (passed < n) break;

    await rest(sim);
    // A void that never left is taken for lost after a minute, and sent anew at the look after that.
    await rest(sim);

    expect(await wrongIn(sim), `dies at await ${n}`).toEqual([]);
    expect(endOf(sim), `dies at await ${n}`).toBe(end);
    expect(
      announced(sim).filter((type) => type.startsWith('checkout')),
      `dies at await ${n}`,
    ).toEqual(['checkout.session.expired']);
  }
});
