/** Payments by wallet in a simulation: the payment method, and what the payer does at the wallet. */

import type { WalletType } from '../../functions/channels/port/instrument.ts';
import type { SandboxChannel } from '../../functions/channels/sandbox/client.ts';
import type { ChannelReference, ObjectKey } from '../../functions/kernel/ids.ts';
import { methodId, type WalletRecord } from '../../functions/payment-methods/method.ts';
import { writeMethod } from '../../functions/payment-methods/store.ts';
import type { Attempt } from '../../functions/payments/attempt.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { returnAddressOf } from '../../functions/payments/return-address.ts';
import { TIMINGS } from '../../functions/sandbox/behavior.ts';
import { planOfCharge } from '../../functions/sandbox/charge.ts';
import { opened, type PayerResult, payerDecides } from '../../functions/sandbox/wallet.ts';
import { recordsOf } from '../audit/records.ts';
import type { Answer, Simulation } from '../world/simulation.ts';

/** A payment method of this wallet, which is attached to no customer. */
export async function walletMethod(sim: Simulation, type: WalletType, serial = 0): Promise<string> {
  const nowMs = sim.world.clock.nowMs();
  const record: WalletRecord = {
    scope: sim.scope,
    body: `0Wallet0${type.slice(0, 2)}${String(serial).padStart(12, '0')}`.replaceAll('_', '0') as ObjectKey,
    version: 1,
    livemode: false,
    createdMs: nowMs,
    committedMs: nowMs,
    metadata: {},
    type,
  };
  await sim.world.table.commit(writeMethod(undefined, record));
  return methodId(record.body);
}

/** Every way to pay that the channel can do, with what WeChat Pay needs. */
export const EVERY_TYPE = {
  'automatic_payment_methods[enabled]': 'true',
  'payment_method_options[wechat_pay][client]': 'web',
} as const;

/** Amounts that end in 00 to 99 have no meaning at the sandbox's wallets. */
export const BY_WALLET = {
  ...EVERY_TYPE,
  amount: '10000',
  currency: 'usd',
  confirm: 'true',
  return_url: 'https://shop.example/done',
} as const;

/** Creates a payment by wallet, whose payer has not done anything yet. */
export async function ordered(
  sim: Simulation,
  type: WalletType,
  params: Record<string, string> = {},
): Promise<{ readonly answer: Answer; readonly intent: string; readonly reference: ChannelReference }> {
  const method = await walletMethod(sim, type);
  const all = { ...BY_WALLET, payment_method: method, ...params };
  const answer = await sim.request('POST', '/v1/payment_intents', all, 'create');
  await sim.world.runQueues();
  const intent = String(answer.body.id);
  return { answer, intent, reference: paymentOf(sim, intent).attempts[0]!.reference };
}

export const paymentOf = (sim: Simulation, intent: string): Payment =>
  recordsOf(sim.world).payments.find(({ body }) => intent === `pi_${body}`)!;

export const statusesOf = (sim: Simulation, intent: string): string => {
  const { status, attempts } = paymentOf(sim, intent);
  return `${status} ${attempts.map((attempt: Attempt) => attempt.status).join()}`;
};

/** The payer opens the wallet's page: from now on every channel knows of the order. */
export const payerOpens = (sim: Simulation, reference: ChannelReference): void =>
  sim.channel.alterCharge(reference, (charge) => opened(charge, sim.world.clock.nowMs()));

/** The payer opens the wallet's page and decides. No callback is sent. */
export function payerAt(sim: Simulation, reference: ChannelReference, result: PayerResult): void {
  const nowMs = sim.world.clock.nowMs();
  sim.channel.alterCharge(reference, (charge) =>
    payerDecides(opened(charge, nowMs), result, nowMs, TIMINGS, planOfCharge(charge)),
  );
}

/** The payer's browser comes back to the return address. */
export async function payerReturns(
  sim: Simulation,
  reference: ChannelReference,
  query = '',
): Promise<{ readonly status: number; readonly location: URL | undefined }> {
  const settings = await sim.world.payments.settings(sim.scope);
  const path = returnAddressOf('/v1/return', settings, reference);
  const { status, headers } = await sim.world.payerReturned({ method: 'GET', path, query });
  return { status, location: headers.location === undefined ? undefined : new URL(headers.location) };
}

/** The channel calls back with the charge as it is now. */
export const callsBack = (sim: Simulation, reference: ChannelReference) =>
  sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.charges.get(reference)!.outcome });

/** One run of the janitor after each of so many minutes. */
export async function minutes(sim: Simulation, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    sim.move(60_000);
    await sim.janitor();
    await sim.world.runQueues();
  }
}

/** How often requests of this name were sent to the channel. */
export const sentTo = (sim: Simulation, name: string): number =>
  [...sim.channel.sent].reduce((sum, [request, times]) => (request.startsWith(`${name} `) ? sum + times : sum), 0);

/** Our client to the channel, of which a test replaces a function. */
export const clientOf = (sim: Simulation) =>
  sim.channel.client as { -readonly [Name in keyof SandboxChannel]: SandboxChannel[Name] };
