/** Alipay as a channel of the contract suite: our client over HTTP to the simulator, with payers that open pages and scan codes. */

import { alipayCallbacks } from '../../../functions/channels/alipay/callback.ts';
import { type AlipayChannel, alipayChannel } from '../../../functions/channels/alipay/client.ts';
import type { AlipayCredentials, Product } from '../../../functions/channels/alipay/credentials.ts';
import type { NextAction } from '../../../functions/channels/port/action.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { channelReference, newObjectKey, type Scope } from '../../../functions/kernel/ids.ts';
import type { ChannelUnderTest } from '../../scenarios/channel-bench.ts';
import { handClock } from '../sandbox-server.ts';
import { type Identity, makeIdentity } from './identity.ts';
import { type AlipaySimulator, startAlipay } from './server.ts';

const SCOPE = 'Scope001' as Scope;
export const CALLBACK_URL = 'https://pay.example/v1/channels/alipay/callbacks/acct';

/** Keys take a while to make: one application serves all tests of a file. */
let made: Identity | undefined;
const identityOf = (nowMs: number): Identity => (made ??= makeIdentity(nowMs));

export interface AlipayOffer {
  readonly mode?: 'keys' | 'certificates';
  readonly products?: readonly Product[];
}

/** The credentials of the simulator's application. */
export function credentialsFor(
  { identity, mode, key }: Pick<AlipaySimulator, 'identity' | 'mode' | 'key'>,
  products: readonly Product[] = ['page', 'wap', 'app', 'qr'],
): AlipayCredentials {
  const { appId, sellerId, appPrivateKey: privateKey, appCertificate, rootCertificate } = identity;
  const common = { environment: 'test' as const, appId, sellerId, privateKey, products: [...products] };
  return mode === 'keys'
    ? { ...common, alipayPublicKeys: [key().publicKey] }
    : { ...common, appCert: appCertificate, alipayCerts: [key().certificate], alipayRootCert: rootCertificate };
}

/** The payer follows the action, and decides where Alipay lets them. */
export async function followAction(
  { baseUrl: base }: Pick<AlipaySimulator, 'baseUrl'>,
  action: NextAction,
  decision: string,
): Promise<void> {
  const opened =
    action.kind === 'app'
      ? await httpClient({
          method: 'POST',
          url: `${base}/app`,
          body: action.parameters.native_data!,
          timeoutMs: 10_000,
        })
      : await httpClient({ method: 'GET', url: addressOf(action), timeoutMs: 10_000 });
  const [, form] = /action="([^"]+)"/.exec(opened.body.toString()) ?? [];
  if (form === undefined) return;
  await httpClient({ method: 'POST', url: `${base}${form}`, body: `decision=${decision}`, timeoutMs: 10_000 });
}

function addressOf(action: NextAction): string {
  if (action.kind === 'qr_code') return action.data;
  if (action.kind === 'redirect') return action.url;
  throw new Error(`a payer does not follow ${action.kind}`);
}

export interface AlipayUnderTest extends ChannelUnderTest {
  readonly channel: AlipayChannel;
  readonly simulator: AlipaySimulator;
  readonly credentials: AlipayCredentials;
}

export async function alipayUnderTest({ mode = 'keys', products }: AlipayOffer = {}): Promise<AlipayUnderTest> {
  const clock = handClock();
  const simulator = await startAlipay({ clock, mode, identity: identityOf(clock.nowMs()) });
  const credentials = credentialsFor(simulator, products);
  const channel = alipayChannel({
    http: httpClient,
    nowMs: () => clock.nowMs(),
    credentials: async (_, schema) => schema.parse(credentials),
    callbackUrl: () => CALLBACK_URL,
    baseUrl: simulator.baseUrl,
  });
  const signed = async () => simulator.due.map((each) => simulator.signed(each));
  const { privateKey: _, ...material } = credentials;
  const other = credentialsFor({ ...simulator, key: simulator.identity.alipayKey });
  return {
    simulator,
    credentials,
    channel,
    account: { channel: 'alipay', account: 'acct' },
    clock,
    reference: (ordinal) => channelReference(SCOPE, newObjectKey(clock.nowMs(), systemRandom), ordinal),
    returnUrl: 'https://pay.example/v1/return/abc',
    payer: (action, decision) => followAction(simulator, action, decision),
    // A capture and a release look at the hold first: the request that changes it is lost.
    lose: (what) => void simulator.faults.losing.push({ what, sparing: 'alipay.fund.auth.operation.detail.query' }),
    verifying: { module: alipayCallbacks, material, otherMaterial: other },
    signed,
    async callbacks() {
      const verified = await Promise.all(
        (await signed()).map(({ raw, headers }) => alipayCallbacks.verify(raw, headers, material, clock.nowMs())),
      );
      return verified.flatMap((each) => (each.kind === 'verified' ? each.facts : []));
    },
    close: () => simulator.close(),
  };
}
