/** Making a token, and using one, break at every await: it is made once and used once, and a repeated request gets the same answer. */
import { expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { contradictions, ofKind } from '../../audit/cards.ts';
import { comeToRest, everyAwait, untilAnswered } from '../../scenarios/every-await.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

const card = {
  'card[number]': '4242424242424242',
  'card[exp_month]': '12',
  'card[exp_year]': '2034',
  'card[cvc]': '123',
};
const newToken = (sim: Simulation): Promise<Answer> => sim.request('POST', '/v1/tokens', card, 'token');
const described = (token: string) => ({
  'payment_method_data[type]': 'card',
  'payment_method_data[card][token]': token,
});
const money = { amount: '900', currency: 'usd' };

const USES: Readonly<Record<string, (sim: Simulation, token: string, key: string) => Promise<Answer>>> = {
  'a payment method': (sim, token, key) =>
    sim.request('POST', '/v1/payment_methods', { type: 'card', 'card[token]': token }, key),
  'a payment': (sim, token, key) =>
    sim.request('POST', '/v1/payment_intents', { ...money, ...described(token), confirm: 'true' }, key),
  'a payment intent that waits': (sim, token, key) =>
    sim.request('POST', '/v1/payment_intents', { ...money, ...described(token) }, key),
  'a setup intent': (sim, token, key) =>
    sim.request('POST', '/v1/setup_intents', { ...described(token), confirm: 'true' }, key),
  'a customer with a source': (sim, token, key) => sim.request('POST', '/v1/customers', { source: token }, key),
  'a charge': (sim, token, key) => sim.request('POST', '/v1/charges', { ...money, source: token }, key),
};

it('a token that breaks off is made once, and pays', async () => {
  await everyAwait({ from: await simulate(), operation: newToken, atLeast: 6 }, async (sim) => {
    const { status, body } = await untilAnswered(sim, () => newToken(sim));
    const again = await newToken(sim);
    const paid = await sim.request('POST', '/v1/charges', { ...money, source: String(body.id) }, 'pay');

    expect([status, again.body.id]).toEqual([200, body.id]);
    expect([ofKind(sim, 'token').length, sim.world.table.items('vault').length]).toEqual([1, 2]);
    expect(paid.body.status).toBe('succeeded');
    expect(sim.world.table.items('cvc')).toEqual([]);
  });
});

it.each(Object.keys(USES))('the token of %s that breaks off is used once', async (name) => {
  const from = await simulate();
  const token = String((await newToken(from)).body.id);
  const use = (sim: Simulation) => USES[name]!(sim, token, 'key');

  await everyAwait({ from, operation: use, atLeast: 6 }, async (sim) => {
    const { status, body } = await untilAnswered(sim, () => use(sim));
    await comeToRest(sim);
    const { status: later, body: replayed } = await use(sim);
    const other = await USES['a charge']!(sim, token, 'other');

    // A request that never reached the channel is declined, and the token is used up.
    expect([200, 402]).toContain(status);
    expect([later, replayed.id]).toEqual([status, body.id]);
    expect([other.status, (other.body.error as { code: string }).code]).toEqual([400, 'token_already_used']);
    expect(ofKind(sim, 'method')).toHaveLength(1);
    expect((await sim.request('GET', `/v1/tokens/${token}`)).body.used).toBe(true);
    expect(contradictions(sim)).toEqual([]);
    // The audit of the money knows nothing of setups, which move none.
    if (name !== 'a setup intent') expect(await audit(sim)).toEqual([]);
  });
});

it('a token waits ten minutes for its use, and is found ever after', async () => {
  const before = await simulate();
  const token = String((await newToken(before)).body.id);
  const at = async (ms: number) => {
    const sim = before.fork();
    sim.move(ms);
    return sim;
  };

  for (const use of Object.values(USES)) {
    expect((await use(await at(600_000), token, 'key')).status).toBe(200);
    const late = await use(await at(600_001), token, 'key');
    expect(late).toMatchObject({ status: 400, body: { error: { code: 'resource_missing' } } });
    expect((late.body.error as { message: string }).message).toBe(`No such token: '${token}'`);
  }
  expect((await (await at(86_400_000)).request('GET', `/v1/tokens/${token}`)).body).toMatchObject({ used: false });
});
