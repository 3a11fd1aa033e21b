/** A day in which everything happens that posts an entry. */

import { expect } from 'vitest';
import type { StatementLine } from '../../functions/channels/port/statement.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { makeCheckpoint } from '../../functions/ledger/make-checkpoint.ts';
import { recordsOf } from '../audit/records.ts';
import { PAID } from '../simulators/bank.ts';
import { type Simulation, simulate } from '../world/simulation.ts';
import { makeAvailable } from './available-funds.ts';
import { bookParsed } from './statement-files.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

/** A payment of 100.00 a second later; its id. */
export async function taken(sim: Simulation, key: string, more: Record<string, string> = {}): Promise<string> {
  sim.move(1_000);
  return String((await sim.request('POST', '/v1/payment_intents', { ...pay, ...more }, key)).body.id);
}
/** The id of what the request made. */
export async function post(sim: Simulation, path: string, params: Record<string, string> = {}): Promise<string> {
  sim.move(1_000);
  const { body } = await sim.request('POST', path, params, `${path} ${JSON.stringify(params)}`);
  return String(body.id);
}

const flexible = {
  capture_method: 'manual',
  'payment_method_options[card][request_incremental_authorization]': 'if_available',
  'payment_method_options[card][request_multicapture]': 'if_available',
};

/** Every kind of entry that an object makes, each followed by a commit that makes none. */
export async function busyDay(sim: Simulation): Promise<void> {
  const described = await taken(sim, 'described', { description: 'First' });
  await post(sim, `/v1/payment_intents/${described}`, { description: 'Second' });
  const bare = await taken(sim, 'bare');
  await post(sim, `/v1/payment_intents/${bare}`, { description: 'Late' });
  await post(sim, `/v1/payment_intents/${bare}`, { description: 'Later' });
  const held = await taken(sim, 'held', { capture_method: 'manual' });
  await post(sim, `/v1/payment_intents/${held}/capture`, { amount_to_capture: '4000' });
  await post(sim, `/v1/payment_intents/${held}`, { 'metadata[a]': 'b' });
  const given = await taken(sim, 'given', { capture_method: 'manual' });
  await post(sim, `/v1/payment_intents/${given}/cancel`);
  await post(sim, `/v1/payment_intents/${given}`, { 'metadata[a]': 'b' });
  await taken(sim, 'declined', { payment_method: 'pm_card_visa_chargeDeclined' });
  await taken(sim, 'open', { capture_method: 'manual' });
  const raised = await taken(sim, 'raised', { ...flexible, description: 'First' });
  await post(sim, `/v1/payment_intents/${raised}/increment_authorization`, { amount: '15000' });
  await post(sim, `/v1/payment_intents/${raised}/increment_authorization`, { amount: '40000' });
  await post(sim, `/v1/payment_intents/${raised}/capture`, { amount_to_capture: '4000', final_capture: 'false' });
  await post(sim, `/v1/payment_intents/${raised}`, { description: 'Second' });
  await post(sim, `/v1/payment_intents/${raised}/capture`, { amount_to_capture: '3000', final_capture: 'false' });
  await post(sim, `/v1/payment_intents/${raised}`, { description: 'Third' });
  await post(sim, `/v1/payment_intents/${raised}/cancel`);
  await post(sim, `/v1/payment_intents/${raised}`, { 'metadata[a]': 'b' });

  const refund = await post(sim, '/v1/refunds', { payment_intent: described, amount: '300' });
  await post(sim, `/v1/refunds/${refund}`, { 'metadata[a]': 'b' });
  const back = await post(sim, '/v1/refunds', { payment_intent: described, amount: '400' });
  sim.channel.takeBackRefund([...sim.channel.refunds.keys()].at(-1) as ChannelReference);
  await sim.deliverCallbacks();
  await post(sim, `/v1/refunds/${back}`, { 'metadata[a]': 'b' });

  const disputed = await taken(sim, 'disputed');
  sim.channel.openDispute([...sim.channel.charges.keys()].at(-1) as ChannelReference, 'chargeback', 10_000n);
  await sim.deliverCallbacks();
  const [dispute] = (await sim.request('GET', `/v1/disputes?payment_intent=${disputed}`)).body.data as [{ id: string }];
  await post(sim, `/v1/disputes/${dispute.id}`, { 'evidence[uncategorized_text]': 'winning_evidence' });
  await sim.deliverCallbacks();
}

/** Money to pay out, and what the bank does with it: paid, failed, canceled. */
export async function payouts(sim: Simulation): Promise<void> {
  const paid = await post(sim, '/v1/payouts', { amount: '500', currency: 'usd' });
  const called = await post(sim, '/v1/payouts', { amount: '600', currency: 'usd' });
  await post(sim, `/v1/payouts/${called}/cancel`);
  await sim.world.runQueues();
  sim.bank.answer = PAID;
  sim.move(121_000);
  await sim.janitor();
  await post(sim, `/v1/payouts/${paid}`, { 'metadata[a]': 'b' });
  sim.bank.answer = { kind: 'failed', code: 'account_closed' };
  await post(sim, '/v1/payouts', { amount: '700', currency: 'usd' });
  await sim.world.runQueues();
  sim.move(121_000);
  await sim.janitor();
}

/** Days go by, in which the janitor looks. */
export async function daysPass(sim: Simulation, days: number): Promise<void> {
  await sim.world.runQueues();
  for (let hour = 0; hour < days * 8; hour++) {
    sim.move(3 * 3_600_000);
    await sim.janitor();
    await sim.deliverCallbacks();
    await sim.world.runQueues();
  }
}

/** Every type of entry that there is, all of them posted and, but for the first day's, in the open period. */
export async function everyEntry(): Promise<Simulation> {
  const sim = await simulate();
  const { fees } = await sim.world.payments.settings(sim.scope);
  await sim.agree({ refundOverdraft: true, fees: { ...fees, reserveBps: 1_000, reserveDays: 1, version: 2 } });
  await taken(sim, 'first');
  await makeAvailable(sim.world, sim.scope);
  // The reserve of the first day is due, and released by the next settlement.
  await daysPass(sim, 3);
  await taken(sim, 'second');
  await makeAvailable(sim.world, sim.scope);
  sim.move(20_000);
  await busyDay(sim);
  await payouts(sim);
  await loseDispute(sim);
  await returnPayout(sim);
  await returnSurplus(sim);
  await sim.world.runQueues();
  await bookEverything(sim);
  sim.move(20_000);
  return sim;
}

/** A statement that books all that one can: costs, what arrived, what no record explains, and an exchange. */
async function bookEverything(sim: Simulation): Promise<void> {
  const line = (type: StatementLine['type'], gross: bigint, net = gross, netCurrency = 'usd'): StatementLine => ({
    type,
    id: `${type} ${gross}`,
    gross,
    currency: 'usd',
    fee: '0',
    net,
    netCurrency,
    occurredMs: 1,
    at: { line: 1 },
  });
  const lines = [line('fee', -5n), line('payout', -700n), line('adjustment', 9n), line('payment', 100n, 93n, 'eur')];
  expect((await bookParsed(sim, lines)).status).toBe('booked');
}

async function loseDispute(sim: Simulation): Promise<void> {
  await taken(sim, 'lost');
  sim.channel.openDispute([...sim.channel.charges.keys()].at(-1) as ChannelReference, 'chargeback', 10_000n);
  await sim.deliverCallbacks();
  const { body } = recordsOf(sim.world).disputes.find(({ status }) => status === 'needs_response')!;
  await post(sim, `/v1/disputes/du_${body}/close`);
  await sim.deliverCallbacks();
}

/** A bank sends back what it had paid. */
async function returnPayout(sim: Simulation): Promise<void> {
  const { reference } = recordsOf(sim.world).payouts.find(({ status }) => status === 'paid')!;
  const outcome = sim.bank.sendBack(reference, 'account_closed');
  await sim.takeOne({ about: 'payout', reference, outcome });
}

const lastCharge = (sim: Simulation): ChannelReference => [...sim.channel.charges.keys()].at(-1) as ChannelReference;

/** Money of a declined attempt that comes after all, when its payment asks for another amount: it goes back. */
async function returnSurplus(sim: Simulation): Promise<void> {
  await taken(sim, 'surplus', { payment_method: 'pm_card_visa_chargeDeclined' });
  const reference = lastCharge(sim);
  await post(sim, `/v1/payment_intents/pi_${reference.slice(8, 30)}`, { amount: '20000' });
  await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.decide(reference, 'captured') });
  await sim.world.runQueues();
  sim.move(180_000);
  await sim.janitor();
}

/** Money that a channel takes of a hold that was canceled: it is unapplied, and goes back. */
export async function returnUnapplied(sim: Simulation): Promise<void> {
  const id = await taken(sim, 'unapplied', { capture_method: 'manual' });
  await post(sim, `/v1/payment_intents/${id}/cancel`);
  await sim.deliverCallbacks();
  sim.channel.takeAnyway(lastCharge(sim), 10_000n);
  await sim.deliverCallbacks();
  for (let minute = 0; minute < 5; minute++) {
    await sim.world.runQueues();
    sim.move(61_000);
    await sim.janitor();
    await sim.deliverCallbacks();
  }
}

/** More than was paid goes back: a refund, and a chargeback of the whole. An inquiry asks about another payment. */
async function returnTooMuch(sim: Simulation): Promise<void> {
  const id = await taken(sim, 'returned', { amount: '7000' });
  const charge = lastCharge(sim);
  await post(sim, '/v1/refunds', { payment_intent: id, amount: '2500' });
  await sim.deliverCallbacks();
  sim.channel.openDispute(charge, 'chargeback', 7_000n);
  await sim.deliverCallbacks();
  await taken(sim, 'asked about');
  sim.channel.openDispute(lastCharge(sim), 'inquiry', 10_000n);
  await sim.deliverCallbacks();
}

/**
 * Every type of entry, a part of them settled and paid out and the others in the open period, which is summed up in part. Two currencies, a
 * reserve that is held, a card in the vault, and another merchant. Nothing is on its way.
 */
async function makeAuditedDay(): Promise<Simulation> {
  const sim = await everyEntry();
  const { bankAccount, fees } = await sim.world.payments.settings(sim.scope);
  // A payout failed that day, and its bank account is disabled.
  await sim.agree({
    bankAccount: { ...bankAccount, id: 'ba_another' },
    fees: { ...fees, reserveDays: 30, version: 3 },
  });
  sim.bank.answer = PAID;
  await sim.world.merchant();
  await taken(sim, 'much', { amount: '500000' });
  const euros = await taken(sim, 'euros', { amount: '8000', currency: 'eur' });
  await sim.world.runQueues();
  sim.move(1_000);
  await sim.settle();
  await sim.world.runQueues();
  await post(sim, '/v1/refunds', { payment_intent: euros, amount: '1234' });
  await returnTooMuch(sim);
  await returnUnapplied(sim);
  const card = { type: 'card', 'card[number]': '4242424242424242', 'card[exp_month]': '12', 'card[exp_year]': '2034' };
  await taken(sim, 'typed', {
    payment_method: await post(sim, '/v1/payment_methods', { ...card, 'card[cvc]': '123' }),
  });
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(16 * 60_000);
  await makeCheckpoint(sim.world.table, sim.scope, 4, sim.world.clock.nowMs(), { least: 1 });
  const refunded = await taken(sim, 'after');
  await post(sim, '/v1/refunds', { payment_intent: refunded, amount: '100' });
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  return sim;
}

let auditedDay: Promise<Simulation> | undefined;

/** A fork of that day, which is made once. */
export async function forkOfAuditedDay(): Promise<Simulation> {
  auditedDay ??= makeAuditedDay();
  return (await auditedDay).fork();
}
