/** Write units per payment, as DynamoDB counts them (the in-memory table's count is compared with a real engine's in test/integration). */
import { expect, it } from 'vitest';
import { simulate } from '../../support/simulation.ts';

/** 200 bytes of metadata, as the budget names it. */
const METADATA = { 'metadata[order]': 'A-1001', 'metadata[note]': 'x'.repeat(170) };
const pay = { amount: '10000', currency: 'usd', confirm: 'true', ...METADATA };

/** A saved method, so that only the payment itself is counted. */
async function savedMethod(sim: Awaited<ReturnType<typeof simulate>>): Promise<string> {
  const { body } = await sim.request(
    'POST',
    '/v1/payment_intents',
    { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa' },
    'setup',
  );
  await sim.world.runQueues();
  return String(body.payment_method);
}

it('create and confirm with a saved method: at most 8 write units, with reply, events and journal entry', async () => {
  const sim = await simulate();
  const method = await savedMethod(sim);
  const { consumed } = sim.world.table;
  const before = consumed.writeUnits;

  const { body } = await sim.request(
    'POST',
    '/v1/payment_intents',
    { ...pay, payment_method: method },
    'stripe-node-retry-4c3f1c8e-1b7a-4a57-9a52-5ad5e2f0b6f7',
  );
  await sim.world.runQueues();

  expect(body.status).toBe('succeeded');
  const { channels: _c, risk = 0, search = 0, ...counted } = consumed.writeUnitsOf;
  expect(Object.keys(counted)).toContain('ledger');
  expect(consumed.writeUnits - before - risk - search).toBeLessThanOrEqual(8);
  // Counted apart (data design §1): one for each of the two metadata pairs, the card's last four digits and its fingerprint.
  expect(search).toBe(4);
});

it('the same with callback, risk counters and one webhook: at most 16', async () => {
  const sim = await simulate();
  const method = await savedMethod(sim);
  await sim.request(
    'POST',
    '/v1/webhook_endpoints',
    { url: 'http://127.0.0.1:9/hook', 'enabled_events[]': '*' },
    'hook',
  );
  const { consumed } = sim.world.table;
  const before = consumed.writeUnits;

  await sim.request(
    'POST',
    '/v1/payment_intents',
    { ...pay, payment_method: method, receipt_email: 'payer@example.com' },
    'stripe-node-retry-4c3f1c8e-1b7a-4a57-9a52-5ad5e2f0b6f7',
  );
  await sim.world.runQueues();
  await sim.deliverCallbacks();
  await sim.world.runQueues();

  expect(consumed.writeUnits - before - (consumed.writeUnitsOf.search ?? 0)).toBeLessThanOrEqual(16);
});
