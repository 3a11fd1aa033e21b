/** A channel's client with a simulator of the channel behind it, and the steps that cases of the contract suite are made of. */
import { expect } from 'vitest';
import type { NextAction } from '../../functions/channels/port/action.ts';
import type { CallbackHeaders, Callbacks } from '../../functions/channels/port/callback.ts';
import type { InstrumentCapability } from '../../functions/channels/port/capabilities.ts';
import type { Channel } from '../../functions/channels/port/channel.ts';
import type { Handles } from '../../functions/channels/port/handles.ts';
import type { Instrument } from '../../functions/channels/port/instrument.ts';
import type {
  AttemptOutcome,
  AuthorizeRequest,
  CallbackFact,
  CaptureRequest,
  ChannelAccount,
  FollowUp,
  OperationOutcome,
  PaymentAtChannel,
  QueryResult,
  RefundedHandles,
  RefundRequest,
} from '../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import type { Currency } from '../../functions/kernel/money.ts';
import { renderAction } from '../../functions/payment-methods/next-action.ts';

export type Payer = 'approve' | 'decline';

/** A channel's client with a simulator of the channel behind it. */
export interface ChannelUnderTest {
  readonly channel: Channel;
  readonly account: ChannelAccount;
  readonly clock: { nowMs(): number; move(ms: number): void };
  /** A reference that no request has used: of an attempt, or with 0 of a refund. */
  readonly reference: (ordinal: number) => ChannelReference;
  readonly returnUrl: string;
  /** The payer follows the action and decides. */
  readonly payer: (action: NextAction, decision: Payer) => Promise<void>;
  /** The next request does not arrive, or its response does not. */
  readonly lose: (what: 'request' | 'response') => void;
  /** How callbacks are verified: with the key material of the account, and with another that signed none of them. */
  readonly verifying: { readonly module: Callbacks; readonly material: unknown; readonly otherMaterial: unknown };
  /** All callbacks that the channel has sent or scheduled, signed now. */
  readonly signed: () => Promise<readonly { readonly raw: Uint8Array; readonly headers: CallbackHeaders }[]>;
  /** The payer disputes a paid payment. Returns the channel's own name of the dispute. */
  readonly dispute?: (reference: ChannelReference) => Promise<string>;
  /** The facts of all callbacks that the channel has sent or scheduled, verified. */
  readonly callbacks: () => Promise<readonly CallbackFact[]>;
  readonly close: () => Promise<void>;
}

export interface ContractInstrument {
  readonly name: string;
  readonly instrument: Instrument;
  readonly currency: Currency;
  /** Minor units. */
  readonly amount: bigint;
  /** Amounts at which the simulator approves a half, decides a day later, or sends several facts in one callback. */
  readonly amounts?: { readonly half?: bigint; readonly later?: bigint; readonly together?: bigint };
}

/** What the channel offers, as its module states it. */
export interface Offer {
  readonly capabilities: Channel['capabilities'];
  /** It lists its payments by time. */
  readonly lists: boolean;
  /** Payers can dispute payments with this instrument. */
  readonly disputes: boolean;
}

/** One case for one instrument. */
export interface Case {
  readonly title: string;
  readonly applies?: (capability: InstrumentCapability, offer: Offer & Pick<ContractInstrument, 'amounts'>) => boolean;
  readonly run: (test: Bench) => Promise<void>;
}

type Paid = Extract<AttemptOutcome, { kind: 'authorized' | 'captured' }>;

/** The channel and one instrument, with the steps that cases are made of. */
export function benchOf(under: ChannelUnderTest, chosen: ContractInstrument, capability: InstrumentCapability) {
  const { channel, account, clock } = under;
  const request = (changes: Partial<AuthorizeRequest> = {}): AuthorizeRequest => ({
    reference: under.reference(1),
    account,
    createdMs: clock.nowMs(),
    amount: chosen.amount,
    currency: chosen.currency,
    capture: true,
    instrument: chosen.instrument,
    offSession: false,
    returnUrl: under.returnUrl,
    ...(capability.payableMs !== undefined && { expiresMs: clock.nowMs() + capability.payableMs }),
    ...changes,
  });
  const at = ({ reference, createdMs }: AuthorizeRequest, handles?: Handles): PaymentAtChannel => ({
    reference,
    account,
    createdMs,
    ...(handles && { handles }),
  });
  const isQueried = channel.capabilities.recovery.payment === 'query';
  /** What the channel says of a payment when it is asked; one without a query, by its callbacks. */
  const query = async (order: AuthorizeRequest, handles?: Handles): Promise<QueryResult<AttemptOutcome>> => {
    if (isQueried) return (await channel.queryAttempt!(at(order, handles))).attempt;
    const facts = await under.callbacks();
    return facts.flatMap((fact) => outcomesOf(fact, order)).at(-1) ?? { kind: 'not_found' };
  };
  const resume = (order: AuthorizeRequest, handles?: Handles) =>
    channel.resume!({ ...at(order, handles), parameters: {} });
  const close = (order: AuthorizeRequest, handles?: Handles) => channel.close(at(order, handles));

  /** Asks until the answer is final. The clock moves on. */
  async function final<T extends { readonly kind: string }>(ask: () => Promise<T>): Promise<T> {
    let answer = await ask();
    for (let asked = 0; answer.kind === 'pending' && asked < 20; asked++) {
      clock.move(5_000);
      answer = await ask();
    }
    return answer;
  }

  /** The payer's action, where the instrument needs its payer. */
  async function actionFor(order: AuthorizeRequest): Promise<NextAction> {
    const outcome = await channel.authorize(order);
    if (outcome.kind !== 'requires_action') throw new Error(`no action but ${outcome.kind}`);
    return outcome.action;
  }

  /** The request is paid, by every step that it takes. */
  async function pay(order: AuthorizeRequest): Promise<Paid> {
    const outcome = await channel.authorize(order);
    if (outcome.kind === 'requires_action') await under.payer(outcome.action, 'approve');
    if (capability.resumes) await resume(order);
    const paid = await final(() => query(order));
    if (paid.kind !== 'captured' && paid.kind !== 'authorized') throw new Error(`not paid but ${paid.kind}`);
    return paid;
  }

  const operation = (order: AuthorizeRequest, number: number, handles?: Handles): FollowUp => ({
    ...at(order, handles),
    operation: number,
    sentMs: clock.nowMs(),
    currency: chosen.currency,
  });
  const refundOf = (
    { reference: payment }: AuthorizeRequest,
    amount: bigint,
    handles?: RefundedHandles,
  ): RefundRequest => ({
    reference: under.reference(0),
    payment,
    account,
    createdMs: clock.nowMs(),
    ...(handles && { refunded: handles }),
    amount,
    currency: chosen.currency,
  });
  /** What became of a capture that was sent: the channel is asked, or gets the same request again. */
  const captured = async (order: AuthorizeRequest, capture: CaptureRequest, handles?: Handles) =>
    isQueried
      ? (await channel.queryAttempt!(at(order, handles))).operations.get(capture.operation)
      : final(() => channel.capture(capture));
  /** What became of a refund, in the same way. */
  const refunded = (refund: RefundRequest, handles?: Handles) =>
    final(
      async (): Promise<QueryResult<OperationOutcome>> =>
        channel.capabilities.recovery.refund === 'query'
          ? channel.queryRefund!({ ...refund, ...(handles && { handles }) })
          : channel.refund(refund),
    );
  /** The channel has no refund under this reference. */
  const expectNoRefund = async (refund: RefundRequest): Promise<void> => {
    if (channel.queryRefund) expect(await channel.queryRefund(refund)).toEqual({ kind: 'not_found' });
  };
  /** What becomes of a void under our reference, which a channel without a query may answer by a callback. */
  const voided = async (order: AuthorizeRequest, number: number, handles?: Handles): Promise<OperationOutcome> => {
    const outcome = await channel.void(operation(order, number, handles));
    if (outcome.kind !== 'pending') return outcome;
    const facts = (await under.callbacks()).filter(
      (fact) => fact.about === 'operation' && fact.reference === order.reference && fact.operation === number,
    );
    return facts.at(-1)?.outcome as OperationOutcome;
  };

  return {
    ...under,
    ...chosen,
    capability,
    at,
    request,
    query,
    resume,
    close,
    final,
    actionFor,
    pay,
    operation,
    refundOf,
    captured,
    refunded,
    expectNoRefund,
    voided,
    isQueried,
  };
}
const outcomesOf = (fact: CallbackFact, { reference }: AuthorizeRequest): readonly AttemptOutcome[] =>
  fact.about === 'attempt' && fact.reference === reference ? [fact.outcome] : [];
export type Bench = ReturnType<typeof benchOf>;

export const needsPayer = ({ needsPayer: needed }: InstrumentCapability): boolean => needed === true;
export const resumes = (capability: InstrumentCapability): boolean => capability.resumes === true;
export const isQueried: NonNullable<Case['applies']> = (_, { capabilities }) =>
  capabilities.recovery.payment === 'query';
export const holds = ({ capture }: InstrumentCapability): boolean => capture === 'later';

/** Asserts that a merchant sees the action: of a kind that Stripe has for the type, and of a form only where the capability says so. */
export function expectShown(
  { instrument, capability }: Pick<Bench, 'instrument' | 'capability'>,
  action: NextAction,
): void {
  const type = instrument.kind === 'wallet' ? instrument.type : 'card';
  const page = {
    returnUrl: 'https://shop.example/done',
    ...(capability.forms && { formPage: 'https://pay.example/form' }),
  };
  expect(renderAction(type, action, page), `${action.kind} for ${type}`).not.toBeNull();
}

/** What a query may answer about an order that no payer has opened. A channel without a query has reported nothing of it. */
export const unopened = ({ capability, isQueried }: Pick<Bench, 'capability' | 'isQueried'>): string =>
  capability.unknownUntilOpened || !isQueried ? 'not_found' : 'requires_action';

/** Asserts that nothing was paid, and that nothing will be. */
export async function expectUnpaid(test: Bench, order: AuthorizeRequest): Promise<void> {
  const { kind } = await test.query(order);
  if (test.isQueried) expect(['failed', 'not_found']).toContain(kind);
  else expect(['captured', 'authorized']).not.toContain(kind);
}
