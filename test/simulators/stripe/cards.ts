/** Stripe's published test cards, as the simulator plays them (docs.stripe.com/testing). */

export interface PlayedCard {
  readonly number: string;
  readonly brand: string;
  /** The issuer's decision: an error's code, and for `card_declined` the decline code. Absent: it approves. */
  readonly decline?: { readonly code: string; readonly declineCode?: string; readonly message: string };
  /** Whether its owner is challenged: always, or where that is asked for. */
  readonly challenge?: 'required' | 'optional';
  readonly cvcCheck?: 'fail';
  readonly disputed?: true;
  readonly refunds?: 'pending' | 'fail';
}

const declined = (declineCode: string, message = 'Your card was declined.') => ({
  code: 'card_declined',
  declineCode,
  message,
});

const CARDS: Readonly<Record<string, PlayedCard>> = Object.fromEntries(
  (
    [
      { number: '4242424242424242', brand: 'visa' },
      { number: '5555555555554444', brand: 'mastercard' },
      { number: '4000000000000002', brand: 'visa', decline: declined('generic_decline') },
      {
        number: '4000000000009995',
        brand: 'visa',
        decline: declined('insufficient_funds', 'Your card has insufficient funds.'),
      },
      { number: '4000000000009987', brand: 'visa', decline: declined('lost_card') },
      { number: '4000000000009979', brand: 'visa', decline: declined('stolen_card') },
      {
        number: '4000000000000069',
        brand: 'visa',
        decline: { code: 'expired_card', declineCode: 'expired_card', message: 'Your card has expired.' },
      },
      {
        number: '4000000000000127',
        brand: 'visa',
        decline: {
          code: 'incorrect_cvc',
          declineCode: 'incorrect_cvc',
          message: "Your card's security code is incorrect.",
        },
      },
      {
        number: '4000000000000119',
        brand: 'visa',
        decline: {
          code: 'processing_error',
          declineCode: 'processing_error',
          message: 'An error occurred while processing your card. Try again in a little bit.',
        },
      },
      { number: '4000000000003220', brand: 'visa', challenge: 'required' },
      { number: '4000000000003055', brand: 'visa', challenge: 'optional' },
      { number: '4000002760003184', brand: 'visa', challenge: 'required' },
      { number: '4000000000000101', brand: 'visa', cvcCheck: 'fail' },
      { number: '4000000000000259', brand: 'visa', disputed: true },
      { number: '4000000000007726', brand: 'visa', refunds: 'pending' },
      { number: '4000000000005126', brand: 'visa', refunds: 'fail' },
    ] satisfies readonly PlayedCard[]
  ).map((card) => [card.number, card]),
);

const TEST_IDS: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_visa_chargeDeclined: '4000000000000002',
  pm_card_chargeDeclined: '4000000000000002',
  pm_card_visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_chargeDeclinedLostCard: '4000000000009987',
  pm_card_chargeDeclinedStolenCard: '4000000000009979',
  pm_card_chargeDeclinedExpiredCard: '4000000000000069',
  pm_card_chargeDeclinedIncorrectCvc: '4000000000000127',
  pm_card_chargeDeclinedProcessingError: '4000000000000119',
  pm_card_threeDSecure2Required: '4000000000003220',
  pm_card_threeDSecureOptional: '4000000000003055',
  pm_card_authenticationRequired: '4000002760003184',
  pm_card_cvcCheckFail: '4000000000000101',
  pm_card_createDispute: '4000000000000259',
  pm_card_pendingRefund: '4000000000007726',
  pm_card_refundFail: '4000000000005126',
};

/** The card behind a number; undefined for one that is no test card. */
export const cardOfNumber = (number: string): PlayedCard | undefined => CARDS[number];

/** The card behind a published id. */
export const cardOfId = (id: string): PlayedCard | undefined => CARDS[TEST_IDS[id] ?? ''];
