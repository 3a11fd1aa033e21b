/** What the acquirer in memory keeps of a charge and a refund. */
import type {
  AttemptOutcome,
  AuthorizeRequest,
  OperationFacts,
  OperationOutcome,
  RefundRequest,
} from '../../functions/channels/port/port.ts';

export interface ChargeState {
  readonly request: AuthorizeRequest;
  outcome: AttemptOutcome;
  /** Minor units that were authorised, increments included. */
  authorized: bigint;
  /** Minor units taken, minus what was voided. */
  captured: bigint;
  /** Nothing more can be captured: the last capture was made. */
  closed: boolean;
  /** Of these, what was given back or is about to be. */
  refunded: bigint;
  voided: boolean;
  readonly operations: Map<number, OperationOutcome>;
  /** What each operation was. */
  readonly facts: Map<number, OperationFacts>;
}

export interface RefundState {
  readonly request: RefundRequest;
  outcome: OperationOutcome;
}

/** Called around every call to the channel: a test throws here to crash the caller, or to lose the request or its answer. */
export interface ChannelHooks {
  readonly before?: (name: string, reference: string) => void | Promise<void>;
  readonly after?: (name: string, reference: string) => void | Promise<void>;
}
