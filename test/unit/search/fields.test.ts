/** Which fields a search serves, what it answers for the others, and what a change of the setting means for older objects. */
import { beforeEach, describe, expect, it } from 'vitest';
import { CACHE_MS } from '../../../functions/kernel/remembered.ts';
import { changeSettings } from '../../../functions/operator/settings.ts';
import { PAY } from '../../scenarios/request-counts.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const LAST4 = 'payment_method_details.card.last4';

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
});

const pay = async (key: string): Promise<string> => {
  const { body } = await sim.request('POST', '/v1/payment_intents', { ...PAY, payment_method: 'pm_card_visa' }, key);
  await sim.world.runQueues();
  sim.move(1_000);
  return String(body.id);
};
const search = async (resource: string, query: string) => {
  const { status, body } = await sim.request('GET', `/v1/${resource}/search?query=${encodeURIComponent(query)}`);
  const data = (body.data ?? []) as readonly { readonly id: string; readonly payment_intent?: string }[];
  return { status, body, ids: data.map(({ id, payment_intent }) => payment_intent ?? id) };
};
const set = async (searchFields: readonly string[]): Promise<void> => {
  const { table, clock, payments } = sim.world;
  await changeSettings({ table, clock, random: payments.random }, sim.scope, { searchFields });
};
const notes = (): number => sim.world.table.items('search').length;

it('a new merchant is found by metadata; a payment has no note of its card', async () => {
  const id = await pay('one');

  expect((await search('payment_intents', 'metadata["order"]:"A-1001"')).ids).toEqual([id]);
  expect(notes()).toBe(2);
});

it('a field that is not noted is refused with the command that enables it, not answered with an empty page', async () => {
  await pay('one');

  const { status, body } = await search('charges', `${LAST4}:"4242" AND status:"succeeded"`);

  expect(status).toBe(400);
  expect(body.error).toMatchObject({
    type: 'invalid_request_error',
    param: 'query',
    message: expect.stringMatching(
      /^This account has no search by `payment_method_details\.card\.last4`\. .*: npm run -s merchant -- set --merchant acct_\w+ --search-fields metadata,email,name,phone,payment_method_details\.card\.last4$/,
    ),
  });
});

it('such a field narrows what another field finds', async () => {
  const id = await pay('one');

  expect((await search('charges', `metadata["order"]:"A-1001" AND ${LAST4}:"4242"`)).ids).toEqual([id]);
  expect((await search('charges', `metadata["order"]:"A-1001" AND ${LAST4}:"1881"`)).ids).toEqual([]);
});

describe('after a field was enabled', () => {
  it('objects from before are found by walking, later ones by their notes, each once and newest first', async () => {
    const older = await pay('older');
    await set(['metadata', LAST4]);
    const between = await pay('between');
    sim.move(2 * CACHE_MS);
    const newer = await pay('newer');

    expect((await search('charges', `${LAST4}:"4242"`)).ids).toEqual([newer, between, older]);
    expect(notes()).toBe(2 + 2 + 3);
  });

  it('a page that ends among the older ones goes on there', async () => {
    const made = [await pay('a'), await pay('b')];
    await set(['metadata', LAST4]);
    sim.move(2 * CACHE_MS);
    made.push(await pay('c'));

    const path = `/v1/charges/search?limit=1&query=${encodeURIComponent(`${LAST4}:"4242"`)}`;
    const ids: unknown[] = [];
    for (let page: unknown = ''; page !== null && ids.length < 9; ) {
      const { body } = await sim.request('GET', page === '' ? path : `${path}&page=${String(page)}`);
      ids.push(...(body.data as { payment_intent: string }[]).map(({ payment_intent }) => payment_intent));
      page = body.next_page;
    }

    expect(ids).toEqual(made.toReversed());
  });

  it('a field that was noted before stays complete', async () => {
    const older = await pay('older');
    await set(['metadata.order']);
    sim.move(2 * CACHE_MS);
    const newer = await pay('newer');

    expect((await search('payment_intents', 'metadata["order"]:"A-1001"')).ids).toEqual([newer, older]);
    expect(notes()).toBe(2 + 1);
    expect((await search('payment_intents', 'metadata["note"]:"x"')).status).toBe(400);
  });
});

it('settings of version 0.1 have no such member: every field stays noted and served', async () => {
  await sim.agree({ searchFields: undefined } as never);
  const id = await pay('one');

  expect((await search('charges', `${LAST4}:"4242"`)).ids).toEqual([id]);
  expect(notes()).toBe(4);
});
