/** A list shows what was just written, also while the stream is behind and while a commit waits in a retry queue (I17). */
import { beforeEach, expect, it } from 'vitest';
import { type Simulation, simulate } from '../world/simulation.ts';

const PAY = { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
/** As many as are looked at in any case. */
const NEWEST = 100;

let sim: Simulation;
let customer: string;

const post = async (path: string, params: Record<string, string>) => (await sim.request('POST', path, params)).body;
const listed = async (path: string): Promise<readonly string[]> => {
  const { status, body } = await sim.request('GET', path);
  expect([status, body.error]).toEqual([200, undefined]);
  return (body.data as { id: string }[]).map(({ id }) => id);
};
const lists = (charge: string, intent: string) => [
  ['/v1/charges', charge],
  [`/v1/charges?customer=${customer}`, charge],
  [`/v1/payment_intents?customer=${customer}`, intent],
];

beforeEach(async () => {
  sim = await simulate();
  customer = String((await post('/v1/customers', { email: 'payer@example.com' })).id);
});

it('before the stream has reached it, and once when it has', async () => {
  const paid = await post('/v1/payment_intents', { ...PAY, customer });

  for (const [path, id] of lists(String(paid.latest_charge), String(paid.id))) {
    expect(await listed(path!)).toEqual([id]);
    expect(await listed(`${path}${path!.includes('?') ? '&' : '?'}created[gte]=1`)).toEqual([id]);
  }
  await sim.world.runQueues();
  for (const [path, id] of lists(String(paid.latest_charge), String(paid.id)))
    expect(await listed(path!)).toEqual([id]);
});

it('a payment that is charged long after it was made', async () => {
  const { id } = await post('/v1/payment_intents', { amount: '1000', currency: 'usd', customer });
  await sim.world.runQueues();
  sim.move(3_600_000);
  const paid = await post(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' });

  expect(await listed('/v1/charges')).toEqual([paid.latest_charge]);
});

it('a commit that waits in the retry queue, behind more payments than a list looks at', async () => {
  const { scope } = sim;
  const table = sim.world.table;
  const commit = table.commit.bind(table);
  const waits = async (): Promise<{ intent: string; charge: string }> => {
    const paid = await post('/v1/payment_intents', { ...PAY, customer });
    // Neither its events nor its notes can be written.
    table.commit = async (...writes) => {
      const [first] = writes;
      const key = first.kind === 'put' ? first.item.pk : first.key.pk;
      if (first.table === 'search' || key.startsWith(`${scope}#e#`)) throw new Error('throttled');
      return commit(...writes);
    };
    await sim.world.runQueues().catch(() => {});
    table.commit = commit;
    return { intent: String(paid.id), charge: String(paid.latest_charge) };
  };
  const { intent, charge } = await waits();
  for (let n = 0; n <= NEWEST; n++) {
    sim.move(1_000);
    await post('/v1/payment_intents', { ...PAY, customer });
  }
  const all = async (path: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let page = await listed(`${path}limit=50`); page.length > 0; ) {
      found.push(...page);
      page = await listed(`${path}limit=50&starting_after=${page.at(-1)}`);
    }
    return found;
  };

  for (const again of [1, 2]) {
    expect((await all('/v1/charges?')).at(-1), String(again)).toBe(charge);
    expect((await all(`/v1/charges?customer=${customer}&`)).at(-1)).toBe(charge);
    expect((await all(`/v1/payment_intents?customer=${customer}&`)).at(-1)).toBe(intent);
    await sim.world.runQueues();
  }
  expect(table.items('events').filter(({ pk }) => pk.startsWith(`${scope}#q#`))).toEqual([]);
});
