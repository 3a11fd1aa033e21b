/** What a decline of a channel is to a merchant, and whether a refused operation is sent again. Pure. */
import type { Decline, OperationOutcome } from '../channels/port/port.ts';

/** The channel did not take the request: nothing about the payer or the payment method is wrong. */
export const NOT_ACCEPTED: Decline = {
  code: 'processing_error',
  message: 'The channel did not accept the payment. Try again in a little bit.',
};

/** The decline as it is stored and shown. Its class has decided what it decides by then. */
export function storedDecline({ class: kind, ...decline }: Decline): Decline {
  if (kind !== 'configuration') return decline;
  return { ...NOT_ACCEPTED, ...(decline.networkCode !== undefined && { networkCode: decline.networkCode }) };
}

/**
 * Whether a channel refused an operation that it may carry out later, under the same reference: it was not accepted, or the balance at the
 * channel was too small. Until then it is pending.
 */
export const isRefusedForNow = (outcome: OperationOutcome | { readonly kind: 'not_found' }): boolean =>
  outcome.kind === 'failed' && (outcome.retryable === true || outcome.decline.class === 'technical_not_accepted');
