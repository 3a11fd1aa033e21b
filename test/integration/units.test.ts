/** Write units of a payment as the engine reports them (ReturnConsumedCapacity), with the code that is deployed and nothing else. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../functions/kernel/clock.ts';
import type { Item, Table } from '../../functions/table/table.ts';
import { acquirer } from '../simulators/acquirer.ts';
import { apiOf, eventOf } from '../world/api.ts';
import { deployed } from '../world/deployed.ts';
import { type Engine, engineTable } from '../world/engine-table.ts';
import type { StreamRecord } from '../world/memory-table.ts';
import { type World, type WorldTable, world } from '../world/world.ts';

/** The engine's table, with the changes of the payments kept as their stream would tell them. */
function withStream(table: Table): WorldTable {
  const records: StreamRecord[] = [];
  const last = new Map<string, Item>();
  return {
    get: table.get.bind(table),
    getMany: table.getMany.bind(table),
    query: table.query.bind(table),
    async commit(...writes) {
      await table.commit(...writes);
      for (const write of writes) {
        if (write.kind !== 'put' || write.table !== 'payments') continue;
        const key = { pk: write.item.pk, sk: write.item.sk };
        const old = last.get(`${key.pk} ${key.sk}`);
        records.push({ sequence: records.length + 1, key, ...(old && { old }), new: write.item });
        last.set(`${key.pk} ${key.sk}`, write.item);
      }
    },
    stream: (after = 0) => records.filter((record) => record.sequence > after),
  };
}

let engine: Engine;
let made: World<WorldTable>;
let send: (path: string, params: Record<string, string>, key: string) => Promise<Record<string, unknown>>;

beforeAll(async () => {
  engine = await engineTable(deployed().endpoint);
  const channel = acquirer(() => systemClock.nowMs());
  made = world({
    table: withStream(engine.table),
    clock: systemClock,
    random: systemRandom,
    channel: () => () => channel.client,
    controls: () => channel.controls,
    openSandbox: async ({ further }) => {
      const { account, apiKey, callbackSecret } = await channel.open(further);
      return { account, credentials: { apiKey, callbackSecrets: [callbackSecret] } };
    },
    bank: () => () => ({ pay: async () => ({ kind: 'pending' }), query: async () => ({ kind: 'not_found' }) }),
  });
  const merchant = await made.merchant();
  const api = apiOf(made);
  send = async (path, params, key) => {
    const headers = {
      authorization: `Bearer ${merchant.test.secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      'idempotency-key': key,
    };
    const result = await api(eventOf('POST', path, headers, Buffer.from(new URLSearchParams(params).toString())));
    return JSON.parse(result.body!) as Record<string, unknown>;
  };
});
afterAll(() => engine.drop());

it('create and confirm with a saved method costs 6 write units, reply, events and journal entry included', async () => {
  const customer = await send('/v1/customers', { payment_method: 'pm_card_visa' }, 'saved');
  await made.runQueues();
  const spent = () => {
    const { writeUnits, writeUnitsOf } = engine.table.consumed;
    // Counters of risk and search notes are counted apart: test/unit/payments/units.test.ts.
    return writeUnits - (writeUnitsOf.search ?? 0) - (writeUnitsOf.risk ?? 0);
  };
  const before = spent();

  const params = {
    amount: '10000',
    currency: 'usd',
    confirm: 'true',
    customer: String(customer.id),
    payment_method: String(customer.id).replace('cus_', 'pm_'),
    'metadata[order]': 'A-1001',
    'metadata[note]': 'x'.repeat(170),
  };
  const intent = await send('/v1/payment_intents', params, 'stripe-node-retry-4c3f1c8e-1b7a-4a57-9a52-5ad5e2f0b6f7');
  await made.runQueues();

  expect(intent.status).toBe('succeeded');
  expect(spent() - before).toBe(6);
});
