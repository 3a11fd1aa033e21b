/** Counts that the budgets of the design name, taken from the in-process product: write units, read units, calls to AWS. */

import { newObjectKey } from '../../functions/kernel/ids.ts';
import { PAYMENT, paymentOf } from '../../functions/payments/store.ts';
import { putRecord } from '../../functions/table/record.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

/** 200 bytes of metadata, as the budget names them. */
const METADATA = { 'metadata[order]': 'A-1001', 'metadata[note]': 'x'.repeat(170) };
const DAY_MS = 24 * 3_600_000;
const KEY = 'stripe-node-retry-4c3f1c8e-1b7a-4a57-9a52-5ad5e2f0b6f7';
export const PAY = { amount: '10000', currency: 'usd', confirm: 'true', ...METADATA };

/** What a payment of a returning payer names: the customer, and its card. */
export interface Saved {
  readonly customer: string;
  readonly payment_method: string;
}

/** A card in the vault that a customer typed in earlier, its security code long gone: its velocity is read, unlike that of a test id. */
export async function savedMethod(sim: Simulation): Promise<Saved> {
  const card = { type: 'card', 'card[number]': '4242424242424242', 'card[exp_month]': '12', 'card[exp_year]': '2034' };
  const { body: method } = await sim.request('POST', '/v1/payment_methods', card, 'saved');
  const { body: customer } = await sim.request('POST', '/v1/customers', { payment_method: String(method.id) }, 'whom');
  await sim.world.runQueues();
  sim.move(2 * DAY_MS);
  return { customer: String(customer.id), payment_method: String(method.id) };
}

/** A payment and its callback, after which keys, settings and data keys are cached. */
async function warmUp(sim: Simulation, saved: Saved): Promise<void> {
  await sim.request('POST', '/v1/payment_intents', { ...PAY, ...saved }, 'warm');
  await sim.world.runQueues();
  await sim.deliverCallbacks();
  await sim.world.runQueues();
}

export interface Units {
  /** Create and confirm with a saved method: intent, charge, reply, events, journal entry. */
  readonly payment: number;
  readonly reads: number;
}

/** A payment whose stream is read in one batch; search notes and risk's counters are counted in cost-counts.ts. */
export async function unitsOfPayment(): Promise<Units> {
  const sim = await simulate();
  const method = await savedMethod(sim);
  await warmUp(sim, method);
  const { consumed } = sim.world.table;
  const before = { ...consumed, of: { ...consumed.writeUnitsOf } };
  const spent = (table: 'risk' | 'search') => (consumed.writeUnitsOf[table] ?? 0) - (before.of[table] ?? 0);
  const { body } = await sim.request('POST', '/v1/payment_intents', { ...PAY, ...method }, KEY);
  if (body.status !== 'succeeded') throw new Error(`not paid: ${JSON.stringify(body)}`);
  await sim.world.runQueues();
  return {
    payment: consumed.writeUnits - before.writeUnits - spent('search') - spent('risk'),
    reads: consumed.readUnits - before.readUnits,
  };
}

export interface Calls {
  readonly calls: number;
  /** The longest chain of calls of which each began after the one before had ended. */
  readonly inSeries: number;
}

/** Calls to AWS on the confirm path with keys and settings cached, beside the channel; the vault's own count as the channel's. */
export async function callsOfConfirm(): Promise<Calls> {
  const sim = await simulate();
  const method = await savedMethod(sim);
  const params = { ...PAY, ...method };
  await warmUp(sim, method);
  const { table, payments } = sim.world;
  const { vault } = payments;
  const forward = vault.forward.bind(vault);
  let forwarding = false;
  vault.forward = (request) => {
    forwarding = true;
    return forward(request).finally(() => {
      forwarding = false;
    });
  };
  const depths = new Map<number, number>();
  let ended = 0;
  table.onCall = ({ n, when }) => {
    if (when === 'before' && !forwarding) depths.set(n, ended + 1);
    if (when === 'after') ended = Math.max(ended, depths.get(n) ?? 0);
  };
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'measured');
  table.onCall = undefined;
  if (body.status !== 'succeeded') throw new Error(`not paid: ${JSON.stringify(body)}`);
  return { calls: depths.size, inSeries: ended };
}

/** Read and write units of one retrieve, one list page and one payment, with so many payments stored. */
export async function unitsWith(stored: number): Promise<Readonly<Record<'retrieve' | 'list' | 'payment', number>>> {
  const sim = await simulate();
  const params = { ...PAY, payment_method: 'pm_card_visa' };
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'one');
  await sim.world.runQueues();
  const { table, clock } = sim.world;
  const payment = paymentOf(table.items('payments').find((item) => item.kind === 'payment')!);
  let seed = 0;
  const random = (count: number): string => {
    seed += 7;
    return String(seed).padStart(count, '0').slice(-count);
  };
  for (let made = 0; made < stored; made++) {
    await table.commit(
      putRecord(PAYMENT, { ...payment, version: 1, body: newObjectKey(clock.nowMs() - 1 - made, random) }),
    );
  }
  const costOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = table.consumed.readUnits + table.consumed.writeUnits;
    await work();
    return table.consumed.readUnits + table.consumed.writeUnits - before;
  };
  return {
    retrieve: await costOf(() => sim.request('GET', `/v1/payment_intents/${String(body.id)}`)),
    list: await costOf(() => sim.request('GET', '/v1/payment_intents?limit=10')),
    payment: await costOf(() => sim.request('POST', '/v1/payment_intents', params, 'two')),
  };
}
