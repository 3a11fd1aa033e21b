/** Holds whose money a channel takes although no payment waits for it, and what is booked of that. */
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

export const HOLD = {
  amount: '10000',
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: 'true',
  capture_method: 'manual',
};
export const RECEIVED = 'surplus_received debit assets:channel:sandbox 10000 credit liab:suspense_over:sandbox 10000';
export const RETURNED = 'surplus_returned credit assets:channel:sandbox 10000 debit liab:suspense_over:sandbox 10000';
export const MEMO = [
  'authorized debit memo:auth_hold 10000 credit memo:auth_commit 10000',
  'voided debit memo:auth_commit 10000 credit memo:auth_hold 10000',
];

export interface Held {
  readonly sim: Simulation;
  readonly id: string;
  readonly reference: ChannelReference;
}

export async function held(params: Record<string, string> = HOLD): Promise<Held> {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'pay');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  return { sim, id: String(body.id), reference };
}

export async function canceled(): Promise<Held> {
  const one = await held();
  await one.sim.request('POST', `/v1/payment_intents/${one.id}/cancel`, {}, 'cancel');
  await one.sim.deliverCallbacks();
  await one.sim.world.runQueues();
  return one;
}

export async function minutes(sim: Simulation, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    sim.move(61_000);
    await sim.janitor();
    await sim.deliverCallbacks();
    await sim.world.runQueues();
  }
}

export const refundsSent = (sim: Simulation): readonly string[] =>
  [...sim.channel.sent.keys()].filter((request) => request.startsWith('refund'));
