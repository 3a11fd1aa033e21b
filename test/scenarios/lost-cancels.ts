/** Payments that wait for their payer, and whose cancel has no answer from the channel. */
import { expect } from 'vitest';
import type { WalletType } from '../../functions/channels/port/instrument.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { audit } from '../audit/audit.ts';
import { type Simulation, simulate } from '../world/simulation.ts';
import { clientOf, minutes, ordered, paymentOf, statusesOf } from './wallet-payments.ts';

export interface Canceling {
  readonly sim: Simulation;
  readonly intent: string;
  readonly reference: ChannelReference;
  /** The channel answers again. */
  readonly reachable: () => void;
}

/** A payment whose cancel has no answer. `arrives`: the channel has carried it out. */
export async function canceling(sim: Simulation, intent: string, arrives: boolean): Promise<Canceling> {
  const client = clientOf(sim);
  const { close, void: release } = client;
  client.close = async (order) => {
    if (arrives) await close(order);
    return { kind: 'unknown', reason: 'lost' };
  };
  client.void = async (request) => {
    if (arrives) await release(request);
    return { kind: 'unknown', reason: 'lost' };
  };
  const { body } = await sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');
  expect([body.status, paymentOf(sim, intent).pending?.kind]).toEqual(['requires_action', 'void']);
  await sim.world.runQueues();
  sim.channel.callbacks.splice(0);
  const { reference } = paymentOf(sim, intent).attempts[0]!;
  return { sim, intent, reference, reachable: () => Object.assign(client, { close, void: release }) };
}

/** An order of a wallet, and a payment by card whose bank asks its payer. */
export async function waiting(type: string, params: Record<string, string> = {}) {
  const sim = await simulate();
  if (type !== 'card') return { sim, intent: (await ordered(sim, type as WalletType, params)).intent };
  const card = {
    amount: '10000',
    currency: 'usd',
    confirm: 'true',
    return_url: 'https://shop.example/done',
    ...params,
  };
  const payment_method = 'pm_card_authenticationRequired';
  const { body } = await sim.request('POST', '/v1/payment_intents', { ...card, payment_method }, 'create');
  await sim.world.runQueues();
  return { sim, intent: String(body.id) };
}

export const eventTypes = async (sim: Simulation): Promise<readonly string[]> => {
  await sim.world.runQueues();
  const { body } = await sim.request('GET', '/v1/events?limit=100');
  return (body.data as { type: string }[]).map(({ type }) => type).reverse();
};

export const CREATED = ['payment_intent.created', 'payment_intent.requires_action'];
export const CANCELED = [...CREATED, 'payment_intent.canceled'];

/** The payment ends so: with these events, and with books that the channel confirms. */
export async function ends({ sim, intent }: Canceling, end: string, events: readonly string[]): Promise<void> {
  await minutes(sim, 4);
  expect(statusesOf(sim, intent)).toBe(end);
  expect(await eventTypes(sim)).toEqual(events);
  expect(await audit(sim)).toEqual([]);
  expect(sim.world.failures).toEqual([]);
  expect(paymentOf(sim, intent).pending).toBeUndefined();
}
