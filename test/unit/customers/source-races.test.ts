/** Two requests about the sources of one customer: the second runs as a whole at each await of the first. Neither is refused for the other. */
import { expect, it } from 'vitest';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

type Request = (sim: Simulation) => Promise<Answer>;

interface End {
  readonly sim: Simulation;
  readonly first: Answer;
  readonly second: Answer;
}

/** Both answers and the simulation after them, for each await of the first request. */
async function interrupted(from: Simulation, one: Request, two: Request): Promise<readonly End[]> {
  const ends: End[] = [];
  for (let n = 1, more = true; more; n++) {
    const sim = from.fork();
    let passed = 0;
    let second: Answer | undefined;
    sim.onPoint = async () => {
      passed += 1;
      if (passed !== n) return;
      sim.onPoint = undefined;
      second = await two(sim);
    };
    const first = await one(sim);
    more = second !== undefined;
    if (second) ends.push({ sim, first, second });
  }
  expect(ends.length).toBeGreaterThan(4);
  return ends;
}

const withCustomer = async (params: Record<string, string> = {}) => {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/customers', params, 'customer');
  return { sim, id: String(body.id), source: String(body.default_source) };
};

it('two first sources are both made, and one of them is the default', async () => {
  const { sim, id } = await withCustomer();
  const add =
    (source: string): Request =>
    (there) =>
      there.request('POST', `/v1/customers/${id}/sources`, { source }, source);

  for (const { sim: end, first, second } of await interrupted(sim, add('tok_visa'), add('tok_amex'))) {
    const customer = await end.request('GET', `/v1/customers/${id}`);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect([first.body.id, second.body.id]).toContain(customer.body.default_source);
  }
});

it('of two deletions one finds the source, and the other does not', async () => {
  const { sim, id, source } = await withCustomer({ source: 'tok_visa' });
  const remove: Request = (there) => there.request('DELETE', `/v1/customers/${id}/sources/${source}`);

  for (const { first, second } of await interrupted(sim, remove, remove))
    expect([first.status, second.status].toSorted((a, b) => a - b)).toEqual([200, 404]);
});

it('a deletion that another source meets takes the source away all the same', async () => {
  const { sim, id, source } = await withCustomer({ source: 'tok_visa' });
  const remove: Request = (there) => there.request('DELETE', `/v1/customers/${id}/sources/${source}`);
  const choose: Request = (there) => there.request('POST', `/v1/customers/${id}`, { name: 'x' }, 'name');

  for (const { first, second } of await interrupted(sim, remove, choose))
    expect([first.status, second.status]).toEqual([200, 200]);
});
