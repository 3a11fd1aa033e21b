/**
 * What the acquirer and the bank in memory list, by the time in our references. They keep no times of their own, so that the list of a
 * charge, refund or payout is where its record was made; a disputed charge is also where its dispute was opened.
 */
import type { Listed, Listing } from '../../functions/channels/port/port.ts';
import { parseChannelReference, parsePayoutReference, timeOf } from '../../functions/kernel/ids.ts';
import type { MemoryBank } from './bank.ts';
import type { MemoryChannel } from './channel.ts';

const DAY_MS = 24 * 3_600_000;

const chargesOf = ({ charges, state }: Pick<MemoryChannel, 'charges' | 'state'>): readonly Listed[] =>
  [...charges.values()].map(({ request, outcome, operations, facts }): Listed => {
    const { reference, amount, currency, capture } = request;
    const createdMs = timeOf(parseChannelReference(reference)!.body);
    const disputed = state.disputes.get(reference);
    const ended = state.disputeEnds.get(reference);
    return {
      about: 'charge',
      reference,
      amount,
      currency,
      capture,
      createdMs,
      decidedMs: createdMs,
      state: { attempt: outcome, operations, operationFacts: facts },
      disputes: disputed
        ? [{ dispute: disputed.facts, outcome: { kind: ended ?? 'opened' }, changedMs: disputed.facts.openedMs }]
        : [],
    };
  });

const refundsOf = ({ refunds }: Pick<MemoryChannel, 'refunds'>): readonly Listed[] =>
  [...refunds.values()].map(({ request: { reference, payment, amount, currency }, outcome }): Listed => {
    const createdMs = timeOf(parseChannelReference(reference)!.body);
    return { about: 'refund', reference, payment, amount, currency, createdMs, changedMs: createdMs, outcome };
  });

const payoutsOf = ({ orders }: Pick<MemoryBank, 'orders'>): readonly Listed[] =>
  [...orders.values()].map(({ order: { reference, amount, currency }, state }): Listed => {
    const createdMs = timeOf(parsePayoutReference(reference)!.body);
    return { about: 'payout', reference, amount, currency, createdMs, changedMs: createdMs, outcome: state };
  });

const timesOf = (one: Listed): readonly number[] =>
  one.about === 'charge' ? [one.createdMs, ...one.disputes.map(({ changedMs }) => changedMs)] : [one.createdMs];

/** Lists what channel and bank know as they are when they are asked. */
export const memoryListing = (
  channel: Pick<MemoryChannel, 'charges' | 'refunds' | 'state'>,
  bank: Pick<MemoryBank, 'orders'>,
): Listing => ({
  keptMs: 90 * DAY_MS,
  list: async ({ sinceMs, untilMs }) => ({
    listed: [...chargesOf(channel), ...refundsOf(channel), ...payoutsOf(bank)].filter((one) =>
      timesOf(one).some((ms) => ms >= sinceMs && ms <= untilMs),
    ),
  }),
});
