/** Steps of tests over WeChat Pay's client and its simulator. */
import * as z from 'zod/mini';
import type { AuthorizeRequest, RefundRequest } from '../../../functions/channels/port/port.ts';
import { type WechatpayChannel, wechatpayChannel } from '../../../functions/channels/wechatpay/client.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { credentialsFor } from './running.ts';
import { ACCOUNT, CALLBACK_URL, parties, type WechatpayUnderTest } from './under-test.ts';

const currency = parseCurrency('cny')!;
const HOUR_MS = 3_600_000;

/** Of the test that runs now. */
export function wechatpaySteps(now: () => WechatpayUnderTest) {
  const nowMs = () => now().clock.nowMs();
  const request = (changes: Partial<AuthorizeRequest> = {}): AuthorizeRequest => ({
    reference: now().reference(1),
    account: ACCOUNT,
    createdMs: nowMs(),
    amount: 3_000n,
    currency,
    capture: true,
    instrument: { kind: 'wallet', type: 'wechat_pay' },
    offSession: false,
    expiresMs: nowMs() + 2 * HOUR_MS,
    ...changes,
  });
  async function paid(): Promise<AuthorizeRequest> {
    const order = request();
    await now().channel.authorize(order);
    now().simulator.controls.pay(order.reference);
    return order;
  }
  const refundOf = ({ reference: payment }: AuthorizeRequest, amount = 100n): RefundRequest => ({
    reference: now().reference(0),
    payment,
    account: ACCOUNT,
    createdMs: nowMs(),
    amount,
    currency,
  });
  /** Another client of the same simulator. `targets`: what it asked for. */
  function clientWith(changes: object, targets: string[] = []): WechatpayChannel {
    const stored = { ...credentialsFor(parties()), ...changes };
    const { url } = now().simulator;
    return wechatpayChannel({
      http: (sent) => {
        targets.push(sent.url.slice(url.length));
        return httpClient(sent);
      },
      nowMs,
      random: systemRandom,
      baseUrl: url,
      callbackUrl: () => CALLBACK_URL,
      credentials: async (_, schema) => z.parse(schema, stored),
    });
  }
  return { request, paid, refundOf, clientWith };
}
