/**
 * A channel's statement as the product reads it: lines of money that moved at the channel, whatever file they came in. A parser is pure and streams: it
 * holds one line at a time.
 */
import type { Handles } from './handles.ts';
import type { ChannelAccount } from './port.ts';

/** Which line of the file, from 1; the column where the parser knows it. */
export interface StatementPosition {
  readonly line: number;
  readonly column?: string;
}

export interface StatementLine {
  /**
   * payment, refund, dispute and dispute_reversed are about an object of ours. fee: a cost that belongs to no single one; it is in `fee`, or in a negative
   * `gross`, not in both. payout: the channel paid out to the bank. adjustment: anything else that changed what the channel owes. A fee and a payout have
   * one currency.
   */
  readonly type: 'payment' | 'refund' | 'dispute' | 'dispute_reversed' | 'fee' | 'payout' | 'adjustment';
  /**
   * The channel's own name of this line, at most 200 characters: the same line in another file has the same, and no other line of the account has it. Where
   * the channel names only the object, the type and what else sets its lines apart are part of the name.
   */
  readonly id: string;
  /** Our reference, where the line has it: of the attempt (a payment, a dispute), or of the refund. Without it the line is booked to suspense. */
  readonly ourReference?: string;
  /** What the channel calls the object. */
  readonly handles?: Handles;
  /** Minor units of `currency`, with the sign of what the channel owes: a payment is positive, a refund or a payout negative. */
  readonly gross: bigint;
  /** ISO 4217 in lower case. */
  readonly currency: string;
  /**
   * What the channel keeps for the line, as an exact decimal of the major unit of `netCurrency` (`0.38000`): fractions keep their scale, of at most 12
   * digits. Positive is a cost, negative a cost that comes back.
   */
  readonly fee: string;
  /**
   * Minor units of `netCurrency` by which the line changes what the channel owes. In one currency it is `gross` less `fee`, and differs from that by less
   * than one minor unit, where the channel rounds. A file in which it differs by more is refused.
   */
  readonly net: bigint;
  readonly netCurrency: string;
  /** The rate from `currency` to `netCurrency`, as an exact decimal, where they differ. */
  readonly rate?: string;
  /** When it happened at the channel, ms. */
  readonly occurredMs: number;
  readonly at: StatementPosition;
}

/** A file that cannot be read as the channel's statement. No line of it is used. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
  readonly at: StatementPosition;
  constructor(reason: string, at: StatementPosition) {
    super(`line ${at.line}${at.column === undefined ? '' : `, ${at.column}`}: ${reason}`);
    this.at = at;
  }
}

/** A channel has no statement of a day yet, or did not give it. The message is shown to the operator. */
export class StatementUnavailable extends Error {
  override readonly name = 'StatementUnavailable';
}

/**
 * Reads the bytes of one statement as the channel made them (its encoding, compression, marks), in constant memory.
 * @throws StatementRefused where a line is not as the channel documents it
 */
export type ParseStatement = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<StatementLine>;

/**
 * The bytes of the account's statement of a day (YYYY-MM-DD, in the channel's own time zone), as the channel makes them.
 * @throws StatementUnavailable where the channel has none yet, or does not answer
 */
export type FetchStatement = (account: ChannelAccount, date: string) => AsyncIterable<Uint8Array>;
