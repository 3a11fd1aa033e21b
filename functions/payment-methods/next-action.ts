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
 * `next_action`, or null for an action that no type of ours can ask for: a form, parameters for an app, facts to display.
 * @see https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
 */
export function renderAction(
  type: MethodType,
  action: NextAction,
  returnUrl: string | undefined,
): Stripe.PaymentIntent.NextAction | null {
  switch (action.kind) {
    case 'redirect':
      return redirect(type, { url: action.url, return_url: returnUrl ?? null });
    case 'qr_code':
      return qrCode(action);
    case 'form':
    case 'app':
    case 'display':
      return null;
    default:
      return action satisfies never;
  }
}

/** The wallet's app is opened by its page: there are no data for a native SDK. */
const redirect = (type: MethodType, to: Redirect): Stripe.PaymentIntent.NextAction =>
  type === 'alipay'
    ? { type: 'alipay_handle_redirect', alipay_handle_redirect: { native_data: null, native_url: null, ...to } }
    : { type: 'redirect_to_url', redirect_to_url: to };

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
