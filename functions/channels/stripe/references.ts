/**
 * What Stripe keeps for us as metadata: our reference, the amount that was requested, and a mark of each operation, which Stripe stores in the same step as
 * the operation. So Stripe itself says what became of an operation by its number. Pure.
 */
import { type ChannelReference, parseChannelReference } from '../../kernel/ids.ts';
import type { OperationFacts, OperationOutcome } from '../port/port.ts';
import type { PaymentIntent } from './objects.ts';

const REFERENCE = 'sluice_reference';
const ASKED = 'sluice_asked';
/** Stripe keeps 50 names per object. Operations go on under the same names: the ones before them are decided by then. */
const MARKS = 40;

export type Metadata = Readonly<Record<string, string>>;

/** The metadata of a payment or a setup. */
export const attemptMetadata = (reference: ChannelReference, amount: bigint, currency: string): Metadata => ({
  [REFERENCE]: reference,
  [ASKED]: `${amount} ${currency}`,
});

/** The metadata of a refund. */
export const refundMetadata = (reference: ChannelReference): Metadata => ({ [REFERENCE]: reference });

/** Our reference in the metadata of any object; undefined where it is not one of ours. */
export function referenceIn(metadata: Metadata): ChannelReference | undefined {
  const reference = metadata[REFERENCE] ?? '';
  return parseChannelReference(reference) ? (reference as ChannelReference) : undefined;
}

/** The metadata name by which Stripe's search finds a reference. */
export const searchFor = (reference: ChannelReference): string => `metadata['${REFERENCE}']:'${reference}'`;

/** Whether the object is in the currency that was asked for. */
export const isInAskedCurrency = ({ metadata, currency }: { readonly metadata: Metadata; readonly currency: string }) =>
  metadata[ASKED]?.split(' ')[1] === currency;

/** Minor units that were asked for; undefined where the object does not say. */
export function askedIn(metadata: Metadata): bigint | undefined {
  const [, amount] = /^([0-9]{1,15}) /.exec(metadata[ASKED] ?? '') ?? [];
  return amount === undefined ? undefined : BigInt(amount);
}

/** What one operation was. */
export interface Mark {
  readonly number: number;
  readonly kind: OperationFacts['kind'];
  /** Minor units. Of a void: none. */
  readonly amount: bigint;
  readonly keepsRest: boolean;
}

/** The metadata of an operation. */
export const markOf = ({ number, kind, amount, keepsRest }: Mark): Metadata => ({
  [`sluice_operation_${number % MARKS}`]: `${number} ${kind} ${amount}${keepsRest ? ' keeps_rest' : ''}`,
});

const MARK = /^([0-9]{1,9}) (capture|void|increment) ([0-9]{1,15})( keeps_rest)?$/;

/** All operations that the payment has a mark of, in the order of their numbers. */
export function marksIn(metadata: Metadata): readonly Mark[] {
  return Object.entries(metadata)
    .filter(([name]) => name.startsWith('sluice_operation_'))
    .flatMap(([, value]) => {
      const [, number, kind, amount, rest] = MARK.exec(value) ?? [];
      return number === undefined
        ? []
        : [
            {
              number: Number(number),
              kind: kind as Mark['kind'],
              amount: BigInt(amount!),
              keepsRest: rest !== undefined,
            },
          ];
    })
    .sort((one, other) => one.number - other.number);
}

const sum = (marks: readonly Mark[]): bigint =>
  marks.reduce((total, { kind, amount }) => (kind === 'capture' ? total + amount : total), 0n);

/**
 * The operations that took effect: of every mark, or of all but the one whose amount is missing from what was received. Undefined: what was
 * received does not explain the marks.
 */
export function doneOf({ metadata, amount_received: received }: PaymentIntent): readonly Mark[] | undefined {
  const marks = marksIn(metadata);
  const missing = sum(marks) - received;
  if (missing <= 0n) return marks;
  const failed = marks.filter(({ kind, amount }) => kind === 'capture' && amount === missing);
  return failed.length === 1 ? marks.filter((mark) => mark !== failed[0]) : undefined;
}

/** Minor units that were received and that no capture of ours took. */
export const unaskedIn = (intent: PaymentIntent): bigint => intent.amount_received - sum(doneOf(intent) ?? []);

/** What an operation was, for the port. */
export const factsOf = ({ kind, amount, keepsRest }: Mark): OperationFacts => ({
  kind,
  ...(kind !== 'void' && { amount }),
  ...(keepsRest && { keepsRest: true }),
});

/** An operation that took effect; a capture has the name of the charge that it is of. */
export const succeeded = (mark: Mark, chargeId: string | undefined): OperationOutcome => ({
  kind: 'succeeded',
  ...(mark.kind === 'capture' && chargeId !== undefined && { handles: { charge: chargeId } }),
});
