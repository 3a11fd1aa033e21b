/** WeChat Pay's own SDK (wechatpay-axios-plugin) judges: it signs the same requests, it works with the simulator, and both sides read the other's callbacks. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';
import * as z from 'zod/mini';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { wechatpayCallbacks } from '../../../functions/channels/wechatpay/callback.ts';
import { wechatpayChannel } from '../../../functions/channels/wechatpay/client.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { type HttpRequest, httpClient } from '../../../functions/kernel/http-client.ts';
import { channelReference, newObjectKey } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { SCOPE } from '../../simulators/sandbox-channel.ts';
import { privatePem } from '../../simulators/wechatpay/keys.ts';
import { credentialsFor, publicKeysOf } from '../../simulators/wechatpay/running.ts';
import { type Wechatpay as Simulator, startWechatpay } from '../../simulators/wechatpay/server.ts';
import { ACCOUNT, CALLBACK_URL, materialOf, parties } from '../../simulators/wechatpay/under-test.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startWechatpay(parties(), () => Date.now());
});
afterAll(() => simulator.close());
afterEach(() => {
  vi.restoreAllMocks();
});

const reference = (ordinal: number) => channelReference(SCOPE, newObjectKey(Date.now(), systemRandom), ordinal);
const order = (instrument: object = {}): AuthorizeRequest => ({
  reference: reference(1),
  account: ACCOUNT,
  createdMs: Date.now(),
  amount: 3_000n,
  currency: parseCurrency('cny')!,
  capture: true,
  instrument: { kind: 'wallet', type: 'wechat_pay', ...instrument },
  offSession: false,
  expiresMs: Date.now() + 3_600_000,
});

/** The SDK with the same keys as the client. */
const sdk = (more: object = {}) => {
  const { mchid, merchantSerial: serial, merchant } = parties();
  const keys = { mchid, serial, privateKey: privatePem(merchant.privateKey), certs: publicKeysOf(parties()) };
  return new Wechatpay({ ...keys, baseURL: `${simulator.url}/`, ...more }).client;
};

/** The client, and each request that it has sent. */
function ours() {
  const sent: HttpRequest[] = [];
  const stored = credentialsFor(parties());
  const channel = wechatpayChannel({
    http: (request) => {
      sent.push(request);
      return httpClient(request);
    },
    nowMs: () => Date.now(),
    random: systemRandom,
    baseUrl: simulator.url,
    callbackUrl: () => CALLBACK_URL,
    credentials: async (_, schema) => z.parse(schema, stored),
  });
  return { channel, sent };
}

interface Encrypted {
  readonly ciphertext: string;
  readonly nonce: string;
  readonly associated_data: string;
}
const openedBySdk = ({ ciphertext, nonce, associated_data: data }: Encrypted): string =>
  Aes.AesGcm.decrypt(ciphertext, parties().apiV3Key, nonce, data);

/** What the SDK sends for these parameters: it goes no further. */
async function signedBySdk(method: 'get' | 'post', path: string, data?: object, params?: object) {
  const sent: { url: URL; authorization: string; body: string | undefined }[] = [];
  const adapter = async (config: Record<string, unknown>) => {
    const headers = config.headers as { get: (name: string) => string };
    const query = new URLSearchParams(config.params as Record<string, string>).toString();
    const url = new URL(`${String(config.url)}${query && `?${query}`}`, String(config.baseURL));
    sent.push({ url, authorization: headers.get('Authorization'), body: config.data as string | undefined });
    throw new Error('sent');
  };
  await expect(sdk({ adapter }).request(path, method, data, params && { params })).rejects.toThrow('sent');
  return sent[0]!;
}

describe('a request of the client is the one that the SDK sends', () => {
  const openid = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o';
  const shared = (request: AuthorizeRequest, appid = parties().appId) => ({
    appid,
    mchid: parties().mchid,
    description: 'Payment',
    out_trade_no: request.reference,
    time_expire: `${new Date(request.expiresMs! + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`,
    notify_url: CALLBACK_URL,
    amount: { total: 3_000, currency: 'CNY' },
  });

  it.each([
    ['native', {}, undefined, {}],
    [
      'h5',
      { client: 'mobile_web', ipAddress: '192.0.2.1' },
      undefined,
      { scene_info: { payer_client_ip: '192.0.2.1', h5_info: { type: 'Wap' } } },
    ],
    ['app', { client: 'android', appId: 'wx2421b1c4370ec43b' }, 'wx2421b1c4370ec43b', {}],
    [
      'jsapi',
      { client: 'mini_program', appId: 'wx8888888888888888', openid },
      'wx8888888888888888',
      { payer: { openid } },
    ],
  ] as const)('to place an order: %s', async (kind, instrument, appid, more) => {
    const request = order(instrument);
    const { channel, sent } = ours();

    expect((await channel.authorize(request)).kind).toBe('requires_action');

    await expectSame(sent[0]!, 'post', `v3/pay/transactions/${kind}`, { ...shared(request, appid), ...more });
  });

  it('to find, to close, to refund, and to find a refund', async () => {
    const request = order();
    const { channel, sent } = ours();
    const { mchid } = parties();
    await channel.authorize(request);
    await channel.close(request);
    await channel.queryAttempt(request);
    const paid = order();
    await channel.authorize(paid);
    simulator.controls.pay(paid.reference);
    const refund = { ...paid, reference: reference(0), payment: paid.reference, amount: 100n };
    await channel.refund(refund);
    await channel.queryRefund(refund);

    const [, close, query, , , asked, found] = sent;
    const path = `v3/pay/transactions/out-trade-no/${request.reference}`;
    await expectSame(close!, 'post', `${path}/close`, { mchid });
    await expectSame(query!, 'get', path, undefined, { mchid });
    await expectSame(asked!, 'post', 'v3/refund/domestic/refunds', {
      out_trade_no: paid.reference,
      out_refund_no: refund.reference,
      notify_url: CALLBACK_URL,
      amount: { refund: 100, total: 3_000, currency: 'CNY' },
    });
    await expectSame(found!, 'get', `v3/refund/domestic/refunds/${refund.reference}`);
  });

  /** The SDK signs at the same second, with the same random text. */
  async function expectSame(
    request: HttpRequest,
    method: 'get' | 'post',
    path: string,
    data?: object,
    params?: object,
  ) {
    const { authorization = '', 'content-type': type } = request.headers ?? {};
    const field = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(authorization)![1]!;
    vi.spyOn(Formatter, 'nonce').mockReturnValue(field('nonce_str'));
    vi.spyOn(Formatter, 'timestamp').mockReturnValue(Number(field('timestamp')));

    const theirs = await signedBySdk(method, path, data, params);

    expect(request.method).toBe(method.toUpperCase());
    expect(request.url).toBe(theirs.url.href);
    expect(request.body).toBe(theirs.body);
    expect(authorization).toBe(theirs.authorization);
    if (data) expect(type).toBe('application/json; charset=utf-8');
  }
});

describe('the SDK is content with the simulator', () => {
  it('pays, finds, refunds and closes, and verifies each answer', async () => {
    const { mchid, appId } = parties();
    const wxpay = sdk();
    const number = reference(1);
    const body = {
      appid: appId,
      mchid,
      description: 'Tea',
      out_trade_no: number,
      notify_url: CALLBACK_URL,
      amount: { total: 100 },
    };

    const { data: placed } = await wxpay.request('v3/pay/transactions/native', 'post', body, {});
    expect(placed).toEqual({ code_url: expect.stringMatching(/^weixin:\/\/wxpay\/bizpayurl\?pr=/) });
    simulator.controls.pay(number);
    const path = `v3/pay/transactions/out-trade-no/${number}`;
    const { data: found } = await wxpay.request(path, 'get', undefined, { params: { mchid } });
    expect(found).toMatchObject({ trade_state: 'SUCCESS', amount: { total: 100 } });
    const refund = {
      out_trade_no: number,
      out_refund_no: reference(0),
      amount: { refund: 40, total: 100, currency: 'CNY' },
    };
    const { data: made } = await wxpay.request('v3/refund/domestic/refunds', 'post', refund, {});
    expect(made).toMatchObject({ status: 'PROCESSING', amount: { refund: 40 } });

    const other = { ...body, out_trade_no: reference(1) };
    await wxpay.request('v3/pay/transactions/native', 'post', other, {});
    const closed = await wxpay.request(
      `v3/pay/transactions/out-trade-no/${other.out_trade_no}/close`,
      'post',
      { mchid },
      {},
    );
    expect(closed.status).toBe(204);
  });

  it('opens the certificates, and is refused with another key', async () => {
    const { data } = await sdk().request('v3/certificates', 'get', undefined, {});
    const [listed] = (data as { data: { serial_no: string; encrypt_certificate: Encrypted }[] }).data;
    const pem = openedBySdk(listed!.encrypt_certificate);
    expect([listed!.serial_no, pem]).toEqual([parties().platform[0].serial, parties().platform[0].pem]);

    const privateKey = privatePem(parties().publicKey.privateKey);
    await expect(sdk({ privateKey }).request('v3/certificates', 'get', undefined, {})).rejects.toMatchObject({
      response: { status: 401, data: { code: 'SIGN_ERROR' } },
    });
  });

  it('does not believe an answer that is changed, or a probe', async () => {
    for (const fault of ['tamper', 'probe'] as const) {
      simulator.controls.next(fault);
      await expect(sdk().request('v3/certificates', 'get', undefined, {})).rejects.toMatchObject({
        code: 'EV3_RES_HEADER_SIGNATURE_DIGEST',
      });
    }
  });
});

describe('callbacks', () => {
  it('of the simulator verify and open with the SDK', () => {
    const { raw, headers } = simulator.callbacks()[0]!;
    const body = Buffer.from(raw).toString();
    const text = Formatter.response(headers['wechatpay-timestamp']!, headers['wechatpay-nonce']!, body);
    const key = publicKeysOf(parties())[headers['wechatpay-serial']!]!;

    expect(Rsa.verify(text, headers['wechatpay-signature']!, Rsa.from(key, Rsa.KEY_TYPE_PUBLIC))).toBe(true);

    const { resource } = JSON.parse(body) as { resource: Encrypted };
    expect(JSON.parse(openedBySdk(resource))).toMatchObject({ mchid: parties().mchid, trade_state: 'SUCCESS' });
  });

  it('that the SDK signs and encrypts are ours to verify', async () => {
    const content = {
      appid: parties().appId,
      mchid: parties().mchid,
      out_trade_no: reference(1),
      transaction_id: '4200001',
      trade_state: 'SUCCESS',
      amount: { total: 5, currency: 'CNY' },
    };
    const [nonce, data] = [Formatter.nonce(12), 'transaction'];
    const ciphertext = Aes.AesGcm.encrypt(JSON.stringify(content), parties().apiV3Key, nonce, data);
    const resource = { algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, associated_data: data };
    const body = JSON.stringify({ event_type: 'TRANSACTION.SUCCESS', resource_type: 'encrypt-resource', resource });
    const timestamp = Formatter.timestamp();
    const [{ serial, privateKey }] = parties().platform;
    const headers = {
      'wechatpay-timestamp': String(timestamp),
      'wechatpay-nonce': nonce,
      'wechatpay-serial': serial,
      'wechatpay-signature': Rsa.sign(Formatter.response(timestamp, nonce, body), privateKey),
    };

    const verified = await wechatpayCallbacks.verify(Buffer.from(body), headers, materialOf(parties()), Date.now());

    expect(verified).toMatchObject({ kind: 'verified', facts: [{ outcome: { kind: 'captured', amount: 5n } }] });
  });
});

describe('what a payer starts with is signed as the SDK signs', () => {
  const parametersOf = async (instrument: object) => {
    const outcome = await ours().channel.authorize(order(instrument));
    const action = outcome.kind === 'requires_action' ? outcome.action : undefined;
    return action?.kind === 'app' ? action.parameters : {};
  };
  const signed = (...parts: readonly (string | undefined)[]) =>
    Rsa.sign(Formatter.joinedByLineFeed(...(parts as string[])), parties().merchant.privateKey);

  it('inside WeChat, over the package', async () => {
    const page = await parametersOf({ client: 'mini_program', appId: 'wx8888888888888888', openid: 'o1' });

    expect(page.package).toMatch(/^prepay_id=wx/);
    expect(page.pay_sign).toBe(signed(page.app_id, page.timestamp, page.nonce_str, page.package));
  });

  it('in an app, over the number of the order', async () => {
    const app = await parametersOf({ client: 'android', appId: 'wx2421b1c4370ec43b' });
    const link = await parametersOf({ client: 'ios', appId: 'wx2421b1c4370ec43b' });

    expect(app).toMatchObject({ package: 'Sign=WXPay', partner_id: parties().mchid });
    expect(app.sign).toBe(signed(app.app_id, app.timestamp, app.nonce_str, app.prepay_id));
    const { searchParams, href } = new URL(link.native_url!);
    expect(href).toMatch(/^weixin:\/\/app\/wx2421b1c4370ec43b\/pay\/\?/);
    const of = (name: string) => searchParams.get(name)!;
    expect(of('sign')).toBe(signed('wx2421b1c4370ec43b', of('timeStamp'), of('nonceStr'), of('prepayId')));
  });
});
