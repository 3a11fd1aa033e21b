/** Each documented code has a class, and what is not documented fails nothing. */
import { describe, expect, it } from 'vitest';
import { CLASSES, classOf, declineOf } from '../../../../functions/channels/alipay/errors.ts';

/** Error enums of alipay-sdk-java-v3 3.1 for trades and pre-authorization, and what each is to be. */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  unknown: ['ACQ.SYSTEM_ERROR', 'AQC.SYSTEM_ERROR', 'SYSTEM_ERROR'],
  payer_action: [
    'ACQ.PAYMENT_AUTH_CODE_INVALID',
    'ACQ.BUYER_BALANCE_NOT_ENOUGH',
    'ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH',
    'ACQ.ERROR_BALANCE_PAYMENT_DISABLE',
    'ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE',
    'ACQ.NOT_SUPPORT_PAYMENT_INST',
    'ACQ.PULL_MOBILE_CASHIER_FAIL',
    'ACQ.MOBILE_PAYMENT_SWITCH_OFF',
    'ACQ.USER_FACE_PAYMENT_SWITCH_OFF',
    'ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR',
    'ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR',
    'ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT',
    'ACQ.NOT_CERTIFIED_USER',
    'ACQ.CARD_TYPE_ERROR',
    'ACQ.PAYMENT_FAIL',
    'MONEY_NOT_ENOUGH',
  ],
  hard: [
    'ACQ.BUYER_ENABLE_STATUS_FORBID',
    'ACQ.PAYMENT_REQUEST_HAS_RISK',
    'ACQ.BUYER_NOT_EXIST',
    'ACQ.BUYER_SELLER_EQUAL',
    'ACQ.TRADE_BUYER_NOT_MATCH',
    'ACQ.AGREEMENT_NOT_EXIST',
    'ACQ.AGREEMENT_INVALID',
    'ACQ.AGREEMENT_STATUS_NOT_NORMAL',
    'PAYER_USER_STATUS_LIMIT',
  ],
  configuration: [
    'ACQ.INVALID_PARAMETER',
    'ACQ.ACCESS_FORBIDDEN',
    'ACQ.PARTNER_ERROR',
    'ACQ.SELLER_BEEN_BLOCKED',
    'ACQ.SELLER_NOT_EXIST',
    'ACQ.MERCHANT_STATUS_NOT_NORMAL',
    'ACQ.MERCHANT_AGREEMENT_INVALID',
    'ACQ.EXIST_FORBIDDEN_WORD',
    'ACQ.TOTAL_FEE_EXCEED',
    'ACQ.BEYOND_PAY_RESTRICTION',
    'ACQ.BEYOND_PER_RECEIPT_RESTRICTION',
    'ACQ.MERCHANT_PERM_RECEIPT_DAY_LIMIT',
    'ACQ.CURRENCY_NOT_SUPPORT',
    'ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR',
    'ILLEGAL_ARGUMENT',
    'ACCESS_FORBIDDEN',
    'HAS_NO_PRIVILEGE',
  ],
  state: [
    'ACQ.TRADE_HAS_SUCCESS',
    'ACQ.TRADE_HAS_CLOSE',
    'ACQ.TRADE_HAS_FINISHED',
    'ACQ.TRADE_STATUS_ERROR',
    'ACQ.REASON_TRADE_STATUS_INVALID',
    'ACQ.REASON_ILLEGAL_STATUS',
    'ACQ.TRADE_NOT_EXIST',
    'ACQ.CONTEXT_INCONSISTENT',
    'ACQ.DISCORDANT_REPEAT_REQUEST',
    'ACQ.TRADE_CANCEL_TIME_OUT',
    'ACQ.CANCEL_NOT_ALLOWED',
    'ACQ.AUTH_AMOUNT_NOT_ENOUGH',
    'FREEZE_ALREADY_SUCCESS',
    'ORDER_ALREADY_FINISH',
    'ORDER_ALREADY_CLOSED',
    'UNIQUE_VIOLATION',
    'AUTH_ORDER_NOT_EXIST',
    'AUTH_OPERATION_NOT_EXIST',
    'REQUEST_AMOUNT_EXCEED',
  ],
  refund: [
    'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL',
    'ACQ.REASON_TRADE_BEEN_FREEZEN',
    'ACQ.TRADE_NOT_ALLOW_REFUND',
    'ACQ.NOT_ALLOW_PARTIAL_REFUND',
    'ACQ.REFUND_FEE_ERROR',
    'ACQ.REASON_TRADE_REFUND_FEE_ERR',
  ],
  funds: ['ACQ.SELLER_BALANCE_NOT_ENOUGH'],
};

const documented = Object.entries(DOCUMENTED).flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const));

describe('a business refusal (40004)', () => {
  it.each(documented)('%s is %s', (code, kind) => {
    expect(classOf('40004', code)).toBe(kind);
  });

  it('with a code that is not documented is unknown, and fails nothing', () => {
    expect(classOf('40004', 'ACQ.SOMETHING_NEW')).toBe('unknown');
    expect(classOf('40004', '')).toBe('unknown');
  });
});

describe('a refusal of the gateway', () => {
  it.each([
    ['20000', 'isp.unknow-error', 'unknown'],
    ['20000', '', 'unknown'],
    ['20000', 'ACQ.INVALID_PARAMETER', 'unknown'],
    ['40002', 'isp.not-there-yet', 'unknown'],
    ['20001', 'aop.invalid-auth-token', 'configuration'],
    ['40001', 'isv.missing-signature', 'configuration'],
    ['40002', 'isv.invalid-signature', 'configuration'],
    ['40002', 'isv.invalid-app-id', 'configuration'],
    ['40003', 'isv.invalid-request', 'configuration'],
    ['40005', 'isv.app-call-limited', 'technical_not_accepted'],
    ['40006', 'isv.insufficient-isv-permissions', 'configuration'],
    ['40004', 'isp.bill_not_exist', 'unknown'],
    ['50000', '', 'unknown'],
  ])('%s %s is %s', (code, subCode, kind) => {
    expect(classOf(code, subCode)).toBe(kind);
  });
});

it('each class that fails a payment has a code, a message and Alipay’s own code', () => {
  for (const [code, kind] of CLASSES) {
    if (kind === 'unknown' || kind === 'state') continue;
    const decline = declineOf(kind, code);
    expect(decline).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), networkCode: code });
    expect(decline.message).toMatch(/Alipay/);
  }
});
