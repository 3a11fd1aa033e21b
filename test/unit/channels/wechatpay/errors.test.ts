/** The error table of WeChat Pay: each code of its documents has a meaning, in both spellings. */
import { describe, expect, it } from 'vitest';
import {
  declineOf,
  isForNow,
  isMissing,
  KNOWN_CODES,
  meaningOf,
  refundDecline,
} from '../../../../functions/channels/wechatpay/errors.ts';

/** From the pages of the operations that are used here (pay.weixin.qq.com) and the official SDKs. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  SYSTEM_ERROR: 'unknown',
  BANK_ERROR: 'unknown',
  BIZERR_NEED_RETRY: 'unknown',
  USERPAYING: 'unknown',
  FREQUENCY_LIMITED: 'technical_not_accepted',
  RATELIMIT_EXCEEDED: 'technical_not_accepted',
  RATELIMIT_EXCEED: 'technical_not_accepted',
  RULE_LIMIT: 'technical_not_accepted',
  PARAM_ERROR: 'configuration',
  APPID_MCHID_NOT_MATCH: 'configuration',
  MCH_NOT_EXISTS: 'configuration',
  SIGN_ERROR: 'configuration',
  NO_AUTH: 'configuration',
  OPENID_MISMATCH: 'configuration',
  INVALID_TRANSACTIONID: 'configuration',
  NO_STATEMENT_EXIST: 'configuration',
  NOT_ENOUGH: 'payer_action',
  TRADE_ERROR: 'payer_action',
  AUTH_CODE_INVALID: 'payer_action',
  AUTH_CODE_EXPIRE: 'payer_action',
  BUYER_MISMATCH: 'payer_action',
  NOT_SUPORT_CARD: 'payer_action',
  ACCOUNT_ERROR: 'hard',
  USER_ACCOUNT_ABNORMAL: 'hard',
  INVALID_REQUEST: 'state',
  ORDER_PAID: 'state',
  ORDER_CLOSED: 'state',
  ORDER_REVERSED: 'state',
  OUT_TRADE_NO_USED: 'state',
  ORDER_NOT_EXIST: 'state',
  RESOURCE_NOT_EXISTS: 'state',
  REFUND_FEE_MISMATCH: 'state',
  TRADE_OVERDUE: 'state',
};

describe('the code of an error', () => {
  it.each(Object.entries(DOCUMENTED))('%s means %s, with and without its underscores', (code, meaning) => {
    expect([meaningOf(code), meaningOf(code.replaceAll('_', '')), meaningOf(code.toLowerCase())]).toEqual([
      meaning,
      meaning,
      meaning,
    ]);
    expect(KNOWN_CODES).toContain(code);
  });

  it('stands once in the table', () => {
    const plain = KNOWN_CODES.map((code) => code.replaceAll('_', ''));

    expect(new Set(plain).size).toBe(plain.length);
  });

  it('that is not known is decided by a query', () => {
    expect(meaningOf('SOMETHING_NEW')).toBe('state');
  });

  it('has a decline with its class, in Stripe’s codes, and keeps its own name', () => {
    for (const code of KNOWN_CODES) {
      const meaning = meaningOf(code);
      if (meaning === 'unknown' || meaning === 'state') continue;
      expect(declineOf(meaning, code)).toMatchObject({
        class: meaning,
        code: expect.stringMatching(/^[a-z_]+$/),
        message: expect.stringMatching(/WeChat Pay/),
        networkCode: code,
      });
    }
  });
});

describe('a refund that is refused', () => {
  it('for the balance, or for the load, may be sent again under its number', () => {
    expect(['NOT_ENOUGH', 'NOTENOUGH', 'FREQUENCY_LIMITED'].map(isForNow)).toEqual([true, true, true]);
    expect(['SIGN_ERROR', 'INVALID_REQUEST', 'USER_ACCOUNT_ABNORMAL'].map(isForNow)).toEqual([false, false, false]);
    expect(refundDecline('NOTENOUGH')).toMatchObject({ code: 'insufficient_funds', networkCode: 'NOTENOUGH' });
  });

  it('for our own account or number is our fault, and for anything else the payment’s', () => {
    expect(refundDecline('SIGN_ERROR').class).toBe('configuration');
    expect(refundDecline('RESOURCE_NOT_EXISTS').class).toBe('configuration');
    expect(refundDecline('USER_ACCOUNT_ABNORMAL')).toEqual({
      code: 'charge_not_refundable',
      message: 'WeChat Pay refuses to refund this payment.',
      networkCode: 'USER_ACCOUNT_ABNORMAL',
    });
    expect(refundDecline('TRADE_OVERDUE').code).toBe('charge_not_refundable');
  });

  it('says that nothing is there in three words', () => {
    expect(['ORDERNOTEXIST', 'RESOURCE_NOT_EXISTS', 'REFUND_NOT_EXISTS', 'ORDER_PAID'].map(isMissing)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
