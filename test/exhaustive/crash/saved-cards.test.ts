/**
 * Customers, their saved cards and setup intents break at every await, as payments do in every-await.test.ts. Whatever follows, what is
 * left agrees with itself (test/audit/cards.ts), and who sends the request again ends as if it had never broken.
 */
import { expect, it } from 'vitest';
import type { Customer } from '../../../functions/customers/customer.ts';
import { commitOfItem } from '../../../functions/notifications/store.ts';
import { METHOD, type MethodRecord } from '../../../functions/payment-methods/method.ts';
import { SETUP_INTENT, type SetupIntent } from '../../../functions/setup-intents/setup-intent.ts';
import { contradictions, ofKind } from '../../audit/cards.ts';
import { comeToRest, everyAwait, everyHistory } from '../../scenarios/every-await.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

type Ids = Readonly<Record<string, string>>;

interface Scenario {
  readonly name: string;
  readonly before: (sim: Simulation) => Promise<Ids>;
  /** The request that breaks, and that is sent again. */
  readonly request: (sim: Simulation, ids: Ids) => Promise<Answer>;
  /** The end state after the answer. */
  readonly end: Partial<End>;
  /** The same where it never arrived at the channel. */
  readonly unsent?: Partial<End>;
}

interface End {
  readonly customers: readonly string[];
  readonly cards: readonly string[];
  readonly setups: readonly string[];
  readonly events: readonly string[];
}

const id = async (answer: Promise<Answer>): Promise<string> => String((await answer).body.id);
const newCustomer = async (sim: Simulation): Promise<Ids> => ({
  customer: await id(sim.request('POST', '/v1/customers', { email: 'a@example.com' }, 'customer')),
});
const attach = (sim: Simulation, customer: string, key: string, card = 'pm_card_visa'): Promise<string> =>
  id(sim.request('POST', `/v1/payment_methods/${card}/attach`, { customer }, key));
const withCard = async (sim: Simulation): Promise<Ids> => {
  const { customer } = await newCustomer(sim);
  const card = await attach(sim, customer!, 'card');
  await sim.request(
    'POST',
    `/v1/customers/${customer}`,
    { 'invoice_settings[default_payment_method]': card },
    'default',
  );
  return { customer: customer!, card };
};

const withSource = async (sim: Simulation): Promise<Ids> => {
  const { customer } = await newCustomer(sim);
  return {
    customer: customer!,
    source: await id(sim.request('POST', `/v1/customers/${customer}/sources`, { source: 'tok_visa' }, 'source')),
  };
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a customer with a card',
    before: async () => ({}),
    request: (sim) =>
      sim.request('POST', '/v1/customers', { payment_method: 'pm_card_visa', email: 'a@example.com' }, 'key'),
    end: { customers: ['active'], cards: ['kept'], events: ['customer.created', 'payment_method.attached'] },
  },
  {
    name: 'the update of a customer',
    before: newCustomer,
    request: (sim, { customer }) =>
      sim.request('POST', `/v1/customers/${customer}`, { email: 'b@example.com', 'metadata[a]': '1' }, 'key'),
    end: { customers: ['active'], events: ['customer.created', 'customer.updated'] },
  },
  {
    name: 'the deletion of a customer with two cards',
    before: async (sim) => {
      const ids = await withCard(sim);
      await attach(sim, ids.customer!, 'other card');
      return ids;
    },
    request: (sim, { customer }) => sim.request('DELETE', `/v1/customers/${customer}`),
    end: { customers: ['deleted'], cards: ['detached', 'detached'] },
  },
  {
    name: 'the attachment of a test card',
    before: newCustomer,
    request: (sim, { customer }) =>
      sim.request('POST', '/v1/payment_methods/pm_card_visa/attach', { customer: customer! }, 'key'),
    end: { cards: ['kept'], events: ['customer.created', 'payment_method.attached'] },
  },
  {
    name: 'the detachment of the default card',
    before: withCard,
    request: (sim, { card }) => sim.request('POST', `/v1/payment_methods/${card}/detach`, {}, 'key'),
    end: { customers: ['active'], cards: ['detached'] },
  },
  {
    name: 'a customer with a source',
    before: async () => ({}),
    request: (sim) => sim.request('POST', '/v1/customers', { source: 'tok_visa' }, 'key'),
    end: {
      customers: ['active'],
      cards: ['kept'],
      events: ['customer.created', 'customer.source.created', 'payment_method.attached'],
    },
  },
  {
    name: 'the first source',
    before: newCustomer,
    request: (sim, { customer }) =>
      sim.request('POST', `/v1/customers/${customer}/sources`, { source: 'tok_visa' }, 'key'),
    end: {
      cards: ['kept'],
      events: ['customer.created', 'customer.source.created', 'customer.updated', 'payment_method.attached'],
    },
  },
  {
    name: 'the replacement of the default source',
    before: withSource,
    request: (sim, { customer }) => sim.request('POST', `/v1/customers/${customer}`, { source: 'tok_amex' }, 'key'),
    end: { customers: ['active'], cards: ['detached', 'kept'] },
  },
  {
    name: 'the replacement of the default source by its older name, card',
    before: withSource,
    request: (sim, { customer }) => sim.request('POST', `/v1/customers/${customer}`, { card: 'tok_amex' }, 'key'),
    end: { customers: ['active'], cards: ['detached', 'kept'] },
  },
  {
    name: 'the update of a source',
    before: withSource,
    request: (sim, { customer, source }) =>
      sim.request('POST', `/v1/customers/${customer}/sources/${source}`, { exp_year: '2040', name: 'x' }, 'key'),
    end: { cards: ['kept'] },
  },
  {
    name: 'the deletion of the default source beside another card',
    before: async (sim) => {
      const ids = await withSource(sim);
      await attach(sim, ids.customer!, 'other card');
      return ids;
    },
    request: (sim, { customer, source }) => sim.request('DELETE', `/v1/customers/${customer}/sources/${source}`),
    end: { customers: ['active'], cards: ['detached', 'kept'] },
  },
  {
    name: 'a setup intent with a card',
    before: newCustomer,
    request: (sim, { customer }) =>
      sim.request('POST', '/v1/setup_intents', { customer: customer!, payment_method: 'pm_card_visa' }, 'key'),
    end: { setups: ['requires_confirmation'], cards: ['loose'] },
  },
  {
    name: 'a setup intent, created and confirmed',
    before: newCustomer,
    request: (sim, { customer }) =>
      sim.request(
        'POST',
        '/v1/setup_intents',
        { customer: customer!, payment_method: 'pm_card_visa', confirm: 'true' },
        'key',
      ),
    end: { setups: ['succeeded succeeded'], cards: ['kept set up'] },
    unsent: { setups: ['requires_payment_method failed'], cards: ['loose'] },
  },
  {
    name: 'a setup intent, confirmed with another card',
    before: async (sim) => {
      const { customer } = await newCustomer(sim);
      const params = { customer: customer!, payment_method: 'pm_card_visa' };
      return { customer: customer!, setup: await id(sim.request('POST', '/v1/setup_intents', params, 'setup')) };
    },
    request: (sim, { setup }) =>
      sim.request('POST', `/v1/setup_intents/${setup}/confirm`, { payment_method: 'pm_card_mastercard' }, 'key'),
    end: { setups: ['succeeded succeeded'], cards: ['kept set up', 'loose'] },
    unsent: { setups: ['requires_payment_method failed'], cards: ['loose', 'loose'] },
  },
  {
    name: 'a setup intent, updated with another card',
    before: async (sim) => ({ setup: await id(sim.request('POST', '/v1/setup_intents', {}, 'setup')) }),
    request: (sim, { setup }) =>
      sim.request('POST', `/v1/setup_intents/${setup}`, { payment_method: 'pm_card_mastercard' }, 'key'),
    end: { setups: ['requires_confirmation'], cards: ['loose'] },
  },
  {
    name: 'a setup intent that is declined',
    before: newCustomer,
    request: (sim, { customer }) =>
      sim.request(
        'POST',
        '/v1/setup_intents',
        { customer: customer!, payment_method: 'pm_card_visa_chargeDeclined', confirm: 'true' },
        'key',
      ),
    end: { setups: ['requires_payment_method failed'], cards: ['loose'] },
  },
  {
    name: 'the cancellation of a setup intent',
    before: async (sim) => ({
      setup: await id(
        sim.request(
          'POST',
          '/v1/setup_intents',
          { payment_method: 'pm_card_authenticationRequired', confirm: 'true' },
          'setup',
        ),
      ),
    }),
    request: (sim, { setup }) => sim.request('POST', `/v1/setup_intents/${setup}/cancel`, {}, 'key'),
    end: { setups: ['canceled closed'] },
  },
  {
    name: 'a payment that keeps its card',
    before: newCustomer,
    request: (sim, { customer }) =>
      sim.request(
        'POST',
        '/v1/payment_intents',
        {
          amount: '900',
          currency: 'usd',
          customer: customer!,
          payment_method: 'pm_card_visa',
          setup_future_usage: 'off_session',
          confirm: 'true',
        },
        'key',
      ),
    end: { cards: ['kept set up'] },
    unsent: { cards: ['loose'] },
  },
];

function endOf(sim: Simulation): End {
  const customers = ofKind<Customer>(sim, 'customer');
  const methods = ofKind<MethodRecord>(sim, METHOD.name);
  const setups = ofKind<SetupIntent>(sim, SETUP_INTENT.name);
  const events = sim.world.table
    .items('events')
    .flatMap((item) => (item.pk.includes('#e#') ? commitOfItem(item).types : []));
  return {
    customers: customers.map(({ status }) => status).sort(),
    cards: methods
      .map(({ customer, spent, setUp }) => `${customer ? 'kept' : (spent ?? 'loose')}${setUp ? ' set up' : ''}`)
      .sort(),
    setups: setups
      .map(({ status, attempts }) => [status, ...attempts.map((attempt) => attempt.status)].join(' '))
      .sort(),
    // Whether `processing` was announced depends on who looked when; what became of it does not.
    events: events.filter((type) => type !== 'payment_intent.processing').sort(),
  };
}

/** Every history from here on agrees with itself, and those in which the request is sent again end as if it had never broken. */
async function assertOneEnd(scenario: Scenario, broken: Simulation, ids: Ids, whole: End): Promise<void> {
  let reference: End | undefined;
  await everyHistory(
    broken,
    (sim) => scenario.request(sim, ids),
    async ({ sim, sentAgain }) => {
      expect(contradictions(sim)).toEqual([]);
      expect(sim.world.failures).toEqual([]);
      // A request that is not sent again may never have begun.
      if (!sentAgain) return;
      const left = endOf(sim);
      expect(left).toEqual(reference ?? left);
      reference = left;
      if (scenario.unsent && sim.channel.charges.size === 0) expect(left).toMatchObject(scenario.unsent);
      else expect(left).toEqual(whole);
    },
  );
}

it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  '%s: agrees with itself and ends in one state at whatever await it breaks',
  async (_name, scenario) => {
    const from = await simulate();
    const ids = await scenario.before(from);
    await from.world.runQueues();
    from.move(5_000);
    const whole = from.fork();
    await scenario.request(whole, ids);
    await comeToRest(whole);
    expect(contradictions(whole)).toEqual([]);
    expect(endOf(whole)).toMatchObject(scenario.end);
    await everyAwait({ from, operation: (sim) => scenario.request(sim, ids), atLeast: 6 }, (broken) =>
      assertOneEnd(scenario, broken, ids, endOf(whole)),
    );
  },
);
