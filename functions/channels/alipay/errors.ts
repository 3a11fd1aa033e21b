/**
 * Alipay's error codes, and what each means for a payment (alipay-sdk-java-v3 3.1, error enums; opendocs.alipay.com/common/02km9f). A code that is not
 * listed is `unknown`: it never fails a payment (I15).
 */
import type { Decline, DeclineClass } from '../port/port.ts';

/**
 * unknown: the outcome has to be asked for. state: the trade or the hold is further than the request assumed, so its state is the answer. refund: the refund
 * is refused, and with it nothing else. funds: our balance at Alipay does not cover the refund; the same number may succeed later.
 */
export type ErrorClass = DeclineClass | 'unknown' | 'state' | 'refund' | 'funds';

const LISTED: Readonly<Partial<Record<ErrorClass, string>>> = {
  unknown: 'ACQ.SYSTEM_ERROR AQC.SYSTEM_ERROR SYSTEM_ERROR isp.unknow-error aop.unknow-error aop.ACQ.SYSTEM_ERROR',
  payer_action:
    'ACQ.PAYMENT_AUTH_CODE_INVALID ACQ.BUYER_BALANCE_NOT_ENOUGH ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH ' +
    'ACQ.ERROR_BALANCE_PAYMENT_DISABLE ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE ACQ.NOT_SUPPORT_PAYMENT_INST ' +
    'ACQ.PULL_MOBILE_CASHIER_FAIL ACQ.MOBILE_PAYMENT_SWITCH_OFF ACQ.USER_FACE_PAYMENT_SWITCH_OFF ' +
    'ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR ' +
    'ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT ACQ.NOT_CERTIFIED_USER ACQ.CARD_TYPE_ERROR ACQ.PAYMENT_FAIL MONEY_NOT_ENOUGH',
  hard:
    'ACQ.BUYER_ENABLE_STATUS_FORBID ACQ.PAYMENT_REQUEST_HAS_RISK ACQ.BUYER_NOT_EXIST ACQ.BUYER_SELLER_EQUAL ' +
    'ACQ.TRADE_BUYER_NOT_MATCH ACQ.AGREEMENT_NOT_EXIST ACQ.AGREEMENT_INVALID ACQ.AGREEMENT_STATUS_NOT_NORMAL ' +
    'PAYER_USER_STATUS_LIMIT',
  configuration:
    'ACQ.INVALID_PARAMETER ACQ.ACCESS_FORBIDDEN ACQ.PARTNER_ERROR ACQ.SELLER_BEEN_BLOCKED ACQ.SELLER_NOT_EXIST ' +
    'ACQ.MERCHANT_STATUS_NOT_NORMAL ACQ.MERCHANT_AGREEMENT_INVALID ACQ.EXIST_FORBIDDEN_WORD ACQ.TOTAL_FEE_EXCEED ' +
    'ACQ.BEYOND_PAY_RESTRICTION ACQ.BEYOND_PER_RECEIPT_RESTRICTION ACQ.MERCHANT_PERM_RECEIPT_DAY_LIMIT ' +
    'ACQ.CURRENCY_NOT_SUPPORT ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR INVALID_PARAMETER ILLEGAL_ARGUMENT ACCESS_FORBIDDEN HAS_NO_PRIVILEGE',
  technical_not_accepted: 'isv.app-call-limited isv.method-call-limited',
  state:
    'ACQ.TRADE_HAS_SUCCESS ACQ.TRADE_HAS_CLOSE ACQ.TRADE_HAS_FINISHED ACQ.TRADE_STATUS_ERROR ' +
    'ACQ.REASON_TRADE_STATUS_INVALID ACQ.REASON_ILLEGAL_STATUS ACQ.TRADE_NOT_EXIST ACQ.CONTEXT_INCONSISTENT ' +
    'ACQ.DISCORDANT_REPEAT_REQUEST ACQ.TRADE_CANCEL_TIME_OUT ACQ.CANCEL_NOT_ALLOWED ACQ.AUTH_AMOUNT_NOT_ENOUGH ' +
    'FREEZE_ALREADY_SUCCESS ORDER_ALREADY_FINISH ORDER_ALREADY_CLOSED UNIQUE_VIOLATION AUTH_ORDER_NOT_EXIST ' +
    'AUTH_OPERATION_NOT_EXIST REQUEST_AMOUNT_EXCEED ILLEGAL_STATUS BIZ_ERROR',
  refund:
    'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL ACQ.REASON_TRADE_BEEN_FREEZEN ACQ.TRADE_NOT_ALLOW_REFUND ' +
    'ACQ.NOT_ALLOW_PARTIAL_REFUND ACQ.REFUND_FEE_ERROR ACQ.REASON_TRADE_REFUND_FEE_ERR',
  funds: 'ACQ.SELLER_BALANCE_NOT_ENOUGH',
};

/** Every listed sub-code with its class. */
export const CLASSES: ReadonlyMap<string, ErrorClass> = new Map(
  (Object.entries(LISTED) as [ErrorClass, string][]).flatMap(([kind, codes]) =>
    codes.split(' ').map((code) => [code, kind] as const),
  ),
);

/** `code` of the gateway itself, where there is no sub-code that says more: 20000 and what is not listed are unknown. */
const GATEWAY: Readonly<Record<string, ErrorClass>> = {
  '20001': 'configuration',
  '40001': 'configuration',
  '40002': 'configuration',
  '40003': 'configuration',
  '40005': 'technical_not_accepted',
  '40006': 'configuration',
};

/** What a refusal means. The gateway's own sub-codes begin with `isv.` where our request is wrong, and with `isp.` or `aop.` where it is at fault. */
export function classOf(code: string, subCode: string): ErrorClass {
  if (code === '20000') return 'unknown';
  const listed = CLASSES.get(subCode);
  if (listed) return listed;
  if (/^(isp|aop\.isp)\./.test(subCode)) return 'unknown';
  return GATEWAY[code] ?? 'unknown';
}

const REFUSED: Readonly<Record<DeclineClass | 'refund' | 'funds', Decline>> = {
  payer_action: {
    code: 'payment_method_provider_decline',
    message: 'Alipay declined the payment. Provide a new payment method to try again.',
  },
  hard: {
    code: 'payment_method_provider_decline',
    message: 'Alipay declined the payment. Provide a new payment method to try again.',
  },
  soft: { code: 'payment_method_provider_decline', message: 'Alipay declined the payment.' },
  authentication: { code: 'payment_method_provider_decline', message: 'Alipay declined the payment.' },
  configuration: { code: 'processing_error', message: 'Alipay does not take this request of the account.' },
  technical_not_accepted: { code: 'processing_error', message: 'Alipay takes no requests of the account for now.' },
  refund: { code: 'charge_not_refundable', message: 'Alipay refuses to refund this payment.' },
  funds: { code: 'insufficient_funds', message: 'The balance at Alipay does not cover this refund.' },
};

/** A refusal as a decline. Refusals of a refund have no class: they say nothing about the payer. */
export const declineOf = (kind: keyof typeof REFUSED, networkCode: string): Decline => ({
  ...(kind !== 'refund' && kind !== 'funds' && { class: kind }),
  ...REFUSED[kind],
  networkCode,
});

/** The order ended before its payer paid. Alipay does not say whether its payer, its time or a request of ours ended it. */
export const ORDER_CLOSED: Decline = {
  class: 'payer_action',
  code: 'payment_intent_payment_attempt_failed',
  message: 'The order at Alipay was closed before it was paid. Provide a new payment method to try again.',
  networkCode: 'TRADE_CLOSED',
};

/** The order cannot be closed, or the hold released. */
export const notPossible = (code: string, networkCode: string): Decline => ({
  code,
  message: 'Alipay has another state of this payment.',
  networkCode,
});
