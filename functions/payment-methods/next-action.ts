/** What the payer has to do, as Stripe shows it: by the type of payment method, from what the channel asked. Pure. */
import type Stripe from 'stripe';
import type { NextAction } from '../channels/port/action.ts';
import type { MethodType } from '../channels/port/instrument.ts';
import { qrImages } from '../kernel/qr-code.ts';

/** Where a payer is to go, and where the merchant wants them to come back to. */
interface Redirect {
  readonly url: string;
  readonly return_url: string | null;
}

/**
 * `next_action`. A form is posted, and a code of Alipay shown, by the page of ours that the attempt names. Null: Stripe's wire has nothing for the action with this type (parameters
 * of another app, facts to display, a form without a page after a restore); the contract suite of channels refuses a channel that answers one.
 * @see https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
 */
export function renderAction(
  type: MethodType,
  action: NextAction,
  { returnUrl = null, formPage }: { readonly returnUrl?: string | null; readonly formPage?: string },
): Stripe.PaymentIntent.NextAction | null {
  switch (action.kind) {
    case 'redirect':
      return redirect(type, { url: action.url, return_url: returnUrl });
    case 'form':
      return formPage === undefined ? null : redirect(type, { url: formPage, return_url: returnUrl });
    case 'qr_code':
      if (type === 'wechat_pay') return qrCode(action);
      return type === 'alipay' && formPage !== undefined ? codePage(action.data, formPage, returnUrl) : null;
    case 'app':
      return app(type, action.parameters, returnUrl);
    case 'display':
      return null;
    default:
      return action satisfies never;
  }
}

const ANDROID = ['app_id', 'nonce_str', 'package', 'partner_id', 'prepay_id', 'sign', 'timestamp'] as const;

const INSIDE = ['app_id', 'nonce_str', 'package', 'pay_sign', 'sign_type', 'timestamp'] as const;

/** What the merchant's app needs to open the wallet's. */
function app(
  type: MethodType,
  parameters: Readonly<Record<string, string>>,
  returnUrl: string | null,
): Stripe.PaymentIntent.NextAction | null {
  const { native_data: data = null, native_url: link = null } = parameters;
  if (type === 'alipay' && (data !== null || link !== null)) {
    const to = { native_data: data, native_url: link, return_url: returnUrl, url: null };
    return { type: 'alipay_handle_redirect', alipay_handle_redirect: to };
  }
  if (type !== 'wechat_pay') return null;
  if (link !== null)
    return { type: 'wechat_pay_redirect_to_ios_app', wechat_pay_redirect_to_ios_app: { native_url: link } };
  const android = membersOf(parameters, ANDROID);
  if (android) return { type: 'wechat_pay_redirect_to_android_app', wechat_pay_redirect_to_android_app: android };
  const inside = membersOf(parameters, INSIDE);
  return inside ? requestPayment(inside) : null;
}

/** These members; undefined where one is missing. */
function membersOf<Name extends string>(
  parameters: Readonly<Record<string, string>>,
  names: readonly Name[],
): Record<Name, string> | undefined {
  if (names.some((name) => parameters[name] === undefined)) return undefined;
  return Object.fromEntries(names.map((name) => [name, parameters[name]!])) as Record<Name, string>;
}

/** Inside WeChat, a page calls `WeixinJSBridge` and a mini program `wx.requestPayment`. Stripe's wire has nothing for either. */
function requestPayment(members: Record<(typeof INSIDE)[number], string>): Stripe.PaymentIntent.NextAction {
  const ours = { type: 'wechat_pay_request_payment', wechat_pay_request_payment: members };
  return ours;
}

/** The wallet's app is opened by its page: there are no data for a native SDK. */
const redirect = (type: MethodType, to: Redirect): Stripe.PaymentIntent.NextAction =>
  type === 'alipay'
    ? { type: 'alipay_handle_redirect', alipay_handle_redirect: { native_data: null, native_url: null, ...to } }
    : { type: 'redirect_to_url', redirect_to_url: to };

/** Stripe's wire has no code for Alipay: on a computer, a page of ours shows it. On a phone, what it holds opens the wallet's app. */
const codePage = (data: string, url: string, returnUrl: string | null): Stripe.PaymentIntent.NextAction => ({
  type: 'alipay_handle_redirect',
  alipay_handle_redirect: { native_data: null, native_url: data, url, return_url: returnUrl },
});

/** The images are drawn from the data, so that no other address serves them. */
function qrCode({ data, url }: Extract<NextAction, { kind: 'qr_code' }>): Stripe.PaymentIntent.NextAction {
  const { png, svg } = qrImages(data);
  return {
    type: 'wechat_pay_display_qr_code',
    wechat_pay_display_qr_code: {
      data,
      hosted_instructions_url: url ?? data,
      image_data_url: png,
      image_url_png: png,
      image_url_svg: svg,
    },
  };
}
