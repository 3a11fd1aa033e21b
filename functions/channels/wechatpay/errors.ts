/**
 * Errors of API v3 in the port's words. WeChat Pay writes each code with and without `_` (`ORDER_NOT_EXIST`, `ORDERNOTEXIST`), and an HTTP status says little by itself:
 * only the code counts. Codes: pay.weixin.qq.com, and the official Go SDK.
 */
import type { Decline, DeclineClass } from '../port/port.ts';

/**
 * What a refusal says of the request. A class: it had no effect, and what that means. unknown: it may have had one. state: something else is under the
 * number, which a query shows.
 */
export type Meaning = DeclineClass | 'unknown' | 'state';

const CODES: Readonly<Record<Meaning, string>> = {
  unknown: 'SYSTEM_ERROR BANK_ERROR BIZERR_NEED_RETRY USERPAYING',
  technical_not_accepted: 'FREQUENCY_LIMITED FREQUENCY_LIMIT_EXCEED RATELIMIT_EXCEED RATELIMIT_EXCEEDED RULE_LIMIT',
  configuration:
    'PARAM_ERROR APPID_MCHID_NOT_MATCH APPID_NOT_EXIST MCHID_NOT_EXIST MCH_NOT_EXISTS SIGN_ERROR NO_AUTH OPENID_MISMATCH INVALID_TRANSACTIONID NO_STATEMENT_EXIST STATEMENT_CREATING CONTRACT_NOT_EXIST',
  payer_action:
    'NOT_ENOUGH TRADE_ERROR AUTH_CODE_INVALID AUTH_CODE_ERROR AUTH_CODE_EXPIRE BUYER_MISMATCH NOT_SUPORT_CARD',
  hard: 'ACCOUNT_ERROR USER_ACCOUNT_ABNORMAL',
  state:
    'INVALID_REQUEST ORDER_PAID ORDER_CLOSED ORDER_REVERSED OUT_TRADE_NO_USED ORDER_NOT_EXIST RESOURCE_NOT_EXISTS REFUND_NOT_EXISTS REFUND_FEE_MISMATCH TRADE_OVERDUE INVALID_REQ_TOO_MUCH',
  soft: '',
  authentication: '',
};

const plain = (code: string): string => code.replaceAll('_', '').toUpperCase();

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(CODES).flatMap(([meaning, codes]) =>
    codes.split(' ').flatMap((code) => (code === '' ? [] : [[plain(code), meaning as Meaning] as const])),
  ),
);

/** Every code that is known, as WeChat Pay's documents write it. */
export const KNOWN_CODES: readonly string[] = Object.values(CODES).flatMap((codes) => codes.split(' ').filter(Boolean));

/** Whether WeChat Pay documents the code. */
export const isListed = (code: string): boolean => MEANINGS.has(plain(code));

/** What a code means. One that is not known may hide an effect, so a query decides. */
export const meaningOf = (code: string): Meaning => MEANINGS.get(plain(code)) ?? 'state';

export const isCode = (code: string, ...wanted: readonly string[]): boolean =>
  wanted.some((each) => plain(each) === plain(code));

/** Codes that say that nothing is under the number. */
export const isMissing = (code: string): boolean =>
  isCode(code, 'ORDER_NOT_EXIST', 'RESOURCE_NOT_EXISTS', 'REFUND_NOT_EXISTS');

/** Whether a refund that was refused with this code may be sent again later under its number: the balance may be topped up, the load may fall. */
export const isForNow = (code: string): boolean =>
  isCode(code, 'NOT_ENOUGH') || meaningOf(code) === 'technical_not_accepted';

const FAILED = 'payment_intent_payment_attempt_failed';
const DECLINES: Readonly<Record<DeclineClass, Omit<Decline, 'class' | 'networkCode'>>> = {
  hard: {
    code: 'payment_method_provider_decline',
    message: 'WeChat Pay declined the payment. Provide a new payment method to try again.',
  },
  soft: {
    code: 'payment_method_provider_decline',
    message: 'WeChat Pay declined the payment. Provide a new payment method to try again.',
  },
  authentication: {
    code: 'authentication_required',
    declineCode: 'authentication_required',
    message: 'The payer approves each payment with WeChat Pay, and is not there.',
  },
  payer_action: {
    code: 'payment_method_customer_decline',
    message: 'The payer did not pay with WeChat Pay. Provide a new payment method to try again.',
  },
  configuration: {
    code: 'processing_error',
    message: 'An error occurred while processing the payment with WeChat Pay.',
  },
  technical_not_accepted: {
    code: 'processing_error',
    message: 'WeChat Pay takes no payment at the moment. Try again in a little bit.',
  },
};

/** The decline of a request with this meaning. `code` is WeChat Pay's own. */
export const declineOf = (of: DeclineClass, code: string): Decline => ({
  class: of,
  ...DECLINES[of],
  networkCode: code.slice(0, 40),
});

/** An order that was closed, by us or by its time, before anyone paid it. */
export const ORDER_CLOSED: Decline = {
  class: 'payer_action',
  code: FAILED,
  message: 'The order at WeChat Pay was closed before it was paid. Provide a new payment method to try again.',
  networkCode: 'CLOSED',
};
export const ORDER_PAID: Decline = {
  code: 'payment_intent_unexpected_state',
  message: 'The order at WeChat Pay was paid.',
  networkCode: 'ORDER_PAID',
};
/** WeChat Pay has taken the refund back: nothing goes to the payer. */
export const REFUND_CLOSED: Decline = {
  code: 'declined',
  message: 'WeChat Pay closed the refund. Nothing was returned to the payer.',
  networkCode: 'CLOSED',
};
const NOT_REFUNDABLE: Omit<Decline, 'networkCode'> = {
  code: 'charge_not_refundable',
  message: 'WeChat Pay refuses to refund this payment.',
};
const BALANCE_TOO_LOW: Omit<Decline, 'networkCode'> = {
  code: 'insufficient_funds',
  message: 'The balance at WeChat Pay does not cover this refund.',
};

/** Why a refund was refused, which had no effect. `NOT_ENOUGH` is about the merchant's own balance there. */
export function refundDecline(code: string): Decline {
  if (isCode(code, 'NOT_ENOUGH')) return { ...BALANCE_TOO_LOW, networkCode: code };
  const meaning = meaningOf(code);
  // A payment that it does not know was named by us.
  if (meaning === 'configuration' || isMissing(code)) return declineOf('configuration', code);
  return { ...NOT_REFUNDABLE, networkCode: code.slice(0, 40) };
}
