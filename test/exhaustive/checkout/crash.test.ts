/**
 * Everything that is done with a Checkout Session breaks at every await. Whatever follows, a session says the same as its payment or setup
 * intent, all invariants hold, and who sends the request again ends as if it had never broken.
 */
import { expect, it } from 'vitest';
import type { WalletType } from '../../../functions/channels/port/instrument.ts';
import type { Session } from '../../../functions/checkout/session.ts';
import type { Customer } from '../../../functions/customers/customer.ts';
import { commitOfItem } from '../../../functions/notifications/store.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { SETUP_INTENT, type SetupIntent } from '../../../functions/setup-intents/setup-intent.ts';
import { audit } from '../../audit/audit.ts';
import { contradictions, ofKind } from '../../audit/cards.ts';
import { sessionContradictions, sessionsOf } from '../../audit/checkout.ts';
import { expire, FIFTEEN, KEEP, moveTo, openSession, pay, payBy } from '../../scenarios/checkout-sessions.ts';
import { comeToRest, everyAwait, everyHistory, untilAnswered } from '../../scenarios/every-await.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

interface Scenario {
  readonly name: string;
  readonly before: (sim: Simulation) => Promise<string>;
  /** The request that breaks, and that is sent again. */
  readonly request: (sim: Simulation, id: string) => Promise<Answer>;
  /** The statuses of the final answer to the request. */
  readonly answers?: readonly number[];
  /** The end state then: session, and the intent with its attempts. */
  readonly end: string;
  /** The same where the attempt never arrived at the channel. */
  readonly unsent?: string;
  /** The ends where the janitor finds that an abandoned attempt was closed, before the request is sent again. */
  readonly found?: readonly string[];
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
const atWallet =
  (type: WalletType) =>
  async (sim: Simulation): Promise<string> => {
    // It ends before the order does.
    const id = await openSession(sim, { expires_at: String(Math.ceil(sim.world.clock.nowMs() / 1000) + 1_801) });
    await payBy(sim, id, 'wallet', type);
    return id;
  };
const keeping = async (sim: Simulation): Promise<string> => {
  const id = await openSession(sim, { customer_creation: 'always' }, KEEP);
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
    answers: [200, 402],
    end: 'complete, succeeded captured',
    unsent: FAILED,
  },
  {
    name: 'a session that is declined',
    before: openSession,
    request: (sim, id) => pay(sim, id, 'key', 'pm_card_visa_chargeDeclined'),
    answers: [200, 402],
    end: FAILED,
  },
  {
    name: 'a session that is paid after a decline',
    before: declined,
    request: (sim, id) => pay(sim, id, 'key'),
    answers: [200, 402],
    end: 'complete, succeeded failed captured',
    unsent: 'open, requires_payment_method failed failed',
  },
  {
    name: 'a session that makes its customer and keeps the card',
    before: (sim) =>
      openSession(sim, { customer_creation: 'always', 'payment_intent_data[setup_future_usage]': 'off_session' }),
    request: (sim, id) => pay(sim, id, 'key', 'pm_card_visa', { 'customer_details[email]': 'a@example.com' }),
    answers: [200, 402],
    end: 'complete, succeeded captured; customer a@example.com',
    unsent: `${FAILED}; customer a@example.com`,
  },
  {
    name: 'a session whose payer is asked',
    before: openSession,
    request: (sim, id) => pay(sim, id, 'key', 'pm_card_authenticationRequired'),
    answers: [200, 402],
    end: 'open, requires_action requires_action',
    unsent: FAILED,
  },
  {
    name: 'a session that is authorized',
    before: (sim) => openSession(sim, { 'payment_intent_data[capture_method]': 'manual' }),
    request: (sim, id) => pay(sim, id, 'key'),
    answers: [200, 402],
    end: 'complete, requires_capture authorized',
    unsent: FAILED,
  },
  {
    name: 'a session whose payer goes to a wallet',
    before: openSession,
    request: (sim, id) => payBy(sim, id, 'key', 'alipay'),
    answers: [200, 402],
    end: 'open, requires_action requires_action',
    unsent: FAILED,
  },
  ...(['alipay', 'paypal'] as const).map((type) => ({
    name: `a session that is paid by card after its payer abandoned ${type}`,
    before: atWallet(type),
    request: (sim: Simulation, id: string) => pay(sim, id, 'key'),
    answers: [200, 402],
    end: 'complete, succeeded closed captured',
    unsent: 'open, requires_payment_method closed failed',
    found: ['complete, succeeded failed captured', 'open, requires_payment_method failed failed'],
  })),
  {
    name: 'a session whose payer goes to a wallet after a challenge',
    before: challenged,
    request: (sim, id) => payBy(sim, id, 'key', 'wechat_pay'),
    answers: [200, 402],
    end: 'open, requires_action closed requires_action',
    unsent: 'open, requires_payment_method closed failed',
    found: ['open, requires_action failed requires_action', 'open, requires_payment_method failed failed'],
  },
  {
    name: 'the end of a session whose payer is at a wallet',
    before: atWallet('alipay'),
    request: (sim, id) => expire(sim, id, 'key'),
    end: 'expired, canceled closed',
  },
  {
    name: 'a session that keeps another card than the one whose payer was asked',
    before: keeping,
    request: (sim, id) => pay(sim, id, 'key'),
    answers: [200, 402],
    end: 'complete, succeeded closed succeeded; customer',
    unsent: 'open, requires_payment_method closed failed; customer',
  },
  {
    name: 'a session that has its card kept',
    before: (sim) => openSession(sim, { customer_creation: 'always' }, KEEP),
    request: (sim, id) => pay(sim, id, 'key'),
    answers: [200, 402],
    end: 'complete, succeeded succeeded; customer',
    unsent: `${FAILED}; customer`,
  },
  {
    name: 'the end of a session without an attempt to pay',
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

async function assertOneEnd(scenario: Scenario, broken: Simulation, id: string): Promise<void> {
  let reference: { readonly end: string; readonly events: readonly string[] } | undefined;
  await everyHistory(
    broken,
    (sim) => scenario.request(sim, id),
    async ({ sim, answer }) => {
      expect(await wrongIn(sim)).toEqual([]);
      // A request that is not sent again may never have begun.
      if (!answer) return;
      expect(scenario.answers ?? [200]).toContain(answer.status);
      const { status, body } = answer;
      expect(await scenario.request(sim, id)).toMatchObject({ status, body });
      const left = { end: endOf(sim), events: announced(sim) };
      expect([scenario.end, scenario.unsent, ...(scenario.found ?? [])]).toContain(left.end);
      if (scenario.found) return;
      expect(left).toEqual(reference ?? left);
      reference = left;
    },
  );
}

it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  '%s: agrees with itself and ends in one state at whatever await it breaks',
  async (_name, scenario) => {
    const from = await simulate();
    const id = await scenario.before(from);
    await from.world.runQueues();
    from.move(5_000);
    const whole = from.fork();
    await scenario.request(whole, id);
    await comeToRest(whole);
    expect(await wrongIn(whole)).toEqual([]);
    expect(endOf(whole)).toBe(scenario.end);
    await everyAwait({ from, operation: (sim) => scenario.request(sim, id), atLeast: 6 }, (broken) =>
      assertOneEnd(scenario, broken, id),
    );
  },
);

it('a payer whose request follows one that broke off is the only one who pays', async () => {
  const from = await simulate();
  const id = await openSession(from);
  await from.world.runQueues();
  from.move(5_000);
  await everyAwait({ from, operation: (sim) => pay(sim, id, 'first'), atLeast: 6 }, async (sim) => {
    const second = await untilAnswered(sim, async () => {
      const answer = await pay(sim, id, 'second', 'pm_card_mastercard');
      // The janitor finds the outcome of the first attempt.
      await sim.world.runQueues();
      await sim.janitor();
      return answer;
    });
    await comeToRest(sim);

    expect([200, 400]).toContain(second.status);
    expect(await wrongIn(sim)).toEqual([]);
    expect(endOf(sim)).toMatch(/^complete, succeeded (failed )?captured$/);
    const taken = [...sim.channel.charges.values()].filter(({ captured }) => captured > 0n);
    expect(taken.map(({ captured }) => captured)).toEqual([1500n]);
  });
});

it.each([
  ['has no attempt', openSession, 'expired, none'],
  ['was declined', declined, 'expired, canceled failed'],
  ['waits for its payer', challenged, 'expired, canceled closed'],
  ['waits for its payer at a wallet', atWallet('alipay'), 'expired, canceled closed'],
  ['keeps a card', (sim: Simulation) => openSession(sim, {}, KEEP), 'expired, canceled'],
] as const)('a session that %s ends in time at whatever await the janitor breaks', async (_what, make, end) => {
  const from = await simulate();
  await make(from);
  await from.world.runQueues();
  const [{ expiresMs }] = sessionsOf(from) as [Session];
  await moveTo(from, expiresMs - 1_000);
  from.move(121_000);
  await everyAwait({ from, operation: (sim) => sim.janitor(), hows: ['dies'], atLeast: 6 }, async (sim) => {
    await comeToRest(sim);
    // A void that was never sent counts as lost after a minute, and the next recheck sends it again.
    await comeToRest(sim);

    expect(await wrongIn(sim)).toEqual([]);
    expect(endOf(sim)).toBe(end);
    expect(announced(sim).filter((type) => type.startsWith('checkout'))).toEqual(['checkout.session.expired']);
  });
});
