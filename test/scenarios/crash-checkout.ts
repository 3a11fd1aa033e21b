/** Everything that is done with a Checkout Session, each with what must have been before it and where it may end: test/exhaustive breaks them everywhere. */

import type { WalletType } from '../../functions/channels/port/instrument.ts';
import type { Customer } from '../../functions/customers/customer.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { SETUP_INTENT, type SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import { ofKind } from '../audit/cards.ts';
import { sessionsOf } from '../audit/checkout.ts';
import type { Answer, Simulation } from '../world/simulation.ts';
import { expire, FIFTEEN, KEEP, openSession, pay, payBy } from './checkout-sessions.ts';

export interface SessionScenario {
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

export const declined = async (sim: Simulation): Promise<string> => {
  const id = await openSession(sim);
  await pay(sim, id, 'declined', 'pm_card_visa_chargeDeclined');
  return id;
};
export const challenged = async (sim: Simulation): Promise<string> => {
  const id = await openSession(sim);
  await pay(sim, id, 'challenged', 'pm_card_authenticationRequired');
  return id;
};
export const atWallet =
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

export const SESSION_SCENARIOS: readonly SessionScenario[] = [
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
export function endOf(sim: Simulation): string {
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
