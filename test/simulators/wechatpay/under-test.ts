/** WeChat Pay as a channel of the contract suite: the product's client over HTTP, with the simulator behind it. */

import * as z from 'zod/mini';
import type { CallbackFact } from '../../../functions/channels/port/port.ts';
import { wechatpayCallbacks } from '../../../functions/channels/wechatpay/callback.ts';
import { type WechatpayChannel, wechatpayChannel } from '../../../functions/channels/wechatpay/client.ts';
import { type WechatpayMaterial, wechatpayMaterial } from '../../../functions/channels/wechatpay/credentials.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { type HttpClient, HttpFailure, httpClient } from '../../../functions/kernel/http-client.ts';
import { channelReference, newObjectKey } from '../../../functions/kernel/ids.ts';
import type { ChannelUnderTest } from '../../scenarios/channel-bench.ts';
import { SCOPE } from '../sandbox-channel.ts';
import { credentialsFor, newParties, type Parties } from './running.ts';
import { startWechatpay, type Wechatpay } from './server.ts';

const BEGAN_MS = Date.UTC(2026, 11, 1, 4);
let made: Parties | undefined;
let others: Parties | undefined;
/** The keys of all tests of a file: new ones take most of a second. */
export const parties = (): Parties => (made ??= newParties(BEGAN_MS));
/** Of another merchant. */
export const otherParties = (): Parties => (others ??= newParties(BEGAN_MS));

export const ACCOUNT = { channel: 'wechatpay', account: 'a1' } as const;
export const CALLBACK_URL = 'https://pay.example/v1/channels/wechatpay/callbacks/a1';

export const materialOf = (of: Parties, by?: Parameters<typeof credentialsFor>[1]): WechatpayMaterial =>
  z.parse(wechatpayMaterial, credentialsFor(of, by));

export interface WechatpayUnderTest extends ChannelUnderTest {
  readonly channel: WechatpayChannel;
  readonly simulator: Wechatpay;
}

export async function wechatpayUnderTest(
  by: Parameters<typeof credentialsFor>[1] = 'certificates',
): Promise<WechatpayUnderTest> {
  let ms = BEGAN_MS;
  const clock = {
    nowMs: () => ms,
    move: (by: number) => {
      ms += by;
    },
  };
  const simulator = await startWechatpay(parties(), clock.nowMs);
  // An account that has no certificates is sent nothing that one of them has signed.
  if (by === 'public_key') simulator.controls.set({ callbackSerial: simulator.parties.publicKeyId });
  let lost: 'request' | 'response' | undefined;
  // A refund asks for its order first. What is lost is the refund.
  let refunding = 0;
  const http: HttpClient = async (request) => {
    const losing = refunding > 0 && request.method === 'GET' ? undefined : lost;
    if (losing) lost = undefined;
    const answer = losing === 'request' ? undefined : await httpClient(request);
    if (losing || !answer) throw new HttpFailure('the connection failed (ECONNRESET)');
    return answer;
  };
  const stored = credentialsFor(simulator.parties, by);
  const channel = wechatpayChannel({
    http,
    nowMs: clock.nowMs,
    random: systemRandom,
    baseUrl: simulator.url,
    callbackUrl: () => CALLBACK_URL,
    credentials: async (_, schema) => z.parse(schema, stored),
  });
  const signed = async () => simulator.callbacks();
  const material = materialOf(simulator.parties, by);
  return {
    simulator,
    channel: {
      ...channel,
      async refund(request) {
        refunding += 1;
        return channel.refund(request).finally(() => {
          refunding -= 1;
        });
      },
    },
    account: ACCOUNT,
    clock,
    reference: (ordinal) => channelReference(SCOPE, newObjectKey(clock.nowMs(), systemRandom), ordinal),
    returnUrl: 'https://shop.example/return',
    async payer(action, decision) {
      const start =
        action.kind === 'qr_code' ? action.data : action.kind === 'redirect' ? action.url : prepayIdOf(action);
      if (decision === 'approve') simulator.controls.pay(start);
      else simulator.controls.leave(start);
    },
    lose: (what) => {
      lost = what;
    },
    verifying: { module: wechatpayCallbacks, material, otherMaterial: materialOf(otherParties()) },
    signed,
    async callbacks() {
      const verified = await Promise.all(
        (await signed()).map(({ raw, headers }) => wechatpayCallbacks.verify(raw, headers, material, clock.nowMs())),
      );
      return verified.flatMap((each): readonly CallbackFact[] => (each.kind === 'verified' ? each.facts : []));
    },
    close: () => simulator.close(),
  };
}

/** What an app or a page inside WeChat starts with. */
function prepayIdOf(action: Parameters<ChannelUnderTest['payer']>[0]): string {
  if (action.kind !== 'app') throw new Error(`the payer cannot follow ${action.kind}`);
  const { prepay_id: id, package: pack = '', native_url: url } = action.parameters;
  return id ?? (url === undefined ? pack.replace(/^prepay_id=/, '') : new URL(url).searchParams.get('prepayId')!);
}
