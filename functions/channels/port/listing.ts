/** What a channel lists of what it did: the records of a restored stack are made again from it, and the audit compares with it. */
import type { WalletType } from './instrument.ts';
import type {
  AttemptState,
  ChannelAccount,
  DisputeFacts,
  DisputeOutcome,
  OperationOutcome,
  PayoutOutcome,
  RequestNotes,
} from './port.ts';

/** A card as the channel reports it. */
export interface ListedCard {
  readonly brand: string;
  readonly last4: string;
  readonly funding?: string;
  readonly country?: string;
}

/** A charge, refund or payout as it stands at the channel. References are as the channel has them: they may be unknown here. */
export type Listed =
  | {
      readonly about: 'charge';
      readonly reference: string;
      /** Minor units that were requested first. Zero verifies a card. */
      readonly amount: bigint;
      readonly currency: string;
      /** In one step; otherwise held for a later capture. */
      readonly capture: boolean;
      /** When it was asked for, and when it was decided (later than now: it is pending), ms. */
      readonly createdMs: number;
      readonly decidedMs: number;
      readonly card?: ListedCard;
      readonly wallet?: WalletType;
      readonly notes?: RequestNotes;
      readonly state: AttemptState;
      /** `changedMs`: when the dispute was opened or decided, the later of the two. */
      readonly disputes: readonly {
        readonly dispute: DisputeFacts;
        readonly outcome: DisputeOutcome;
        readonly changedMs: number;
      }[];
    }
  | {
      readonly about: 'refund';
      readonly reference: string;
      /** The captured charge that is refunded. */
      readonly payment: string;
      readonly amount: bigint;
      readonly currency: string;
      readonly createdMs: number;
      /** When its outcome last changed, ms. */
      readonly changedMs: number;
      readonly notes?: RequestNotes;
      readonly outcome: OperationOutcome;
    }
  | {
      readonly about: 'payout';
      readonly reference: string;
      readonly amount: bigint;
      readonly currency: string;
      readonly createdMs: number;
      /** When its outcome last changed, ms. */
      readonly changedMs: number;
      readonly outcome: PayoutOutcome;
    };

/** A capability: the channel can list what it did for an account. */
export interface Listing {
  /** The channel lists what happened so long ago, ms; what is older is gone from the list. */
  readonly retentionMs: number;
  /**
   * A page of all charges, refunds and payouts that a request made or changed between the two instants (ms, both included), the earliest change first.
   * One may be listed several times. `cursor`: where the next page begins. Undefined: the channel did not respond.
   */
  list(request: {
    readonly account: ChannelAccount;
    readonly sinceMs: number;
    readonly untilMs: number;
    readonly cursor?: string;
  }): Promise<{ readonly listed: readonly Listed[]; readonly cursor?: string } | undefined>;
}
