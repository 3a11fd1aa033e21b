/** Two requests about one customer's cards: the second runs as a whole at every await of the first. The records then agree with each other. */
import { expect, it } from 'vitest';
import { contradictions } from '../../audit/cards.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

type Ids = Readonly<
  Record<'customer' | 'other' | 'collector' | 'card' | 'source' | 'only' | 'loose' | 'setup', string>
>;
type Request = (sim: Simulation, ids: Ids) => Promise<Answer>;

const id = async (answer: Promise<Answer>): Promise<string> => String((await answer).body.id);
/**
 * Three customers; one has a card and is about to set it up, and another one as its default source; one has nothing but a source. One more card
 * has no customer.
 */
async function prepared(sim: Simulation): Promise<Ids> {
  const post = (path: string, params: Record<string, string>) => id(sim.request('POST', path, params, `for ${path}`));
  const customer = await post('/v1/customers', { email: 'a@example.com' });
  const collector = await id(sim.request('POST', '/v1/customers', { email: 'd@example.com' }, 'collector'));
  const card = await post('/v1/payment_methods/pm_card_visa/attach', { customer });
  const ids = {
    customer,
    card,
    source: await post(`/v1/customers/${customer}/sources`, { source: 'tok_amex' }),
    collector,
    only: await post(`/v1/customers/${collector}/sources`, { source: 'tok_visa' }),
    other: await id(sim.request('POST', '/v1/customers', { email: 'b@example.com' }, 'other')),
    loose: await post('/v1/payment_methods', { type: 'card', 'card[token]': 'tok_mastercard' }),
    setup: await post('/v1/setup_intents', { customer, payment_method: card }),
  };
  await sim.world.runQueues();
  sim.move(5_000);
  return ids;
}

const REQUESTS = {
  'delete the customer': (sim, { customer }) => sim.request('DELETE', `/v1/customers/${customer}`),
  'attach another card': (sim, { customer, loose }) =>
    sim.request('POST', `/v1/payment_methods/${loose}/attach`, { customer }, 'attach'),
  'attach that card to the other customer': (sim, { other, loose }) =>
    sim.request('POST', `/v1/payment_methods/${loose}/attach`, { customer: other }, 'attach elsewhere'),
  'detach the card': (sim, { card }) => sim.request('POST', `/v1/payment_methods/${card}/detach`, {}, 'detach'),
  'make the card the default': (sim, { customer, card }) =>
    sim.request(
      'POST',
      `/v1/customers/${customer}`,
      { 'invoice_settings[default_payment_method]': card, email: 'c@example.com' },
      'default',
    ),
  'update the card': (sim, { card }) =>
    sim.request('POST', `/v1/payment_methods/${card}`, { 'metadata[a]': '1' }, 'update'),
  'set the card up': (sim, { setup }) => sim.request('POST', `/v1/setup_intents/${setup}/confirm`, {}, 'confirm'),
  'cancel the setup': (sim, { setup }) => sim.request('POST', `/v1/setup_intents/${setup}/cancel`, {}, 'cancel'),
  'add a source': (sim, { customer, loose }) =>
    sim.request('POST', `/v1/customers/${customer}/sources`, { source: loose }, 'source'),
  'add a first source of the other customer': (sim, { other, loose }) =>
    sim.request('POST', `/v1/customers/${other}/sources`, { source: loose }, 'first'),
  'add another first source of the other customer': (sim, { other }) =>
    sim.request('POST', `/v1/customers/${other}/sources`, { source: 'tok_visa' }, 'other first'),
  'delete the only source': (sim, { collector, only }) =>
    sim.request('DELETE', `/v1/customers/${collector}/sources/${only}`),
  'detach the only source': (sim, { only }) =>
    sim.request('POST', `/v1/payment_methods/${only.replace('card_', 'pm_')}/detach`, {}, 'detach only'),
  'add a source beside the only one': (sim, { collector }) =>
    sim.request('POST', `/v1/customers/${collector}/sources`, { source: 'tok_mastercard' }, 'beside'),
  'add that card beside the only source': (sim, { collector, loose }) =>
    sim.request('POST', `/v1/customers/${collector}/sources`, { source: loose }, 'loose beside'),
  'update the source': (sim, { customer, source }) =>
    sim.request('POST', `/v1/customers/${customer}/sources/${source}`, { name: 'x' }, 'update source'),
  'delete the source': (sim, { customer, source }) =>
    sim.request('DELETE', `/v1/customers/${customer}/sources/${source}`),
  'make the card the default source': (sim, { customer, card }) =>
    sim.request('POST', `/v1/customers/${customer}`, { default_source: card }, 'default source'),
  'replace the source': (sim, { customer, loose }) =>
    sim.request('POST', `/v1/customers/${customer}`, { source: loose }, 'replace'),
  'charge the source': (sim, { customer }) =>
    sim.request('POST', '/v1/charges', { amount: '900', currency: 'usd', customer }, 'charge'),
  'pay and keep another card': (sim, { customer, loose }) =>
    sim.request(
      'POST',
      '/v1/payment_intents',
      {
        amount: '900',
        currency: 'usd',
        customer,
        payment_method: loose,
        setup_future_usage: 'off_session',
        confirm: 'true',
      },
      'pay',
    ),
  'pay with another card without a customer': (sim, { loose }) =>
    sim.request(
      'POST',
      '/v1/payment_intents',
      { amount: '900', currency: 'usd', payment_method: loose, confirm: 'true' },
      'pay once',
    ),
} as const satisfies Record<string, Request>;

/** As the SDK does: a busy request is sent again. */
async function insist(sim: Simulation, request: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const answer = await request();
    if (![409, 429].includes(answer.status)) return answer;
    sim.move(41_000);
  }
  throw new Error('the request never gets an answer');
}

/** What each is about; requests about nothing in common do not meet. */
const ABOUT: Readonly<Record<keyof typeof REQUESTS, readonly (keyof Ids)[]>> = {
  'delete the customer': ['customer', 'card', 'source'],
  'attach another card': ['customer', 'loose'],
  'attach that card to the other customer': ['loose', 'other'],
  'detach the card': ['card'],
  'make the card the default': ['customer', 'card'],
  'update the card': ['card'],
  'set the card up': ['card', 'setup'],
  'cancel the setup': ['setup'],
  'add a source': ['customer', 'loose'],
  'add a first source of the other customer': ['other', 'loose'],
  'add another first source of the other customer': ['other'],
  'delete the only source': ['collector', 'only'],
  'detach the only source': ['collector', 'only'],
  'add a source beside the only one': ['collector'],
  'add that card beside the only source': ['collector', 'loose'],
  'update the source': ['source'],
  'delete the source': ['customer', 'card', 'source'],
  'make the card the default source': ['customer', 'card', 'source'],
  'replace the source': ['customer', 'loose', 'source'],
  'charge the source': ['source'],
  'pay and keep another card': ['customer', 'loose'],
  'pay with another card without a customer': ['loose'],
};
const names = Object.keys(REQUESTS) as (keyof typeof REQUESTS)[];
const meet = (one: keyof typeof REQUESTS, two: keyof typeof REQUESTS): boolean =>
  one !== two && ABOUT[one].some((object) => ABOUT[two].includes(object));

it.each(names.flatMap((one) => names.filter((two) => meet(one, two)).map((two) => [one, two] as const)))(
  '%s while others %s',
  async (one, two) => {
    const before = await simulate();
    const ids = await prepared(before);
    let points = Infinity;
    for (let n = 1; n <= points; n++) {
      const sim = before.fork();
      let [passed, answered] = [0, 0];
      let interrupted = false;
      sim.onPoint = async () => {
        passed += 1;
        if (passed !== n || interrupted) return;
        interrupted = true;
        answered = (await insist(sim, () => REQUESTS[two](sim, ids))).status;
      };
      const first = await insist(sim, () => REQUESTS[one](sim, ids));
      if (!interrupted) points = passed;
      await sim.deliverCallbacks();
      await sim.world.runQueues();
      sim.move(61_000);
      await sim.janitor();

      expect(contradictions(sim), `at await ${n}`).toEqual([]);
      expect([first.status, answered], `at await ${n}`).not.toContain(500);
    }
    expect(points).toBeGreaterThan(4);
  },
);
