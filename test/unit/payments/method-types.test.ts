/** Which types of payment method a payment may be paid with, by the capabilities of a channel. */
import { describe, expect, it } from 'vitest';
import type { ApiError } from '../../../functions/api/errors.ts';
import type { Instruments } from '../../../functions/channels/port/capabilities.ts';
import type { WalletClient } from '../../../functions/channels/port/instrument.ts';
import type { ChannelAccount } from '../../../functions/channels/port/port.ts';
import { capabilitiesFor } from '../../../functions/channels/routing/routing.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import {
  type AskedTypes,
  assertWalletPayable,
  walletOptionsAfter,
  wishesOf,
  withTypes,
} from '../../../functions/payments/method-types.ts';
import { isHeld, type Payment, typesOf } from '../../../functions/payments/payment.ts';

/** A channel that takes euros by Alipay only between 1.00 and 500.00, and holds at PayPal. */
const CAPABILITIES: Instruments = {
  card: { currencies: 'all', capture: 'later' },
  wallets: {
    alipay: {
      currencies: ['eur', 'gbp'],
      amounts: { eur: { least: 100n, greatest: 50_000n } },
      capture: 'at_once',
      needsPayer: true,
    },
    paypal: { currencies: 'all', capture: 'later' },
  },
};

const PAYMENT = {
  amount: 2_000n,
  currency: 'eur',
  captureMethod: 'automatic_async',
  confirmationMethod: 'automatic',
} as Payment;

const typesAfter = (payment: Partial<Payment>, asked: AskedTypes = {}, capabilities = CAPABILITIES) =>
  typesOf(withTypes({ ...PAYMENT, ...payment }, asked, () => capabilities));

function refusal(payment: Partial<Payment>, asked: AskedTypes, capabilities = CAPABILITIES): ApiError['body'] {
  try {
    typesAfter(payment, asked, capabilities);
  } catch (error) {
    return (error as ApiError).body;
  }
  throw new Error('nothing was refused');
}

const ALIPAY = { payment_method_types: ['alipay'] };

describe('types of payment method', () => {
  it('are not asked of the channel where a payment is for cards alone', () => {
    const capabilities = () => {
      throw new Error('asked');
    };

    expect(withTypes(PAYMENT, {}, capabilities)).toBe(PAYMENT);
    expect(withTypes(PAYMENT, { payment_method_types: ['card'] }, capabilities)).toEqual(PAYMENT);
    expect(withTypes(PAYMENT, { payment_method_types: [] }, capabilities)).toBe(PAYMENT);
  });

  it.each([
    ['a type that no channel takes', {}, ['wechat_pay'], { param: 'payment_method_types' }],
    ['too little', { amount: 99n }, ['alipay'], { code: 'amount_too_small', param: 'amount' }],
    ['too much', { amount: 50_001n }, ['alipay'], { code: 'amount_too_large', param: 'amount' }],
    ['another currency', { currency: 'usd' }, ['alipay'], { param: 'currency' }],
    ['a later capture', { captureMethod: 'manual' }, ['card', 'alipay'], { param: 'capture_method' }],
    ['a later use', { setupFutureUsage: 'off_session' }, ['alipay'], { param: 'setup_future_usage' }],
    ['another confirmation', { confirmationMethod: 'manual' }, ['alipay'], { param: 'confirmation_method' }],
  ] as const)('that are listed are refused for %s', (_, payment, types, body) => {
    expect(refusal(payment as Partial<Payment>, { payment_method_types: types })).toMatchObject(body);
    const remaining = typesAfter(payment as Partial<Payment>, { allowed_payment_method_types: ['card', ...types] });
    expect(remaining).toEqual(['card']);
  });

  it('are possible at the least and at the greatest amount', () => {
    expect([100n, 50_000n].map((amount) => typesAfter({ amount }, ALIPAY))).toEqual([['alipay'], ['alipay']]);
  });

  it('have the limits of their own currency alone', () => {
    expect(typesAfter({ amount: 50_001n, currency: 'gbp' } as Payment, ALIPAY)).toEqual(['alipay']);
  });

  it('depend on what the channel says of the payer, and not on the type', () => {
    expect(typesAfter({ setupFutureUsage: 'off_session' }, { payment_method_types: ['paypal'] })).toEqual(['paypal']);
  });

  it('are cards alone where no channel is connected', () => {
    const settingsWith = (...accounts: readonly ChannelAccount[]) => ({
      settings: { accounts } as unknown as Settings,
    });
    const channel = () => ({ capabilities: CAPABILITIES });

    expect(capabilitiesFor({ channel }, settingsWith({ channel: 'one', account: 'a1' }))).toBe(CAPABILITIES);
    const live = capabilitiesFor({ channel }, settingsWith());
    expect(typesAfter({ automaticMethods: 'always' }, {}, live)).toEqual(['card']);
    expect(refusal({}, ALIPAY, live)).toMatchObject({ param: 'payment_method_types' });
  });

  it('have no card where no account of the merchant takes one, beside another type', () => {
    const wallets: Instruments = { wallets: CAPABILITIES.wallets };

    expect(typesAfter({ automaticMethods: 'always' }, {}, wallets)).toEqual(['alipay', 'paypal']);
    expect(typesAfter({}, { allowed_payment_method_types: ['card', 'alipay'] }, wallets)).toEqual(['alipay']);
    expect(refusal({}, { payment_method_types: ['card', 'alipay'] }, wallets)).toMatchObject({
      message: 'The payment method type "card" is invalid. No channel of this account takes it.',
      param: 'payment_method_types',
    });
  });

  it('have a card only in a currency in which an account takes cards', () => {
    const dollars: Instruments = { ...CAPABILITIES, card: { currencies: ['usd'], capture: 'later' } };

    expect(typesAfter({ automaticMethods: 'always' }, {}, dollars)).toEqual(['alipay', 'paypal']);
    expect(typesAfter({ automaticMethods: 'always', currency: 'usd' } as Payment, {}, dollars)).toEqual([
      'card',
      'paypal',
    ]);
  });

  it('replace automatic ones when they are listed', () => {
    const automatic = withTypes({ ...PAYMENT, automaticMethods: 'always' }, {}, () => CAPABILITIES);
    expect(automatic).toMatchObject({ automaticMethods: 'always', methodTypes: ['card', 'alipay', 'paypal'] });

    expect(withTypes(automatic, ALIPAY, () => CAPABILITIES)).toEqual({ ...PAYMENT, methodTypes: ['alipay'] });
  });
});

describe('options of wallets', () => {
  it('keep members that a request omits, and lose empty ones', () => {
    const before = { paypal: { reference: 'R-1', preferred_locale: 'de-DE' } };

    expect(walletOptionsAfter(undefined, undefined)).toBeUndefined();
    expect(walletOptionsAfter({ alipay: {} }, undefined)).toBeUndefined();
    expect(walletOptionsAfter({ wechat_pay: { client: 'web' } }, before)).toEqual({
      ...before,
      wechat_pay: { client: 'web' },
    });
    expect(walletOptionsAfter({ paypal: { reference: '', preferred_locale: '' } }, before)).toEqual({});
  });

  it('hold an amount at PayPal alone, and name its page’s language', () => {
    const payment: Payment = { ...PAYMENT, walletOptions: { paypal: { capture_method: 'manual', reference: 'R-1' } } };

    expect((['card', 'alipay', 'paypal'] as const).map((type) => isHeld(payment, type))).toEqual([false, false, true]);
    expect(isHeld({ captureMethod: 'manual' }, 'card')).toBe(true);
    expect(wishesOf(payment, { id: 'pm_1', type: 'paypal' })).toMatchObject({ reference: 'R-1' });
    expect(wishesOf(payment, { id: 'pm_1', type: 'alipay' })).toBeUndefined();
  });

  it.each([
    ['ios', {}, 'app_id'],
    ['android', { openid: 'o1' }, 'app_id'],
    ['mini_program', { openid: 'o1' }, 'app_id'],
    ['mini_program', { app_id: 'wx1' }, 'openid'],
    ['mobile_web', { app_id: 'wx1' }, 'ip_address'],
  ] as const)('need what WeChat Pay needs to start on the client %s beside %j: %s', (client, given, missing) => {
    const payable = (wechat: object) => () => {
      const payment: Payment = { ...PAYMENT, walletOptions: { wechat_pay: wechat } };
      assertWalletPayable(payment, { type: 'wechat_pay' }, { return_url: 'https://shop.example' });
    };

    expect(payable({ client, ...given })).toThrow(`payment_method_options[wechat_pay][${missing}]`);
    expect(payable({ client, app_id: 'wx1', openid: 'o1', ip_address: '192.0.2.1' })).not.toThrow();
  });

  it('are judged by the clients that the channel takes', () => {
    const { alipay } = CAPABILITIES.wallets;
    const clients = (...taken: readonly WalletClient[]): Instruments => ({
      ...CAPABILITIES,
      wallets: { alipay: { ...alipay!, clients: taken } },
    });
    const onIos = { walletOptions: { alipay: { client: 'ios' as const } } };

    expect(typesAfter(onIos, ALIPAY, clients('web', 'ios'))).toEqual(['alipay']);
    expect(refusal(onIos, ALIPAY, clients('web'))).toMatchObject({ param: 'payment_method_options[alipay][client]' });
    expect(refusal(onIos, ALIPAY, CAPABILITIES)).toMatchObject({ param: 'payment_method_options[alipay][client]' });
    expect(refusal({}, ALIPAY, clients('ios'))).toMatchObject({ param: 'payment_method_options[alipay][client]' });
  });
});
