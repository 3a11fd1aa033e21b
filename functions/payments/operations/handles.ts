/** Handles of captures, and of an operation under way. Pure. */
import { handlesDiffer, withNewHandles } from '../../channels/port/handles.ts';
import type { OperationOutcome } from '../../channels/port/port.ts';
import { type CaptureFacts, capturesOf, type Payment } from '../payment.ts';

/** The payment with the handles of an operation: of the one under way, or of a capture. */
export function withOperationHandles(
  payment: Payment,
  operation: number,
  { handles: learned }: OperationOutcome,
): Payment {
  const { pending } = payment;
  if (pending?.operation === operation) {
    const handles = withNewHandles(pending.handles, learned);
    return !handles || handles === pending.handles ? payment : { ...payment, pending: { ...pending, handles } };
  }
  const known = captureOf(payment, operation);
  const handles = withNewHandles(known?.handles, learned);
  if (!known || !handles || handles === known.handles) return payment;
  const named = (facts: CaptureFacts): CaptureFacts => (facts === known ? { ...facts, handles } : facts);
  return {
    ...payment,
    ...(payment.capture && { capture: named(payment.capture) }),
    ...(payment.laterCaptures && { laterCaptures: payment.laterCaptures.map(named) }),
  };
}

/** The capture that an operation made. The only capture of a hold may have no number: then it was the last operation. */
function captureOf(payment: Payment, operation: number): CaptureFacts | undefined {
  const captures = capturesOf(payment);
  const [only, ...others] = captures;
  const isOnly = only && others.length === 0 && only.operation === undefined && !only.unasked;
  return (
    captures.find((one) => one.operation === operation) ??
    (isOnly && payment.status === 'succeeded' && operation === payment.operations && operation > 0 ? only : undefined)
  );
}

/** Whether a report gives an operation another handle than it has. */
export const operationHandlesDiffer = (payment: Payment, operation: number, { handles }: OperationOutcome): boolean =>
  handlesDiffer(
    (payment.pending?.operation === operation ? payment.pending : captureOf(payment, operation))?.handles,
    handles,
  );
