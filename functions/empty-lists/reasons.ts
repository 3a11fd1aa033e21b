/** Why Sluice has none of what Stripe has, as its refusals say it. */
export const BILLING = 'Sluice has no billing. Create a payment intent or a Checkout Session for each payment.';
export const DISCOUNTS = 'Sluice has no discounts. Send the amount to pay.';
export const TAXES = 'Sluice computes no taxes. Send the amount with taxes.';
export const CONNECT = 'Sluice has no connected accounts (Connect).';
export const FILES = 'Sluice stores no files. Evidence of a dispute is text.';
export const ISSUING = 'Sluice issues no cards.';
export const IDENTITY = 'Sluice verifies no identities.';
export const TERMINAL = 'Sluice has no card readers.';
export const TREASURY = 'Sluice has no financial accounts (Treasury).';
export const CASH = 'Sluice has no cash balances: no payment method fills one.';
