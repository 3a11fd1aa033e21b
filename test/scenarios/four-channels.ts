/** The product in this process with one merchant that has an account at each channel, and the simulators behind it. */
import { EVENT_TYPES } from '../../functions/channels/stripe/callback.ts';
import { systemClock } from '../../functions/kernel/clock.ts';
import { type HttpClient, HttpFailure, httpClient } from '../../functions/kernel/http-client.ts';
import type { ConnectedAccount } from '../../functions/merchants/accounts.ts';
import { loadSettings, writeSettings } from '../../functions/merchants/store.ts';
import { makeIdentity } from '../simulators/alipay/identity.ts';
import { type AlipaySimulator, startAlipay } from '../simulators/alipay/server.ts';
import { credentialsFor as alipayCredentials } from '../simulators/alipay/under-test.ts';
import { type StripeSimulator, startStripe } from '../simulators/stripe/server.ts';
import { newParties, credentialsFor as wechatCredentials } from '../simulators/wechatpay/running.ts';
import { startWechatpay, type Wechatpay } from '../simulators/wechatpay/server.ts';
import { type App, scopeOfApp, startApp } from '../world/app.ts';

/** Settings are remembered for seconds: afterwards every function has the new ones. */
const SEEN_MS = 10_000;

export interface FourChannels {
  readonly app: App;
  readonly stripe: StripeSimulator;
  readonly alipay: AlipaySimulator;
  readonly wechat: Wechatpay;
  /** What happens to the next requests to the sandbox: they do not arrive, or their responses do not. */
  readonly sandboxLosses: ('request' | 'response')[];
  /** Callbacks of Stripe go here. */
  readonly stripeCallbackUrl: string;
  readonly close: () => Promise<void>;
}

/** Cards in dollars are Stripe's and all others the sandbox's; orders in yuan are Alipay's and WeChat Pay's. What one refuses to take goes on to the sandbox. */
export async function startFourChannels(): Promise<FourChannels> {
  const sandboxLosses: FourChannels['sandboxLosses'] = [];
  const http: HttpClient = async (request) => {
    const loss = request.url.includes('/sandbox/') ? sandboxLosses.shift() : undefined;
    const answer = loss === 'request' ? undefined : await httpClient(request);
    if (loss || !answer) throw new HttpFailure('the connection failed (ECONNRESET)');
    return answer;
  };
  const nowMs = (): number => app.world.clock.nowMs();
  const startedMs = systemClock.nowMs();
  const parties = newParties(startedMs);
  const stripe = await startStripe({ nowMs });
  stripe.enabledEvents = EVENT_TYPES;
  const identity = makeIdentity(startedMs);
  const alipay = await startAlipay({ clock: { ...systemClock, nowMs }, mode: 'keys', identity });
  const wechat = await startWechatpay(parties, nowMs);
  const baseUrls = { stripe: stripe.url, alipay: alipay.baseUrl, wechatpay: wechat.url };
  const app = await startApp(undefined, baseUrls, http);
  const { table, merchants } = app.world;
  const scope = scopeOfApp(app);
  const accounts = [
    {
      channel: 'stripe',
      account: 'cards',
      credentials: { environment: 'test', secretKey: stripe.secretKey, webhookSecrets: stripe.secrets },
    },
    { channel: 'alipay', account: 'orders', credentials: alipayCredentials(alipay, ['page', 'qr', 'preauth']) },
    { channel: 'wechatpay', account: 'codes', credentials: wechatCredentials(parties) },
  ];
  const settings = await loadSettings(table, scope);
  const connected = accounts.map(
    ({ channel, account }): ConnectedAccount => ({
      channel,
      account,
      ...(channel === 'stripe' && { currencies: { only: ['usd'] } }),
    }),
  );
  for (const account of accounts)
    await table.commit(await merchants.encryptAccount({ ...account, scope, livemode: false, environment: 'test' }));
  const next = { ...settings, version: settings.version + 1, accounts: [...connected, ...settings.accounts] };
  await table.commit(writeSettings(scope, next));
  app.later(SEEN_MS);
  return {
    app,
    stripe,
    alipay,
    wechat,
    sandboxLosses,
    stripeCallbackUrl: `${app.baseUrl}/v1/channels/stripe/callbacks/cards`,
    async close() {
      await app.stop();
      await Promise.all([stripe.close(), alipay.close(), wechat.close()]);
    },
  };
}
