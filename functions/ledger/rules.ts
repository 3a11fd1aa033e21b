/**
 * Posting rules: what each event of the money's life debits and credits. Every rule returns balanced legs (I1) and nothing else.
 * Source: the golden entries that test/unit/ledger/golden.test.ts holds them to.
 */
import { accounts } from './accounts.ts';
import type { Leg } from './entry.ts';

/** A debit and its credit; none for zero, and the other way round for a negative amount. */
export function move(from: string, to: string, amount: bigint): readonly Leg[] {
  if (amount === 0n) return [];
  const [debit, credit, magnitude] = amount > 0n ? [from, to, amount] : [to, from, -amount];
  return [
    { side: 'debit', account: debit, amount: magnitude },
    { side: 'credit', account: credit, amount: magnitude },
  ];
}

/** Merchant funds that a refund or payout is taken from, or given back to. */
export type Funds = 'pending' | 'available';

export const authorized = (amount: bigint): readonly Leg[] => move(accounts.authHold, accounts.authCommit, amount);
export const voided = (amount: bigint): readonly Leg[] => move(accounts.authCommit, accounts.authHold, amount);

/** A capture. `held` is the part of the authorization that it ends: its amount, or the whole rest when no other capture follows. */
export const captured = (capture: {
  readonly channel: string;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly held?: bigint;
  /** What the channel keeps for itself, where that is known at capture. */
  readonly cost?: bigint;
  /** What is available at once, before the period is settled. */
  readonly ahead?: bigint;
}): readonly Leg[] => [
  ...voided(capture.held ?? 0n),
  ...move(accounts.channel(capture.channel), accounts.pending, capture.amount),
  ...move(accounts.pending, accounts.fees, capture.fee),
  ...move(accounts.pending, accounts.available, capture.ahead ?? 0n),
  ...move(accounts.channelCost, accounts.channel(capture.channel), capture.cost ?? 0n),
];

/** A settled period's net leaves `pending`: part into the reserve, the rest into `available` (which a negative net lowers). */
export function madeAvailable(net: bigint, reserve: bigint): readonly Leg[] {
  const legs = [
    ...move(accounts.pending, accounts.available, net - reserve),
    ...move(accounts.pending, accounts.reserve, reserve),
  ];
  return merged(legs);
}

export const reserveReleased = (amount: bigint): readonly Leg[] => move(accounts.reserve, accounts.available, amount);

export const refundRequested = (channel: string, amount: bigint, funds: Funds): readonly Leg[] =>
  move(accounts[funds], accounts.refundClearing(channel), amount);
export const refundSucceeded = (channel: string, amount: bigint): readonly Leg[] =>
  move(accounts.refundClearing(channel), accounts.channel(channel), amount);
export const refundFailed = (channel: string, amount: bigint, funds: Funds): readonly Leg[] =>
  move(accounts.refundClearing(channel), accounts[funds], amount);
/** The channel took a success back: the money is with it again, and from there the merchant's. */
export const refundTakenBack = (channel: string, amount: bigint, funds: Funds): readonly Leg[] => [
  ...move(accounts.channel(channel), accounts.refundClearing(channel), amount),
  ...refundFailed(channel, amount, funds),
];

export const disputeOpened = (channel: string, amount: bigint, fee: bigint): readonly Leg[] => [
  ...move(accounts.available, accounts.disputeHold, amount),
  ...move(accounts.available, accounts.disputeFees, fee),
  ...move(accounts.disputeReceivable(channel), accounts.channel(channel), amount),
  ...move(accounts.disputeCost, accounts.channel(channel), fee),
];
export const disputeWon = (channel: string, amount: bigint): readonly Leg[] => [
  ...move(accounts.channel(channel), accounts.disputeReceivable(channel), amount),
  ...move(accounts.disputeHold, accounts.available, amount),
];
export const disputeLost = (channel: string, amount: bigint): readonly Leg[] =>
  move(accounts.disputeHold, accounts.disputeReceivable(channel), amount);

export const payoutCreated = (amount: bigint): readonly Leg[] =>
  move(accounts.available, accounts.payoutClearing, amount);
export const payoutPaid = (amount: bigint): readonly Leg[] => move(accounts.payoutClearing, accounts.bank, amount);
export const payoutFailed = (amount: bigint): readonly Leg[] =>
  move(accounts.payoutClearing, accounts.available, amount);
export const payoutReturned = (amount: bigint): readonly Leg[] => move(accounts.bank, accounts.available, amount);

/** The channel pays what it owes us into our bank; a negative net is debited from it. */
export const channelSettled = (channel: string, net: bigint): readonly Leg[] =>
  move(accounts.bank, accounts.channel(channel), net);

/** Money the channel has and no payment of ours explains, and the other way round; both wait in suspense for a person. */
export const suspendedOver = (channel: string, amount: bigint): readonly Leg[] =>
  move(accounts.channel(channel), accounts.suspenseOver(channel), amount);
export const suspendedShort = (channel: string, amount: bigint): readonly Leg[] =>
  move(accounts.suspenseShort(channel), accounts.channel(channel), amount);

/** A payment that the channel never had is taken back with its fee and cost. */
export const shortReversed = (channel: string, amount: bigint, fee: bigint, cost: bigint): readonly Leg[] => [
  ...move(accounts.pending, accounts.suspenseShort(channel), amount),
  ...move(accounts.fees, accounts.pending, fee),
  ...move(accounts.channel(channel), accounts.channelCost, cost),
];
/** A payment is made of what stood in suspense. */
export const overResolved = (channel: string, amount: bigint, fee: bigint, cost: bigint): readonly Leg[] => [
  ...move(accounts.suspenseOver(channel), accounts.pending, amount),
  ...move(accounts.pending, accounts.fees, fee),
  ...move(accounts.channelCost, accounts.channel(channel), cost),
];
export const costCorrected = (channel: string, difference: bigint): readonly Leg[] =>
  move(accounts.channelCost, accounts.channel(channel), difference);
export const roundedOff = (channel: string, difference: bigint): readonly Leg[] =>
  move(accounts.rounding, accounts.channel(channel), difference);

/**
 * What a statement says that the channel keeps: its fees, what its disputes cost beyond what they booked themselves, and what rounding each line adds to
 * the exact sum of the fees.
 */
export const channelCosts = (
  channel: string,
  { cost, disputeCost, rounding }: { readonly cost: bigint; readonly disputeCost: bigint; readonly rounding: bigint },
): readonly Leg[] => [
  ...costCorrected(channel, cost),
  ...move(accounts.disputeCost, accounts.channel(channel), disputeCost),
  ...roundedOff(channel, rounding),
];

/** The channel exchanged money that it owes: it owes so much more in this currency, or less where the amount is negative. */
export const exchanged = (channel: string, amount: bigint): readonly Leg[] =>
  move(accounts.channel(channel), accounts.exchange, amount);

/** At the end of a reporting period a negative `available` is shown as what the merchant owes; the day after, reversed. */
export const negativeReclassified = (amount: bigint): readonly Leg[] =>
  move(accounts.merchantReceivable, accounts.available, amount);
export const reclassReversed = (amount: bigint): readonly Leg[] =>
  move(accounts.available, accounts.merchantReceivable, amount);

/** Legs of the same account and side as one, in the order in which they first stand. */
function merged(legs: readonly Leg[]): readonly Leg[] {
  const sums = new Map<string, Leg>();
  for (const leg of legs) {
    const name = `${leg.side} ${leg.account}`;
    const sum = sums.get(name);
    sums.set(name, sum ? { ...sum, amount: sum.amount + leg.amount } : leg);
  }
  return [...sums.values()];
}
