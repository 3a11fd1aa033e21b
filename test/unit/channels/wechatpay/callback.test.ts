/** Callbacks of WeChat Pay: genuine ones are facts, and one with a wrong byte, header, time, key or receiver is not. */
import { describe, expect, it } from 'vitest';
import { wechatpayCallbacks } from '../../../../functions/channels/wechatpay/callback.ts';
import type { WechatpayMaterial } from '../../../../functions/channels/wechatpay/credentials.ts';
import { systemRandom } from '../../../../functions/kernel/clock.ts';
import { channelReference, newObjectKey } from '../../../../functions/kernel/ids.ts';
import { SCOPE } from '../../../simulators/sandbox-channel.ts';
import { callbackOf } from '../../../simulators/wechatpay/callbacks.ts';
import { freshFaults, type Running } from '../../../simulators/wechatpay/running.ts';
import { encryptedResource, type SignedMessage, signedHeaders } from '../../../simulators/wechatpay/signing.ts';
import { materialOf, otherParties, parties } from '../../../simulators/wechatpay/under-test.ts';

const NOW_MS = Date.UTC(2026, 11, 1, 4);
const PAYMENT = channelReference(SCOPE, newObjectKey(NOW_MS, systemRandom), 1);
const REFUND = channelReference(SCOPE, newObjectKey(NOW_MS, systemRandom), 0);
const material = materialOf(parties());

const sender = (changes: Partial<Running> = {}): Running =>
  ({ parties: parties(), faults: freshFaults(), nowMs: () => NOW_MS, ...changes }) as Running;

const order = {
  mchid: '1900000109',
  appid: 'wxd678efh567hg6787',
  out_trade_no: PAYMENT as string,
  transaction_id: '4200001234202612010000000001',
  trade_state: 'SUCCESS',
  payer: { openid: 'o1' },
  amount: { total: 3_000, payer_total: 2_900, currency: 'CNY', payer_currency: 'CNY' },
};
const refund = {
  mchid: '1900000109',
  out_trade_no: PAYMENT as string,
  out_refund_no: REFUND as string,
  refund_id: '50300000000000000000000001',
  refund_status: 'SUCCESS',
  amount: { total: 3_000, refund: 100, payer_total: 3_000, payer_refund: 100 },
};

const paid = (changes: object = {}, of: Running = sender()) =>
  callbackOf(of, 'TRANSACTION.SUCCESS', { ...order, ...changes }, '1');
const returned = (event: string, changes: object = {}) =>
  callbackOf(sender(), `REFUND.${event}`, { ...refund, refund_status: event, ...changes }, '2');
/** A body that WeChat Pay would not send, signed as it signs. */
function signed(body: string): SignedMessage {
  const headers = Object.entries(signedHeaders(sender(), body, undefined));
  return {
    raw: Buffer.from(body),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
  };
}

const verify = ({ raw, headers }: SignedMessage, keys: WechatpayMaterial = material, nowMs = NOW_MS) =>
  wechatpayCallbacks.verify(raw, headers, keys, nowMs);
const kindOf = async (...given: Parameters<typeof verify>) => (await verify(...given)).kind;

describe('a callback', () => {
  it('of a payment is its outcome, with what WeChat Pay calls it and its payer', async () => {
    expect(await verify(paid())).toEqual({
      kind: 'verified',
      dedupe: 'TRANSACTION.4200001234202612010000000001',
      facts: [
        {
          about: 'attempt',
          reference: PAYMENT,
          outcome: {
            kind: 'captured',
            authorizationCode: '4200001234202612010000000001',
            amount: 3_000n,
            wallet: { transaction: '4200001234202612010000000001', payerId: 'o1' },
            handles: { transaction_id: '4200001234202612010000000001' },
          },
        },
      ],
    });
  });

  it.each([
    ['SUCCESS', { kind: 'succeeded' }],
    ['CLOSED', { kind: 'failed', decline: { code: 'declined' } }],
    ['ABNORMAL', { kind: 'pending', needsPerson: 'ABNORMAL' }],
  ])('of a refund that is %s', async (event, outcome) => {
    expect(await verify(returned(event))).toMatchObject({
      kind: 'verified',
      dedupe: `REFUND.${event}.50300000000000000000000001`,
      facts: [{ about: 'refund', reference: REFUND, outcome }],
    });
  });

  it('that is sent again has the same key, and one about another part of the payment has not', async () => {
    const keyOf = async (message: SignedMessage) => {
      const verified = await verify(message);
      return verified.kind === 'verified' ? verified.dedupe : undefined;
    };
    const [first, again] = [await keyOf(returned('SUCCESS')), await keyOf(returned('SUCCESS'))];

    expect(again).toBe(first);
    expect(await keyOf(returned('SUCCESS', { refund_id: '50300000000000000000000002' }))).not.toBe(first);
    expect(await keyOf(returned('ABNORMAL'))).not.toBe(first);
  });

  it('is refused with any byte of it changed', async () => {
    const message = paid();
    for (let at = 0; at < message.raw.length; at += 7) {
      const raw = Uint8Array.from(message.raw, (byte, place) => (place === at ? byte ^ 1 : byte));
      expect([at, await kindOf({ ...message, raw })]).toEqual([at, 'refused']);
    }
  });

  it.each(['timestamp', 'nonce', 'serial', 'signature'])('is refused without its %s', async (name) => {
    const { raw, headers } = paid();
    const { [`wechatpay-${name}`]: _, ...others } = headers;

    expect(wechatpayCallbacks.plausible(others, NOW_MS)).toBe(false);
    expect(await kindOf({ raw, headers: others })).toBe('refused');
  });

  it.each([
    ['timestamp', '1764561601'],
    ['nonce', 'another'],
    ['signature', 'AAAA'],
  ])('is refused with another %s', async (name, value) => {
    const { raw, headers } = paid();

    expect(await kindOf({ raw, headers: { ...headers, [`wechatpay-${name}`]: value } })).toBe('refused');
  });

  it('is genuine for less than 300 seconds, in both directions', async () => {
    const at = async (seconds: number) => {
      const { headers } = paid();
      const nowMs = NOW_MS + seconds * 1000;
      return [wechatpayCallbacks.plausible(headers, nowMs), await kindOf(paid(), material, nowMs)];
    };

    expect([await at(299), await at(-299)]).toEqual(Array.from({ length: 2 }, () => [true, 'verified']));
    expect([await at(300), await at(-300)]).toEqual(Array.from({ length: 2 }, () => [false, 'refused']));
  });

  it('that is a probe is refused', async () => {
    const { raw, headers } = paid();
    const probe = { ...headers, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${headers['wechatpay-signature']}` };

    expect(wechatpayCallbacks.plausible(probe, NOW_MS)).toBe(false);
    expect(await kindOf({ raw, headers: probe })).toBe('refused');
  });

  it('that is signed with a key which is not known yet is to be sent again', async () => {
    const rotated = sender({ faults: { ...freshFaults(), isRotated: true } });

    expect(await kindOf(paid({}, rotated))).toBe('unknown_key');
    const both = { ...material.platform, certificates: parties().platform.map(({ pem }) => pem) };
    expect(await kindOf(paid({}, rotated), { ...material, platform: both })).toBe('verified');
  });

  it('is verified with a certificate and with the public key while an account has both', async () => {
    const { publicKeyId } = parties();
    const byKey = sender({ faults: { ...freshFaults(), callbackSerial: publicKeyId } });
    const both = materialOf(parties(), 'both');

    expect([await kindOf(paid(), both), await kindOf(paid({}, byKey), both)]).toEqual(['verified', 'verified']);
    expect(await kindOf(paid({}, byKey))).toBe('unknown_key');
    expect(await kindOf(paid(), materialOf(parties(), 'public_key'))).toBe('unknown_key');
  });

  it('is decrypted with either of two APIv3 keys, and refused with another', async () => {
    const [key] = material.apiV3Keys;
    const other = otherParties().apiV3Key;

    expect(await kindOf(paid(), { ...material, apiV3Keys: [other, key!] })).toBe('verified');
    expect(await kindOf(paid(), { ...material, apiV3Keys: [other] })).toBe('refused');
  });

  it.each([
    ['another merchant', { mchid: '1900000108' }],
    ['an app that the account does not have', { appid: 'wx0000000000000000' }],
    ['no app', { appid: undefined }],
    ['another currency', { amount: { ...order.amount, currency: 'HKD' } }],
    ['no amount', { amount: undefined }],
    ['half a fen', { amount: { ...order.amount, total: 0.5 } }],
    ['no number of WeChat Pay', { transaction_id: undefined }],
    ['an order that is not paid', { trade_state: 'NOTPAY' }],
  ])('about a payment with %s is refused', async (_, changes) => {
    expect(await kindOf(paid(changes))).toBe('refused');
  });

  it.each([
    ['another merchant', { mchid: '1900000108' }],
    ['another state than its event', { refund_status: 'CLOSED' }],
    ['no number of WeChat Pay', { refund_id: '' }],
  ])('about a refund with %s is refused', async (_, changes) => {
    expect(await kindOf(returned('SUCCESS', changes))).toBe('refused');
  });

  it('about nothing of ours is acknowledged: an order or a refund that was made elsewhere, and other events', async () => {
    expect(await verify(paid({ out_trade_no: 'order-1' }))).toEqual({ kind: 'noted' });
    expect(await verify(returned('SUCCESS', { out_refund_no: 'refund-1' }))).toEqual({ kind: 'noted' });
    expect(await kindOf(callbackOf(sender(), 'PROFITSHARING.SUCCESS', order, '1'))).toBe('noted');
    expect(await kindOf(paid({ out_trade_no: 'order-1', mchid: '1900000108' }))).toBe('refused');
  });

  it('of a refund with a state that is not documented is refused', async () => {
    expect(await kindOf(returned('OTHER'))).toBe('refused');
  });

  it.each([
    ['no JSON', 'not JSON'],
    ['an empty object', '{}'],
    ['nothing encrypted', JSON.stringify({ event_type: 'TRANSACTION.SUCCESS', resource_type: 'encrypt-resource' })],
  ])('that is signed and has %s is refused', async (_, body) => {
    expect(await kindOf(signed(body))).toBe('refused');
  });

  it.each([
    ['a nonce of another length', { nonce: '12345678901' }],
    ['a short ciphertext', { ciphertext: 'AAAA' }],
    ['other associated data', { associated_data: 'refund' }],
    ['another algorithm', { algorithm: 'AEAD_SM4_GCM' }],
  ])('whose content has %s is refused, and throws nothing', async (_, changes) => {
    const resource = { ...encryptedResource(JSON.stringify(order), parties().apiV3Key, 'transaction'), ...changes };
    const body = { id: '1', event_type: 'TRANSACTION.SUCCESS', resource_type: 'encrypt-resource', resource };

    expect(await kindOf(signed(JSON.stringify(body)))).toBe('refused');
  });

  it('of nothing, or of more than 64 KiB, is refused', async () => {
    expect(await kindOf(signed(''))).toBe('refused');
    const padded = (size: number) => {
      const body = Buffer.from(paid().raw).toString();
      return signed(body + ' '.repeat(size - Buffer.byteLength(body)));
    };
    expect(await kindOf(padded(64 * 1024))).toBe('verified');
    expect(await kindOf(padded(64 * 1024 + 1))).toBe('refused');
  });
});

describe('the answer to a callback', () => {
  it('is 204 alone where it was taken', () => {
    expect(wechatpayCallbacks.acknowledge('taken')).toEqual({ status: 204, headers: {}, body: '' });
  });

  it.each([
    ['refused', 401],
    ['too_large', 413],
    ['send_again', 503],
    ['failed', 500],
  ] as const)('is FAIL with its status where it was %s', (verdict, status) => {
    const answer = wechatpayCallbacks.acknowledge(verdict);

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ code: 'FAIL', message: expect.stringMatching(/./) });
  });
});
