/**
 * The published test cards, as one total table: what the vault and payments take in test mode, and what the sandbox acquirer
 * reacts to. Pure data. Stripe's numbers and ids are those of docs.stripe.com/testing; the block 4000 0099 … and the ids
 * `pm_card_sandbox_*` are ours, for what an acquirer can do to us that Stripe's cards do not show (functions/sandbox/README.md).
 */
export type Brand = 'visa' | 'mastercard' | 'amex' | 'discover' | 'diners' | 'jcb' | 'unionpay';
export type Funding = 'credit' | 'debit' | 'prepaid' | 'unknown';

/** The sandbox's behavior for each card, which functions/sandbox/behavior.ts implements. */
export type Behavior =
  | 'approve'
  | 'genericDecline'
  | 'declinesCharges'
  | 'insufficientFunds'
  | 'lostCard'
  | 'stolenCard'
  | 'velocityExceeded'
  | 'expiredCard'
  | 'incorrectCvc'
  | 'processingError'
  | 'challenge'
  | 'challengeThenDecline'
  | 'challengeUnlessSetUpThenInsufficientFunds'
  | 'challengeLookupError'
  | 'challengeUnlessOffSession'
  | 'challengeUnlessSetUp'
  | 'cvcCheckFail'
  | 'postalCheckFail'
  | 'line1CheckFail'
  | 'addressCheckFail'
  | 'addressUnchecked'
  | 'refundPending'
  | 'refundFailsLater'
  | 'disputeFraudulent'
  | 'disputeNotReceived'
  | 'disputeInquiry'
  | 'disputeTwice'
  | 'paysOutAtOnce'
  | 'lostResponse'
  | 'slow'
  | 'timeout'
  | 'neverArrived'
  | 'notAccepted'
  | 'pendingThenSucceeds'
  | 'pendingThenFails'
  | 'duplicateCallbacks'
  | 'lateCallback'
  | 'noCallback'
  | 'captureLost'
  | 'captureFails'
  | 'voidLost'
  | 'refundLost'
  | 'incrementDeclined'
  | 'incrementLost';

/** How risky a published number stands for; `request_3ds` is one of ours, for a rule that asks for a challenge. */
export type TestRisk = 'elevated' | 'highest' | 'blocked' | 'request_3ds';

export interface TestCard {
  /** The id that mints a payment method of this card; `tok_…` with the same ending is its token. */
  readonly token: `pm_card_${string}`;
  readonly number: string;
  readonly brand: Brand;
  readonly funding: Funding;
  readonly country: string;
  readonly behavior: Behavior;
  /** How risky Radar's documentation says this number is. */
  readonly risk?: TestRisk;
}

type Details = Partial<Pick<TestCard, 'brand' | 'funding' | 'country' | 'risk'>>;

const card = (name: string, number: string, behavior: Behavior, details: Details = {}): TestCard => ({
  brand: 'visa',
  funding: 'credit',
  country: 'US',
  ...details,
  token: `pm_card_${name}`,
  number,
  behavior,
});

/** First of its number comes first: a typed number has that card's facts. */
export const TEST_CARDS: readonly TestCard[] = [
  card('visa', '4242424242424242', 'approve'),
  card('visa_debit', '4000056655665556', 'approve', { funding: 'debit' }),
  card('mastercard', '5555555555554444', 'approve', { brand: 'mastercard' }),
  card('mastercard_2series', '2223003122003222', 'approve', { brand: 'mastercard' }),
  card('mastercard_debit', '5200828282828210', 'approve', { brand: 'mastercard', funding: 'debit' }),
  card('mastercard_prepaid', '5105105105105100', 'approve', { brand: 'mastercard', funding: 'prepaid' }),
  card('amex', '378282246310005', 'approve', { brand: 'amex' }),
  card('amex_2', '371449635398431', 'approve', { brand: 'amex' }),
  card('discover', '6011111111111117', 'approve', { brand: 'discover' }),
  card('discover_2', '6011000990139424', 'approve', { brand: 'discover' }),
  card('discover_debit', '6011981111111113', 'approve', { brand: 'discover', funding: 'debit' }),
  card('diners', '3056930009020004', 'approve', { brand: 'diners' }),
  card('diners_14digits', '36227206271667', 'approve', { brand: 'diners' }),
  card('jcb', '3566002020360505', 'approve', { brand: 'jcb', country: 'JP' }),
  card('unionpay', '6200000000000005', 'approve', { brand: 'unionpay', country: 'CN' }),
  card('unionpay_debit', '6200000000000047', 'approve', { brand: 'unionpay', funding: 'debit', country: 'CN' }),
  card('unionpay_19digits', '6205500000000000004', 'approve', { brand: 'unionpay', country: 'CN' }),

  card('us', '4242424242424242', 'approve'),
  card('br', '4000000760000002', 'approve', { country: 'BR' }),
  card('ca', '4000001240000000', 'approve', { country: 'CA' }),
  card('mx', '4000004840008001', 'approve', { country: 'MX' }),
  card('gb', '4000008260000000', 'approve', { country: 'GB' }),
  card('gb_debit', '4000058260000005', 'approve', { country: 'GB', funding: 'debit' }),
  card('de', '4000002760000016', 'approve', { country: 'DE' }),
  card('fr', '4000002500000003', 'approve', { country: 'FR' }),
  card('cn', '4000001560000002', 'approve', { country: 'CN' }),
  card('hk', '4000003440000004', 'approve', { country: 'HK' }),
  card('in', '4000003560000008', 'approve', { country: 'IN' }),
  card('jp', '4000003920000003', 'approve', { country: 'JP' }),
  card('sg', '4000007020000003', 'approve', { country: 'SG' }),
  card('au', '4000000360000006', 'approve', { country: 'AU' }),

  card('visa_chargeDeclined', '4000000000000002', 'genericDecline'),
  card('visa_chargeDeclinedInsufficientFunds', '4000000000009995', 'insufficientFunds'),
  card('visa_chargeDeclinedLostCard', '4000000000009987', 'lostCard'),
  card('visa_chargeDeclinedStolenCard', '4000000000009979', 'stolenCard'),
  card('visa_chargeDeclinedVelocityLimitExceeded', '4000000000006975', 'velocityExceeded'),
  card('chargeDeclinedExpiredCard', '4000000000000069', 'expiredCard'),
  card('chargeDeclinedIncorrectCvc', '4000000000000127', 'incorrectCvc'),
  card('chargeDeclinedProcessingError', '4000000000000119', 'processingError'),
  card('chargeCustomerFail', '4000000000000341', 'declinesCharges'),

  card('threeDSecure2Required', '4000000000003220', 'challenge'),
  card('threeDSecureRequiredChargeDeclined', '4000008400001629', 'challengeThenDecline'),
  card('threeDSecureRequiredProcessingError', '4000008400001280', 'challengeLookupError'),
  card('threeDSecureOptional', '4000000000003055', 'approve'),
  card('threeDSecureOptionalProcessingError', '4000000000003097', 'approve'),
  card('amex_threeDSecureNotSupported', '378282246310005', 'approve', { brand: 'amex' }),
  card('authenticationRequiredOnSetup', '4000002500003155', 'challengeUnlessSetUp'),
  card('authenticationRequired', '4000002760003184', 'challenge'),
  card('authenticationRequiredSetupForOffSession', '4000003800000446', 'challengeUnlessOffSession'),
  card(
    'authenticationRequiredChargeDeclinedInsufficientFunds',
    '4000008260003178',
    'challengeUnlessSetUpThenInsufficientFunds',
  ),

  card('createDispute', '4000000000000259', 'disputeFraudulent'),
  card('createDisputeProductNotReceived', '4000000000002685', 'disputeNotReceived'),
  card('createDisputeInquiry', '4000000000001976', 'disputeInquiry'),
  card('createIssuerFraudRecord', '4000000000005423', 'approve'),
  card('createMultipleDisputes', '4000000404000079', 'disputeTwice'),
  card('pendingRefund', '4000000000007726', 'refundPending'),
  card('refundFail', '4000000000005126', 'refundFailsLater'),
  card('bypassPending', '4000000000000077', 'paysOutAtOnce'),
  card('bypassPendingInternational', '4000003720000278', 'paysOutAtOnce', { country: 'IE' }),

  card('debit_incrementalAuthAuthorized', '4000058400000063', 'approve', { funding: 'debit' }),
  card('credit_disableEnterpriseCardFeatures', '4000008400000076', 'incrementDeclined'),

  card('radarBlock', '4100000000000019', 'approve', { risk: 'blocked' }),
  card('riskLevelHighest', '4000000000004954', 'approve', { risk: 'highest' }),
  card('riskLevelElevated', '4000000000009235', 'approve', { risk: 'elevated' }),
  card('cvcCheckFail', '4000000000000101', 'cvcCheckFail'),
  card('avsZipFail', '4000000000000036', 'postalCheckFail'),
  card('avsLine1Fail', '4000000000000028', 'line1CheckFail'),
  card('avsFail', '4000000000000010', 'addressCheckFail'),
  card('avsUnchecked', '4000000000000044', 'addressUnchecked'),

  card('sandbox_lostResponse', '4000009900000012', 'lostResponse'),
  card('sandbox_slow', '4000009900000020', 'slow'),
  card('sandbox_timeout', '4000009900000038', 'timeout'),
  card('sandbox_neverArrived', '4000009900000046', 'neverArrived'),
  card('sandbox_pendingThenSucceeds', '4000009900000053', 'pendingThenSucceeds'),
  card('sandbox_pendingThenFails', '4000009900000061', 'pendingThenFails'),
  card('sandbox_duplicateCallbacks', '4000009900000079', 'duplicateCallbacks'),
  card('sandbox_lateCallback', '4000009900000087', 'lateCallback'),
  card('sandbox_noCallback', '4000009900000095', 'noCallback'),
  card('sandbox_captureLost', '4000009900000103', 'captureLost'),
  card('sandbox_captureFails', '4000009900000111', 'captureFails'),
  card('sandbox_voidLost', '4000009900000129', 'voidLost'),
  card('sandbox_refundLost', '4000009900000137', 'refundLost'),
  card('sandbox_incrementLost', '4000009900000145', 'incrementLost'),
  card('sandbox_riskRequests3ds', '4000009900000152', 'approve', { risk: 'request_3ds' }),
  card('sandbox_notAccepted', '4000009900000160', 'notAccepted'),
];

/** Other names that Stripe publishes for the same card. */
const ALIASES: Readonly<Record<string, string>> = {
  pm_card_chargeDeclined: 'pm_card_visa_chargeDeclined',
  pm_card_chargeDeclinedInsufficientFunds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  pm_card_chargeDeclinedLostCard: 'pm_card_visa_chargeDeclinedLostCard',
  pm_card_chargeDeclinedStolenCard: 'pm_card_visa_chargeDeclinedStolenCard',
  pm_card_chargeDeclinedVelocityLimitExceeded: 'pm_card_visa_chargeDeclinedVelocityLimitExceeded',
  pm_card_visa_chargeDeclinedExpiredCard: 'pm_card_chargeDeclinedExpiredCard',
  pm_card_visa_chargeDeclinedIncorrectCvc: 'pm_card_chargeDeclinedIncorrectCvc',
  pm_card_visa_chargeDeclinedProcessingError: 'pm_card_chargeDeclinedProcessingError',
  pm_card_threeDSecureRequired: 'pm_card_threeDSecure2Required',
};

const byToken = new Map(TEST_CARDS.map((testCard) => [testCard.token as string, testCard]));
const byNumber = new Map([...TEST_CARDS].reverse().map((testCard) => [testCard.number, testCard]));

/** The card of a published id (`pm_card_…`, or `tok_…` with the same ending), or undefined when it is not one. */
export function testCardOf(id: string): TestCard | undefined {
  const token = id.startsWith('tok_') ? `pm_card_${id.slice('tok_'.length)}` : id;
  return byToken.get(ALIASES[token] ?? token);
}

/** The card of a published number (digits only), or undefined when it is not one. */
export const testCardOfNumber = (number: string): TestCard | undefined => byNumber.get(number);

/** Why a payer may dispute a payment in test mode. */
export const DISPUTE_REASONS = [
  'fraudulent',
  'duplicate',
  'credit_not_processed',
  'product_not_received',
  'product_unacceptable',
  'subscription_canceled',
  'unrecognized',
  'general',
] as const;
