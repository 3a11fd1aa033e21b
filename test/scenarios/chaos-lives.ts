/** Payments of one merchant at four channels, from the first request to the last refund, each a generator that stops between its steps. */
import Stripe from 'stripe';
import { httpClient } from '../../functions/kernel/http-client.ts';
import { followAction } from '../simulators/alipay/under-test.ts';
import { type Draw, oneOf } from './channel-chaos.ts';
import type { FourChannels } from './four-channels.ts';

type Intent = Stripe.PaymentIntent;
type Ask = <T>(request: (options: Stripe.RequestOptions) => Promise<T>) => Promise<T | undefined>;

export interface Merchant {
  readonly begin: () => AsyncGenerator<void>;
  /** Ids of the payments that were answered. */
  readonly made: Set<string>;
  /** What no merchant may see: an error of ours, or two answers to one key. */
  readonly wrong: string[];
}

const CARDS = [
  ...Array.from({ length: 7 }, () => 'pm_card_visa'),
  'pm_card_chargeDeclined',
  'pm_card_threeDSecure2Required',
  'pm_card_threeDSecure2Required',
] as const;
const SHOP = 'https://shop.example/done';
const LOOKS = 4;

export function merchantOf(channels: FourChannels, draw: Draw): Merchant {
  const { app, stripe: atStripe, alipay, wechat } = channels;
  const stripe = app.client();
  const made = new Set<string>();
  const wrong: string[] = [];
  let keys = 0;

  /** One request in ten is sent twice at once, with one key. A refusal has no answer. */
  const ask: Ask = async (request) => {
    keys += 1;
    const options = { idempotencyKey: `key ${keys}` };
    const sent = [request(options), ...(draw() < 0.1 ? [request(options)] : [])];
    const answers = await Promise.allSettled(sent);
    for (const answer of answers) if (answer.status === 'rejected') refused(answer.reason);
    const [first, second] = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const [one, other] = [first, second].map((value) => (value as { readonly id?: string } | undefined)?.id);
    if (other !== undefined && one !== other) wrong.push(`${one} and ${other} have one key`);
    return first;
  };

  function refused(error: unknown): void {
    const isRefusal = error instanceof Stripe.errors.StripeError && (error.statusCode ?? 500) < 500;
    if (!isRefusal) wrong.push(String(error));
    if (isRefusal && error.payment_intent) made.add(error.payment_intent.id);
  }

  function paramsOf(): object {
    const common = { amount: 500 + Math.floor(draw() * 20_000), confirm: true, return_url: SHOP };
    const chance = draw();
    if (chance < 0.5)
      return {
        ...common,
        currency: chance < 0.3 ? 'usd' : 'eur',
        payment_method: oneOf(draw, CARDS),
        payment_method_types: ['card'],
        capture_method: draw() < 0.4 ? 'manual' : 'automatic',
      };
    const yuan = { ...common, currency: 'cny' };
    return chance < 0.75
      ? {
          ...yuan,
          payment_method_types: ['alipay'],
          payment_method_data: { type: 'alipay' },
          capture_method: draw() < 0.4 ? 'manual' : 'automatic',
        }
      : {
          ...yuan,
          payment_method_types: ['wechat_pay'],
          payment_method_data: { type: 'wechat_pay' },
          payment_method_options: { wechat_pay: { client: 'web' } },
        };
  }

  /** The payer follows the action. */
  async function payer({ next_action: action }: Intent, approves: boolean): Promise<void> {
    const code = action?.wechat_pay_display_qr_code?.data;
    const to = action?.alipay_handle_redirect;
    const url = code ?? to?.native_url ?? to?.url ?? action?.redirect_to_url?.url;
    if (!url) return;
    if (code?.startsWith('weixin:')) return approves ? void wechat.controls.pay(code) : wechat.controls.leave(code);
    if (url.startsWith(alipay.baseUrl))
      return followAction(alipay, { kind: 'redirect', url }, approves ? 'approve' : 'decline');
    const words =
      url.startsWith(atStripe.url) || action?.redirect_to_url ? ['complete', 'fail'] : ['approve', 'decline'];
    await httpClient({ method: 'GET', url, timeoutMs: 10_000 });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `result=${words[approves ? 0 : 1]}`;
    await httpClient({ method: 'POST', url, headers, body, timeoutMs: 10_000 });
  }

  async function* ends(intent: Intent): AsyncGenerator<void> {
    const { id, amount } = intent;
    if (intent.status === 'requires_capture') {
      const chance = draw();
      const part = { amount_to_capture: Math.ceil(amount / 3) };
      if (chance < 0.25) await ask((options) => stripe.paymentIntents.cancel(id, {}, options));
      else if (chance < 0.85)
        await ask((options) => stripe.paymentIntents.capture(id, chance < 0.55 ? part : {}, options));
      yield;
    }
    const { amount_received: received } = await stripe.paymentIntents.retrieve(id);
    for (let left = Math.floor(draw() * 3); left > 0 && received > 0; left--) {
      // Three quarters twice are too much: the second is refused.
      const share = draw() < 0.2 ? 0.75 : 0.3;
      const refund = { payment_intent: id, amount: Math.ceil(received * share) };
      await ask((options) => stripe.refunds.create(refund, options));
      yield;
    }
  }

  async function* begin(): AsyncGenerator<void> {
    // This SDK has no `payment_method_types`; the API takes them.
    const params = paramsOf() as Stripe.PaymentIntentCreateParams;
    const created = await ask((options) => stripe.paymentIntents.create(params, options));
    if (!created) return;
    made.add(created.id);
    yield;
    if (created.next_action && draw() < 0.85) {
      const approves = draw() < 0.85;
      await payer(created, approves);
      // A payer presses twice.
      if (draw() < 0.1) await payer(created, approves);
      yield;
    }
    for (let looks = 0; looks < LOOKS; looks++) {
      const intent = await stripe.paymentIntents.retrieve(created.id);
      if (intent.status === 'succeeded' || intent.status === 'requires_capture') {
        yield* ends(intent);
        return;
      }
      if (draw() < 0.1) await ask((options) => stripe.paymentIntents.cancel(created.id, {}, options));
      yield;
    }
  }

  return { begin, made, wrong };
}
