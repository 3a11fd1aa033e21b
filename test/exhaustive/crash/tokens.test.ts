/** Making a token, and using one, break at every await: it is made once and used once, and whoever sends the request again is told of it. */
import { expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { contradictions, ofKind } from '../../audit/cards.ts';
import { type Answer, type Fault, type Simulation, simulate } from '../../world/simulation.ts';

const LEASE_OVER_MS = 41_000;
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
  'a charge': (sim, token, key) => sim.request('POST', '/v1/charges', { ...money, source: token }, key),
};

/** The answer that stays, of a request that asked to be sent again so often. */
async function sendAgain(sim: Simulation, request: () => Promise<Answer>): Promise<Answer> {
  for (let time = 0; time < 4; time++) {
    const answer = await request();
    if (![409, 429, 500].includes(answer.status)) return answer;
    sim.move(LEASE_OVER_MS);
  }
  throw new Error('the request never gets an answer');
}

async function rest(sim: Simulation): Promise<void> {
  for (let minute = 0; minute < 3; minute++) {
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    sim.move(61_000);
    await sim.janitor();
  }
}

async function everywhere(
  before: Simulation,
  operation: (sim: Simulation) => Promise<Answer>,
  then: (sim: Simulation, where: string) => Promise<void>,
): Promise<void> {
  for (const how of ['dies', 'unheard'] as const satisfies readonly Fault['how'][]) {
    let n = 1;
    for (; ; n++) {
      const sim = before.fork();
      if ((await sim.broken({ n, how }, () => operation(sim))) < n) break;
      await then(sim, `${how} at ${n}`);
    }
    expect(n).toBeGreaterThan(6);
  }
}

it('a token that breaks off is made once, and pays', async () => {
  await everywhere(await simulate(), newToken, async (sim, where) => {
    const { status, body } = await sendAgain(sim, () => newToken(sim));
    const again = await newToken(sim);
    const paid = await sim.request('POST', '/v1/charges', { ...money, source: String(body.id) }, 'pay');

    expect([where, status, again.body.id]).toEqual([where, 200, body.id]);
    expect([where, ofKind(sim, 'token').length, sim.world.table.items('vault').length]).toEqual([where, 1, 2]);
    expect([where, paid.body.status]).toEqual([where, 'succeeded']);
    expect([where, sim.world.table.items('cvc').length]).toEqual([where, 0]);
  });
});

it.each(Object.keys(USES))('the token of %s that breaks off is used once', async (name) => {
  const before = await simulate();
  const token = String((await newToken(before)).body.id);
  const use = USES[name]!;

  await everywhere(
    before,
    (sim) => use(sim, token, 'key'),
    async (sim, where) => {
      const { status, body } = await sendAgain(sim, () => use(sim, token, 'key'));
      await rest(sim);
      const { status: later, body: told } = await use(sim, token, 'key');
      const other = await USES['a charge']!(sim, token, 'other');

      // Where it never got as far as the channel it is declined; the token is used up by that too.
      expect([where, [200, 402].includes(status)]).toEqual([where, true]);
      expect([where, later, told.id]).toEqual([where, status, body.id]);
      expect([where, other.status, (other.body.error as { code: string }).code]).toEqual([
        where,
        400,
        'token_already_used',
      ]);
      expect([where, ofKind(sim, 'method').length]).toEqual([where, 1]);
      expect([where, (await sim.request('GET', `/v1/tokens/${token}`)).body.used]).toEqual([where, true]);
      expect([where, contradictions(sim)]).toEqual([where, []]);
      // The audit of the money knows nothing of setups, which move none.
      if (name !== 'a setup intent') expect([where, await audit(sim)]).toEqual([where, []]);
    },
  );
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
