/** The simulators of the three channels, with one clock, and what an operator enters to connect an account at each. */
import { EVENT_TYPES } from '../../functions/channels/stripe/callback.ts';
import { systemClock } from '../../functions/kernel/clock.ts';
import { startAlipay } from '../simulators/alipay/server.ts';
import { credentialsFor as alipayCredentials } from '../simulators/alipay/under-test.ts';
import { startStripe } from '../simulators/stripe/server.ts';
import { newParties, credentialsFor as wechatpayCredentials } from '../simulators/wechatpay/running.ts';
import { startWechatpay } from '../simulators/wechatpay/server.ts';

export type Simulators = Awaited<ReturnType<typeof startSimulators>>;
export const CHANNELS = ['stripe', 'alipay', 'wechatpay'] as const;
export type ChannelName = (typeof CHANNELS)[number];

export async function startSimulators(nowMs: () => number) {
  const stripe = await startStripe({ nowMs });
  stripe.enabledEvents = EVENT_TYPES;
  const alipay = await startAlipay({ clock: { ...systemClock, nowMs }, mode: 'keys' });
  const wechatpay = await startWechatpay(newParties(nowMs()), nowMs);
  const urls: Readonly<Record<ChannelName, string>> = {
    stripe: stripe.url,
    alipay: alipay.baseUrl,
    wechatpay: wechatpay.url,
  };
  return {
    stripe,
    alipay,
    wechatpay,
    urls,
    /** Stripe's test cards are of its test environment; WeChat Pay has no other environment than the live one. */
    accounts: {
      stripe: { mode: 'test', credentials: { secretKey: stripe.secretKey, webhookSecrets: stripe.secrets } },
      alipay: { mode: 'live', credentials: { ...alipayCredentials(alipay, ['qr']), environment: 'live' } },
      wechatpay: { mode: 'live', credentials: wechatpayCredentials(wechatpay.parties) },
    } as const,
    async close() {
      await Promise.all([stripe.close(), alipay.close(), wechatpay.close()]);
    },
  };
}
