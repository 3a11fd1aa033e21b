/** Alipay's callbacks: what is genuine, what it says, and which messages are the same. */
import { describe, expect, it } from 'vitest';
import { alipayCallbacks } from '../../../../functions/channels/alipay/callback.ts';
import type { AlipayMaterial } from '../../../../functions/channels/alipay/credentials.ts';
import { channelReference, type ObjectKey, type Scope } from '../../../../functions/kernel/ids.ts';
import { makeIdentity } from '../../../simulators/alipay/identity.ts';
import { signNotification } from '../../../simulators/alipay/notifications.ts';

const NOW = Date.UTC(2026, 11, 1, 4);
const identity = makeIdentity(NOW);
const key = identity.alipayKey();
const next = identity.alipayKey();
const { appId, sellerId } = identity;
const MATERIAL: AlipayMaterial = { appId, sellerId, alipayPublicKeys: [key.publicKey] };
const CERTIFIED: AlipayMaterial = { appId, sellerId, alipayCerts: [key.certificate] };

const named = (ordinal: number, key = 'Abcdefghij0123456789AB') =>
  channelReference('Scope001' as Scope, key as ObjectKey, ordinal);
const PAYMENT = named(1);
const [FIRST, SECOND] = [named(0, 'Refund0000000000000001'), named(0, 'Refund0000000000000002')];

const PAID = {
  notify_type: 'trade_status_sync',
  notify_id: '2026120100222155624068450559358070',
  app_id: appId,
  seller_id: sellerId,
  charset: 'utf-8',
  version: '1.0',
  out_trade_no: PAYMENT,
  trade_no: '2026120122001468450512505578',
  trade_status: 'TRADE_SUCCESS',
  total_amount: '88.00',
  subject: '商品 1+1 & 100%',
  buyer_id: '2088000000000099',
  gmt_payment: '2026-12-01 12:00:00',
};
const REFUNDED = {
  ...PAID,
  gmt_refund: '2026-12-01 12:01:00.123',
  refund_fee: '1.00',
  out_biz_no: FIRST,
};
const HELD = {
  notify_type: 'fund_auth_freeze',
  notify_id: 'ae9dc7b44e2923a8cba50681c832803g02',
  app_id: appId,
  charset: 'utf-8',
  version: '1.0',
  out_order_no: PAYMENT,
  out_request_no: PAYMENT,
  auth_no: '2026120110002001000281886861',
  operation_id: '20261201025153970002',
  operation_type: 'FREEZE',
  status: 'SUCCESS',
  amount: '88.00',
  rest_amount: '88.00',
  total_freeze_amount: '88.00',
  payer_user_id: '2088000000000099',
};

type Fields = Readonly<Record<string, string>>;
const verify = (fields: Fields, { material = MATERIAL, signedWith = key.privateKey, atMs = NOW } = {}) => {
  const { raw, headers } = signNotification({ url: '', fields }, signedWith, atMs);
  return alipayCallbacks.verify(raw, headers, material, atMs);
};
const factsOf = async (fields: Fields) => {
  const verified = await verify(fields);
  if (verified.kind !== 'verified') throw new Error(verified.kind);
  return verified.facts;
};
const dedupeOf = async (fields: Fields, atMs = NOW) => {
  const verified = await verify(fields, { atMs });
  if (verified.kind !== 'verified') throw new Error(verified.kind);
  return verified.dedupe;
};

const CAPTURED = {
  kind: 'captured',
  authorizationCode: PAID.trade_no,
  amount: 8_800n,
  wallet: { transaction: PAID.trade_no, payerId: '2088000000000099' },
  handles: { trade_no: PAID.trade_no },
};

describe('a callback is verified', () => {
  it('over its decoded values, in UTF-8 and in GBK', async () => {
    const paid = [{ about: 'attempt', reference: PAYMENT, outcome: CAPTURED }];

    expect(await factsOf(PAID)).toEqual(paid);
    expect(await factsOf({ ...PAID, charset: 'GBK' })).toEqual(paid);
  });

  it('with either key during a change, and with the certificate that it names', async () => {
    const both = { ...MATERIAL, alipayPublicKeys: [key.publicKey, next.publicKey] };

    expect((await verify(PAID, { material: both, signedWith: next.privateKey })).kind).toBe('verified');
    expect((await verify(PAID, { material: CERTIFIED })).kind).toBe('verified');
    expect((await verify(PAID, { signedWith: next.privateKey })).kind).toBe('refused');
  });

  it('and sent again where its certificate is not known yet', async () => {
    const fields = { ...PAID, alipay_cert_sn: 'f'.repeat(32) };

    expect(await verify(fields, { material: CERTIFIED })).toEqual({ kind: 'unknown_key' });
  });

  it('however old it is: Alipay sends for 25 hours, and signs no time of sending', async () => {
    expect((await verify({ ...PAID, gmt_payment: '2026-11-30 10:00:00' })).kind).toBe('verified');
  });

  it.each([
    ['of another application', { ...PAID, app_id: '2021000000000003' }],
    ['of another merchant', { ...PAID, seller_id: '2088000000000003' }],
    ['in another currency', { ...PAID, trans_currency: 'USD' }],
    ['with an amount that is none', { ...PAID, total_amount: '88.001' }],
    ['without a status', { ...PAID, trade_status: 'TRADE_PENDING' }],
    ['with a hold that cannot be read', { ...HELD, amount: 'all' }],
  ])('not %s', async (_, fields) => {
    expect(await verify(fields)).toEqual({ kind: 'refused' });
  });

  it('not with a value changed, a field added, a field twice, a signature in another spelling, or another charset', async () => {
    const { raw, headers } = signNotification({ url: '', fields: PAID }, key.privateKey, NOW);
    const text = raw.toString('latin1');
    const signature = /sign=([^&]+)/.exec(text)![1]!;
    const forged = [
      text.replace('88.00', '88.01'),
      `${text}&gmt_close=2026-12-01`,
      `${text}&total_amount=88.00`,
      text.replace(signature, `${signature}%0A`),
      text.replace('charset=utf-8', 'charset=latin1'),
      text.replace('sign_type=RSA2', 'sign_type=RSA'),
      text.replace(`sign=${signature}`, 'sign='),
      text.replace('%25', '%'),
      '',
    ];

    for (const each of forged)
      expect([each, await alipayCallbacks.verify(Buffer.from(each, 'latin1'), headers, MATERIAL, NOW)]).toEqual([
        each,
        { kind: 'refused' },
      ]);
  });

  it('only as a form', async () => {
    const { raw } = signNotification({ url: '', fields: PAID }, key.privateKey, NOW);

    expect(await alipayCallbacks.verify(raw, { 'content-type': 'application/json' }, MATERIAL, NOW)).toEqual({
      kind: 'refused',
    });
    expect(alipayCallbacks.plausible({ 'content-type': 'application/json' }, NOW)).toBe(false);
    expect(alipayCallbacks.plausible({}, NOW)).toBe(false);
  });
});

describe('a callback says', () => {
  it('that a refund was made, beside the state of its payment', async () => {
    const facts = await factsOf(REFUNDED);

    expect(facts).toEqual([
      { about: 'attempt', reference: PAYMENT, outcome: CAPTURED },
      { about: 'refund', reference: FIRST, outcome: { kind: 'succeeded', handles: { trade_no: PAID.trade_no } } },
    ]);
  });

  it('nothing of a refund that was made elsewhere, under a number that is not ours', async () => {
    expect(await factsOf({ ...REFUNDED, out_biz_no: 'by hand' })).toHaveLength(1);
  });

  it('that a closed trade was paid and refunded, or never paid', async () => {
    const { gmt_payment: _, ...unpaid } = PAID;

    expect((await factsOf({ ...REFUNDED, trade_status: 'TRADE_CLOSED' }))[0]).toMatchObject({ outcome: CAPTURED });
    expect((await factsOf({ ...unpaid, trade_status: 'TRADE_CLOSED' }))[0]).toMatchObject({
      outcome: { kind: 'failed', decline: { class: 'payer_action', networkCode: 'TRADE_CLOSED' } },
    });
  });

  it.each([
    ['a trade that waits for its payer', { ...PAID, trade_status: 'WAIT_BUYER_PAY' }],
    ['an order that is not frozen yet', { ...HELD, status: 'INIT' }],
    [
      'a release that Alipay makes by itself',
      { ...HELD, notify_type: 'fund_auth_unfreeze', out_request_no: '2026120100001' },
    ],
    ['a number that is not ours', { ...PAID, out_trade_no: 'ORDER-1' }],
    ['an order that is not ours', { ...HELD, out_order_no: 'ORDER-1' }],
    ['a message of another kind', { ...PAID, notify_type: 'servicemarket_order_notify' }],
  ])('nothing new of %s, which is taken all the same', async (_, fields) => {
    expect(await verify(fields)).toEqual({ kind: 'noted' });
  });

  it('what was captured, by the number of the capture', async () => {
    expect(await factsOf({ ...PAID, out_trade_no: `${PAYMENT}_3` })).toEqual([
      {
        about: 'operation',
        reference: PAYMENT,
        operation: 3,
        outcome: { kind: 'succeeded', handles: { trade_no: PAID.trade_no } },
        facts: { kind: 'capture', amount: 8_800n },
      },
    ]);
  });

  it('what was frozen, and what was released under a number of ours', async () => {
    const released = { ...HELD, notify_type: 'fund_auth_unfreeze', operation_type: 'UNFREEZE' };

    expect(await factsOf(HELD)).toMatchObject([
      { about: 'attempt', reference: PAYMENT, outcome: { kind: 'authorized', amount: 8_800n } },
    ]);
    expect(await factsOf({ ...released, out_request_no: `${PAYMENT}_2` })).toMatchObject([
      { about: 'operation', reference: PAYMENT, operation: 2, outcome: { kind: 'succeeded' }, facts: { kind: 'void' } },
    ]);
  });
});

describe('the key of a message', () => {
  it('is the same for the same message, sent at another time', async () => {
    expect(await dedupeOf(PAID, NOW + 25 * 3_600_000)).toBe(await dedupeOf(PAID));
    expect(await dedupeOf(REFUNDED, NOW + 3_600_000)).toBe(await dedupeOf(REFUNDED));
  });

  it('keeps a second partial refund apart, whether it has a number of its own or not', async () => {
    const again = { ...REFUNDED, refund_fee: '2.00', out_biz_no: SECOND, gmt_refund: '2026-12-01 12:02:00.456' };
    const keys = await Promise.all(
      [PAID, REFUNDED, again, { ...again, notify_id: 'other' }].map((each) => dedupeOf(each)),
    );

    expect(new Set(keys).size).toBe(4);
  });

  it('keeps two refunds apart that have the same amount in the same second', async () => {
    expect(await dedupeOf({ ...REFUNDED, out_biz_no: SECOND })).not.toBe(await dedupeOf(REFUNDED));
  });

  it('can be stored whatever the number of the message holds', async () => {
    expect(await dedupeOf({ ...PAID, notify_id: '#'.repeat(300) })).toMatch(/^none-[0-9a-f]{24}$/);
  });
});

it('the acknowledgement is exactly the word that Alipay reads, and every other answer is not', () => {
  expect(alipayCallbacks.acknowledge('taken')).toMatchObject({ status: 200, body: 'success' });
  for (const verdict of ['refused', 'too_large', 'send_again', 'failed'] as const)
    expect(alipayCallbacks.acknowledge(verdict).body).toBe('fail');
});
