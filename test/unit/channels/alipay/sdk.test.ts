/** Alipay's own SDK judges both sides: our requests are its requests, and it is content with the simulator's answers and callbacks. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AlipaySdk } from 'alipay-sdk';
import { afterAll, describe, expect, it } from 'vitest';
import { gatewayOf, type Parameters } from '../../../../functions/channels/alipay/gateway.ts';
import { certificatesIn, rootSerialOf, serialOf } from '../../../../functions/channels/alipay/keys.ts';
import { shanghaiTime } from '../../../../functions/channels/alipay/wire.ts';
import { httpClient } from '../../../../functions/kernel/http-client.ts';
import { type AlipaySimulator, startAlipay } from '../../../simulators/alipay/server.ts';
import { credentialsFor, followAction } from '../../../simulators/alipay/under-test.ts';
import { handClock } from '../../../simulators/sandbox-server.ts';

const clock = handClock();
const [keys, certificates] = await Promise.all([
  startAlipay({ clock, mode: 'keys' }),
  startAlipay({ clock, mode: 'certificates' }),
]);

/** Takes requests as they come, and answers nothing that anyone could read. */
const recorded: { url: string; body: string }[] = [];
const recorder = createServer((incoming, outgoing) => {
  let body = '';
  incoming.on('data', (part: Buffer) => (body += part.toString()));
  incoming.on('end', () => {
    recorded.push({ url: incoming.url ?? '', body });
    outgoing.end('{}');
  });
});
await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve));
const recorderUrl = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;

afterAll(async () => {
  await Promise.all([keys.close(), certificates.close()]);
  await new Promise((resolve) => recorder.close(resolve));
});

function sdkOf({ identity, mode, key, url }: AlipaySimulator, gateway = url): AlipaySdk {
  const { appId, appPrivateKey: privateKey, appCertificate, rootCertificate } = identity;
  const common = { appId, privateKey, keyType: 'PKCS8' as const, gateway };
  return new AlipaySdk(
    mode === 'keys'
      ? { ...common, alipayPublicKey: key().publicKey }
      : {
          ...common,
          appCertContent: appCertificate,
          alipayPublicCertContent: key().certificate,
          alipayRootCertContent: rootCertificate,
        },
  );
}

const oursAt = async (simulator: AlipaySimulator, baseUrl: string) =>
  (await gatewayOf(
    {
      http: httpClient,
      nowMs: () => clock.nowMs(),
      credentials: async (_, schema) => schema.parse(credentialsFor(simulator)),
      callbackUrl: () => '',
      baseUrl,
    },
    { channel: 'alipay', account: 'acct' },
  ))!;

/** The same parameters in the names of the SDK. Its own timestamp is the local time of the machine. */
const toSdk = ({ notify_url: notifyUrl, return_url: returnUrl, biz }: Parameters) => ({
  timestamp: shanghaiTime(clock.nowMs()),
  ...(notifyUrl !== undefined && { notifyUrl }),
  ...(returnUrl !== undefined && { returnUrl }),
  bizContent: biz,
});

const ORDER: Parameters = {
  notify_url: 'https://pay.example/v1/channels/alipay/callbacks/acct?a=1&b=c d',
  biz: {
    out_trade_no: 'Scope001Abcdefghij0123456789AB1',
    total_amount: '88.05',
    subject: '商品 1+1=2 & "100%" ~!*()\'',
    time_expire: '2027-01-15 21:00:00',
  },
};
const PAGE: Parameters = { ...ORDER, return_url: 'https://pay.example/v1/return/abc-def' };

describe.each([
  ['keys', keys],
  ['certificates', certificates],
] as const)('with %s', (_, simulator) => {
  it('a request is the SDK’s, byte for byte', async () => {
    recorded.length = 0;
    const sdk = sdkOf(simulator, `${recorderUrl}/gateway.do`);
    const gateway = await oursAt(simulator, recorderUrl);

    for (const [method, parameters] of [
      ['alipay.trade.precreate', ORDER],
      ['alipay.trade.query', { biz: { out_trade_no: '1' } }],
    ] as const) {
      await sdk.exec(method, toSdk(parameters)).catch(() => undefined);
      await gateway.exchange(method, parameters);
    }

    expect(recorded).toHaveLength(4);
    expect(recorded[1]).toEqual(recorded[0]);
    expect(recorded[3]).toEqual(recorded[2]);
    expect(recorded[0]!.url).toContain('sign_type=RSA2');
  });

  it('an order for an app is the SDK’s, and the address of a page has the same parameters', async () => {
    const sdk = sdkOf(simulator);
    const gateway = await oursAt(simulator, simulator.baseUrl);
    const nowMs = clock.nowMs();

    expect(gateway.orderString('alipay.trade.app.pay', ORDER, nowMs)).toBe(
      sdk.sdkExecute('alipay.trade.app.pay', toSdk(ORDER)),
    );
    const ours = gateway.pageUrl('alipay.trade.page.pay', PAGE, nowMs);
    expect(ours).toBe(`${simulator.url}?${sdk.sdkExecute('alipay.trade.page.pay', toSdk(PAGE))}`);
    // The SDK adds its own name to a page, and signs it.
    const theirs = new URL(sdk.pageExecute('alipay.trade.page.pay', 'GET', toSdk(PAGE))).searchParams;
    for (const added of ['alipay_sdk', 'sign']) theirs.delete(added);
    const mine = new URL(ours).searchParams;
    mine.delete('sign');
    expect(Object.fromEntries(mine)).toEqual(Object.fromEntries(theirs));
  });

  it('the SDK pays, refunds, finds and closes at the simulator, and finds every signature good', async () => {
    const sdk = sdkOf(simulator);
    const exec = (method: string, bizContent: Record<string, unknown>, notifyUrl?: string) =>
      sdk.exec(method, { bizContent, ...(notifyUrl && { notifyUrl }) }, { validateSign: true });
    const order = { ...ORDER.biz, subject: '商品', out_trade_no: `${simulator.mode}1` };

    const made = await exec('alipay.trade.precreate', order, 'https://pay.example/callbacks');
    expect(await exec('alipay.trade.query', { out_trade_no: order.out_trade_no })).toMatchObject({
      code: '40004',
      subCode: 'ACQ.TRADE_NOT_EXIST',
    });
    await followAction(simulator, { kind: 'qr_code', data: String(made.qrCode) }, 'approve');

    expect(await exec('alipay.trade.query', { out_trade_no: order.out_trade_no })).toMatchObject({
      code: '10000',
      tradeStatus: 'TRADE_SUCCESS',
      totalAmount: '88.05',
    });
    const refund = { out_trade_no: order.out_trade_no, refund_amount: '8.05', out_request_no: 'r1' };
    expect(await exec('alipay.trade.refund', refund)).toMatchObject({ fundChange: 'Y', refundFee: '8.05' });
    expect(await exec('alipay.trade.fastpay.refund.query', refund)).toMatchObject({ refundStatus: 'REFUND_SUCCESS' });
    expect(await exec('alipay.trade.close', { out_trade_no: order.out_trade_no })).toMatchObject({ code: '40004' });
    expect(await exec('alipay.trade.cancel', { out_trade_no: 'other' })).toMatchObject({ retryFlag: 'N' });
  });

  it('the SDK finds a changed answer wrong', async () => {
    simulator.faults.tampers = true;
    const cancel = sdkOf(simulator).exec(
      'alipay.trade.cancel',
      { bizContent: { out_trade_no: 'another' } },
      { validateSign: true },
    );

    await expect(cancel).rejects.toThrow('验签失败');
    simulator.faults.tampers = false;
  });

  it('the SDK finds the simulator’s callbacks genuine, and a changed one not', () => {
    const sdk = sdkOf(simulator);
    expect(simulator.due.length).toBeGreaterThanOrEqual(2);

    for (const notification of simulator.due) {
      const fields = Object.fromEntries(new URLSearchParams(simulator.signed(notification).raw.toString()));
      expect(sdk.checkNotifySign(fields, true)).toBe(true);
      expect(sdk.checkNotifySign({ ...fields, total_amount: '88.06' }, true)).toBe(false);
    }
  });
});

it('certificates have the serials that the SDK finds', () => {
  const { appCertificate, rootCertificate } = certificates.identity;
  const { config } = sdkOf(certificates);
  const roots = `${rootCertificate}\n${certificates.key().certificate}`;

  expect(serialOf(certificatesIn(appCertificate)[0]!)).toBe(config.appCertSn);
  expect(serialOf(certificatesIn(certificates.key().certificate)[0]!)).toBe(config.alipayCertSn);
  expect(rootSerialOf(rootCertificate)).toBe(config.alipayRootCertSn);
  expect(rootSerialOf(roots).split('_')).toHaveLength(2);
});
