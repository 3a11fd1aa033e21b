/** What the acquirer does with each test card and order at a wallet: the answer it decides, and what goes wrong on the way to us. Pure, total. */
import type { Behavior } from '../kernel/test-cards.ts';

/** The acquirer's own words for why it says no; functions/sandbox/README.md lists them with the scheme's code. */
export type DeclineReason = keyof typeof NETWORK_CODES;

/** ISO 8583 response codes as schemes use them; S marks our own. */
export const NETWORK_CODES = {
  do_not_honor: '05',
  insufficient_funds: '51',
  lost_card: '41',
  stolen_card: '43',
  card_velocity_exceeded: '65',
  expired_card: '54',
  incorrect_cvc: 'N7',
  processing_error: '96',
  authentication_required: '1A',
  authentication_failed: 'S1',
  not_a_test_card: 'S2',
  capture_failed: 'S3',
  refund_failed: 'S4',
  not_capturable: 'S5',
  not_voidable: 'S6',
  not_refundable: 'S7',
  dispute_closed: 'S8',
  not_incrementable: 'S9',
  payer_declined: 'S10',
  wallet_declined: 'S11',
  order_expired: 'S12',
  order_closed: 'S13',
  order_paid: 'S14',
  balance_too_low: 'S15',
  wallet_refund_failed: 'S16',
} as const;

export type Check = 'pass' | 'fail' | 'unchecked' | 'unavailable';
export interface Checks {
  readonly cvc?: Check;
  readonly postal_code?: Check;
  readonly line1?: Check;
}

/** How a response is lost: `lost` takes effect without a response, `never` has no effect and fails, the others respond late. */
export type Fault = 'lost' | 'never' | 'slow' | 'timeout';

export interface PlannedDispute {
  readonly kind: 'inquiry' | 'chargeback';
  readonly reason: string;
}

export interface Plan {
  /** What the issuer says, once there is nothing left to wait for. */
  readonly decision: 'approved' | DeclineReason;
  /** The payer has to finish a challenge first; `unlessOffSession` was set up for payments without the payer. */
  readonly challenge?: 'always' | 'unlessOffSession' | 'unlessSetUp';
  /** A verification (of zero) succeeds: only charges meet the decision. */
  readonly verifies?: boolean;
  /** The decision is made later: until then the answer is pending. */
  readonly later?: boolean;
  readonly checks?: Checks;
  readonly fault?: Fault;
  /** The acquirer does not take the charge for now, and does nothing. `atFirst`: an account that was opened as a further one takes it. */
  readonly notAccepted?: 'atFirst' | 'anywhere';
  /** Callbacks about this charge: how often each is sent; `late` sends it a minute and a half on. */
  readonly callbacks?: 'thrice' | 'late' | 'none';
  /** Minor units that the issuer approves, whatever the amount of the charge. */
  readonly approves?: bigint;
  readonly capture?: 'lost' | 'fails';
  /** Minor units that a capture takes, whatever it asks for. */
  readonly captures?: bigint;
  readonly increment?: 'lost' | 'declined';
  /** Its holds are not raised beyond this. */
  readonly highestHold?: bigint;
  /** Its holds are captured once, whatever is asked for. */
  readonly capturesOnce?: boolean;
  readonly void?: 'lost' | 'fails';
  /** `unfunded`: the balance is too low, and some seconds later it is not. */
  readonly refund?: 'lost' | 'pending' | 'fails' | 'failsLater' | 'unfunded';
  /** The charge is announced again with each of its refunds, in one callback. */
  readonly announcesTogether?: boolean;
  /** The payer's wallet pays half of the amount. */
  readonly approvesHalf?: boolean;
  /** Once its payer has paid, the charge is pending for a day. */
  readonly takesADay?: boolean;
  /** The payer's browser reaches the wallet by posting a form. */
  readonly asksByForm?: boolean;
  /** After the payer's decision, the browser does not return, or returns after the callback. */
  readonly return?: 'lost' | 'late';
  readonly resume?: 'lost';
  readonly close?: 'lost';
  /** The order is closed, and the wallet takes the money nevertheless. */
  readonly paidAfterClose?: boolean;
  /** Disputes that the payer opens as soon as the money is taken; several share it. */
  readonly disputes?: readonly PlannedDispute[];
  /** What is taken is paid out when it is taken. */
  readonly paysOutAtOnce?: boolean;
}

const approve: Plan = { decision: 'approved' };
const decline = (decision: DeclineReason): Plan => ({ decision });
const chargeback = (reason: string): PlannedDispute => ({ kind: 'chargeback', reason });
const passed: Checks = { postal_code: 'pass', line1: 'pass' };

export const PLANS = {
  approve,
  genericDecline: decline('do_not_honor'),
  declinesCharges: { decision: 'do_not_honor', verifies: true },
  insufficientFunds: decline('insufficient_funds'),
  lostCard: decline('lost_card'),
  stolenCard: decline('stolen_card'),
  velocityExceeded: decline('card_velocity_exceeded'),
  expiredCard: decline('expired_card'),
  incorrectCvc: { decision: 'incorrect_cvc', checks: { cvc: 'fail' } },
  processingError: decline('processing_error'),

  challenge: { decision: 'approved', challenge: 'always' },
  challengeThenDecline: { decision: 'do_not_honor', challenge: 'always' },
  challengeLookupError: decline('do_not_honor'),
  challengeUnlessOffSession: { decision: 'approved', challenge: 'unlessOffSession' },
  challengeUnlessSetUp: { decision: 'approved', challenge: 'unlessSetUp' },
  challengeUnlessSetUpThenInsufficientFunds: {
    decision: 'insufficient_funds',
    challenge: 'unlessSetUp',
    verifies: true,
  },

  cvcCheckFail: { decision: 'approved', checks: { cvc: 'fail' } },
  postalCheckFail: { decision: 'approved', checks: { ...passed, postal_code: 'fail' } },
  line1CheckFail: { decision: 'approved', checks: { ...passed, line1: 'fail' } },
  addressCheckFail: { decision: 'approved', checks: { postal_code: 'fail', line1: 'fail' } },
  addressUnchecked: { decision: 'approved', checks: { postal_code: 'unavailable', line1: 'unavailable' } },

  refundPending: { decision: 'approved', refund: 'pending' },
  refundFailsLater: { decision: 'approved', refund: 'failsLater' },

  disputeFraudulent: { decision: 'approved', disputes: [chargeback('fraudulent')] },
  disputeNotReceived: { decision: 'approved', disputes: [chargeback('product_not_received')] },
  disputeInquiry: { decision: 'approved', disputes: [{ kind: 'inquiry', reason: 'fraudulent' }] },
  disputeTwice: { decision: 'approved', disputes: [chargeback('fraudulent'), chargeback('fraudulent')] },

  paysOutAtOnce: { decision: 'approved', paysOutAtOnce: true },

  lostResponse: { decision: 'approved', fault: 'lost' },
  slow: { decision: 'approved', fault: 'slow' },
  timeout: { decision: 'approved', fault: 'timeout' },
  neverArrived: { decision: 'approved', fault: 'never' },
  notAccepted: { decision: 'approved', notAccepted: 'atFirst' },
  pendingThenSucceeds: { decision: 'approved', later: true },
  pendingThenFails: { decision: 'do_not_honor', later: true },
  duplicateCallbacks: { decision: 'approved', callbacks: 'thrice' },
  lateCallback: { decision: 'approved', later: true, callbacks: 'late' },
  noCallback: { decision: 'approved', later: true, callbacks: 'none' },
  captureLost: { decision: 'approved', capture: 'lost' },
  captureFails: { decision: 'approved', capture: 'fails' },
  voidLost: { decision: 'approved', void: 'lost' },
  refundLost: { decision: 'approved', refund: 'lost' },
  incrementDeclined: { decision: 'approved', increment: 'declined', capturesOnce: true },
  incrementLost: { decision: 'approved', increment: 'lost' },
} as const satisfies Record<Behavior, Plan>;

export const planOf = (behavior: Behavior): Plan => PLANS[behavior];

export const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;
export type Wallet = (typeof WALLETS)[number];

/** Scenarios of orders at a wallet: it has no test ids, so the last four digits of the amount in minor units select one (README.md). */
export const WALLET_SCENARIOS: Readonly<Record<string, Partial<Plan>>> = {
  9901: { fault: 'lost' },
  9902: { fault: 'never' },
  9903: { decision: 'wallet_declined' },
  9904: { callbacks: 'thrice' },
  9905: { callbacks: 'none' },
  9906: { return: 'lost' },
  9907: { return: 'late' },
  9908: { approvesHalf: true },
  9909: { takesADay: true, callbacks: 'none' },
  9910: { paidAfterClose: true },
  9911: { close: 'lost' },
  9912: { resume: 'lost' },
  9913: { capture: 'lost' },
  9914: { void: 'lost' },
  9915: { refund: 'lost' },
  9916: { refund: 'failsLater' },
  9917: { refund: 'unfunded' },
  9918: { announcesTogether: true },
  9919: { asksByForm: true },
  9920: { notAccepted: 'atFirst' },
};

/** Refunds of WeChat Pay are asynchronous. */
const WALLET_PLANS: Readonly<Record<Wallet, Plan>> = {
  alipay: approve,
  wechat_pay: { decision: 'approved', refund: 'pending' },
  paypal: approve,
};

export const walletPlanOf = (wallet: Wallet, amount: bigint): Plan => ({
  ...WALLET_PLANS[wallet],
  ...WALLET_SCENARIOS[String(amount % 10_000n)],
});

/** How long things take here, in ms; a test or a deployment may say otherwise. */
export interface Timings {
  /** Until a pending answer is decided. */
  readonly decideMs: number;
  /** From a fact to its callback. */
  readonly callbackMs: number;
  /** The same for `lateCallback`: later than a careful merchant's first own look. */
  readonly lateCallbackMs: number;
  /** Until a pending refund succeeds, or one that seemed to succeed fails. */
  readonly refundMs: number;
  readonly slowMs: number;
  readonly timeoutMs: number;
  /** Until an issuer has read the evidence and decided. */
  readonly verdictMs: number;
  /** Until the bank has paid. */
  readonly payoutMs: number;
  /** From then until it sends the money back, where it does. */
  readonly payoutReturnMs: number;
  /** From the approval of an order until the merchant must have completed it. */
  readonly approvalMs: number;
  /** How long a charge is pending that takes a day. */
  readonly dayMs: number;
  /** From the close of an order until it is paid nevertheless. */
  readonly latePaymentMs: number;
  /** From the payer's decision until the browser returns, where the callback is to be first. */
  readonly lateReturnMs: number;
  /** From a refund that the balance does not cover until it does. */
  readonly fundingMs: number;
}
export const TIMINGS: Timings = {
  decideMs: 2_000,
  callbackMs: 1_000,
  lateCallbackMs: 90_000,
  refundMs: 3_000,
  slowMs: 8_000,
  timeoutMs: 14_000,
  verdictMs: 3_000,
  payoutMs: 2_000,
  payoutReturnMs: 3_000,
  approvalMs: 3 * 3_600_000,
  dayMs: 24 * 3_600_000,
  latePaymentMs: 2_000,
  lateReturnMs: 3_000,
  fundingMs: 5_000,
};
