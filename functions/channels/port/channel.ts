/**
 * A channel as the product calls it. One folder per channel implements it, and one contract suite runs over each.
 */
import type { Parent } from './callback.ts';
import type { Capabilities, Timing } from './capabilities.ts';
import type { CredentialCheck } from './credentials.ts';
import type { Listing } from './listing.ts';
import type {
  AttemptOutcome,
  AttemptQuery,
  AttemptState,
  AuthorizeRequest,
  CaptureRequest,
  ChannelAccount,
  DisputeAnswer,
  FollowUp,
  IncrementRequest,
  OperationOutcome,
  PaymentAtChannel,
  QueryResult,
  RefundQuery,
  RefundRequest,
} from './port.ts';

/** What the payer brought back from the channel: the parameters of the return, as they came. Nothing in them is believed by itself. */
export interface ResumeRequest extends PaymentAtChannel {
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Channel {
  readonly capabilities: Capabilities;
  readonly timing: Timing;
  /** Absent where a channel cannot list: its payments after a restored moment cannot be recovered. */
  readonly listing?: Listing;
  /**
   * Tries the account's credentials once, by an authenticated read that changes nothing at the channel. Operators connect an account with it. The
   * client's `credentials` give what is tried, which is stored nowhere yet.
   */
  checkCredentials(account: ChannelAccount): Promise<CredentialCheck>;
  authorize(request: AuthorizeRequest): Promise<AttemptOutcome>;
  capture(request: CaptureRequest): Promise<OperationOutcome>;
  /** Asks the issuer to hold more. A decline leaves the hold as it was. */
  increment(request: IncrementRequest): Promise<OperationOutcome>;
  /**
   * Completes an attempt that the payer has approved, where the instrument `resumes`. Under the attempt's reference, so that a second call is
   * the same call.
   */
  resume?(request: ResumeRequest): Promise<AttemptOutcome>;
  /**
   * Closes an unpaid order, or a challenge that was not passed: `succeeded` means that it can never be paid from now on, also where the channel
   * has not seen it yet.
   * `failed`: it was paid, or is being paid. Where the channel has no query, it may say what it has of the payment (`found`), as of a void.
   */
  close(order: PaymentAtChannel): Promise<OperationOutcome>;
  /**
   * Releases the hold: all of it, or the rest after captures. Without handles it goes by our reference, also where the channel never answered, and
   * takes back what was taken in one step. Where the channel has no query, a failure says what it has of the payment (`found`).
   */
  void(request: FollowUp): Promise<OperationOutcome>;
  refund(request: RefundRequest): Promise<OperationOutcome>;
  /** Absent where the capabilities name another way of recovery, and so is `queryRefund`. */
  queryAttempt?(query: AttemptQuery): Promise<AttemptState>;
  queryRefund?(query: RefundQuery): Promise<QueryResult<OperationOutcome>>;
  /**
   * Our reference of a payment, by the channel's own name of it. Present where the capabilities say that callbacks may have that name alone
   * (`callbacksNameParents`): they are completed behind the queue, because their verification sends nothing.
   */
  referenceOf?(payment: { readonly account: ChannelAccount; readonly name: string }): Promise<Parent>;
  answerDispute(request: DisputeAnswer): Promise<OperationOutcome>;
}
