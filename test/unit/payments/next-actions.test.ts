/** What of a channel's actions Stripe's wire shows, by the type of payment method. */
import { describe, expect, it } from 'vitest';
import { renderAction } from '../../../functions/payment-methods/next-action.ts';

const returnUrl = 'https://shop.example/done';
const formPage = 'https://pay.example/v1/return/1-2-form';
const ANDROID = {
  app_id: 'wx1',
  nonce_str: 'n',
  package: 'Sign=WXPay',
  partner_id: 'p',
  prepay_id: 'wx2',
  sign: 's',
  timestamp: '1790000000',
};

describe('an action of a channel', () => {
  it('that is a form leads to the page of ours, as the type shows a redirect', () => {
    const form = { kind: 'form', url: 'https://wallet.example/pay', fields: { a: 'b' } } as const;

    expect(renderAction('paypal', form, { returnUrl, formPage })).toEqual({
      type: 'redirect_to_url',
      redirect_to_url: { url: formPage, return_url: returnUrl },
    });
    expect(renderAction('alipay', form, { returnUrl, formPage })).toEqual({
      type: 'alipay_handle_redirect',
      alipay_handle_redirect: { native_data: null, native_url: null, url: formPage, return_url: returnUrl },
    });
    expect(renderAction('paypal', form, { returnUrl })).toBeNull();
  });

  it('that is a code of Alipay leads to the page of ours that shows it, and to the app', () => {
    const code = { kind: 'qr_code', data: 'https://qr.alipay.com/bax01' } as const;

    expect(renderAction('alipay', code, { returnUrl, formPage })).toEqual({
      type: 'alipay_handle_redirect',
      alipay_handle_redirect: { native_data: null, native_url: code.data, url: formPage, return_url: returnUrl },
    });
    expect(renderAction('alipay', code, { returnUrl })).toBeNull();
  });

  it('that opens Alipay from an app has the native members', () => {
    expect(
      renderAction('alipay', { kind: 'app', parameters: { native_data: 'app_id=1&sign=2' } }, { returnUrl }),
    ).toEqual({
      type: 'alipay_handle_redirect',
      alipay_handle_redirect: { native_data: 'app_id=1&sign=2', native_url: null, url: null, return_url: returnUrl },
    });
  });

  it('that opens WeChat Pay from an app is that of its platform', () => {
    expect(renderAction('wechat_pay', { kind: 'app', parameters: ANDROID }, {})).toEqual({
      type: 'wechat_pay_redirect_to_android_app',
      wechat_pay_redirect_to_android_app: ANDROID,
    });
    const parameters = { native_url: 'https://wx.example/1' };
    expect(renderAction('wechat_pay', { kind: 'app', parameters }, {})).toEqual({
      type: 'wechat_pay_redirect_to_ios_app',
      wechat_pay_redirect_to_ios_app: parameters,
    });
  });

  it('that opens WeChat Pay from a page inside WeChat is an action of ours', () => {
    const { partner_id: _, prepay_id: __, sign, ...shared } = ANDROID;
    const parameters = { ...shared, package: 'prepay_id=wx2', sign_type: 'RSA', pay_sign: sign };

    expect(renderAction('wechat_pay', { kind: 'app', parameters }, {})).toEqual({
      type: 'wechat_pay_request_payment',
      wechat_pay_request_payment: parameters,
    });
  });

  it.each([
    ['alipay', { kind: 'app', parameters: ANDROID }],
    ['wechat_pay', { kind: 'app', parameters: { ...ANDROID, sign: undefined as never } }],
    ['paypal', { kind: 'app', parameters: { native_url: 'x' } }],
    ['card', { kind: 'display', facts: { number: '1' } }],
    ['paypal', { kind: 'qr_code', data: 'https://wallet.example' }],
  ] as const)('that fits nothing of Stripe’s is null: %s, %j', (type, action) => {
    expect(renderAction(type, action, { returnUrl, formPage })).toBeNull();
  });
});
