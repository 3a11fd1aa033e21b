/** RSA2: what a signature covers, and in which spelling it counts. */
import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../../functions/channels/alipay/gateway.ts';
import { publicKeyOf } from '../../../../functions/channels/alipay/keys.ts';
import { contentOf, isSigned, rawMembers, signed } from '../../../../functions/channels/alipay/signature.ts';
import { fenOf, msOf, ours, shanghaiTime, yuan } from '../../../../functions/channels/alipay/wire.ts';
import { channelReference, type ObjectKey, type Scope } from '../../../../functions/kernel/ids.ts';
import { makeIdentity } from '../../../simulators/alipay/identity.ts';
import { signedAnswer } from '../../../simulators/alipay/protocol.ts';

const identity = makeIdentity(Date.UTC(2026, 11, 1));
const key = identity.alipayKey();
const publicKey = publicKeyOf(key.publicKey)!;

it('covers every parameter by name, as it is', () => {
  expect(contentOf({ b: '1=2', a: 'x y', sign_type: 'RSA2', B: '中' })).toBe('B=中&a=x y&b=1=2&sign_type=RSA2');
});

it('counts in the one spelling of its base64', () => {
  const content = Buffer.from('a=1');
  const signature = signed('a=1', key.privateKey);

  expect(isSigned(content, signature, [publicKey])).toBe(true);
  for (const other of [`${signature} `, signature.replace(/=+$/, ''), `${signature}=`, '', 'AAAA'])
    expect([other, isSigned(content, other, [publicKey])]).toEqual([other, false]);
  expect(isSigned(Buffer.from('a=2'), signature, [publicKey])).toBe(false);
  expect(isSigned(content, signature, [])).toBe(false);
});

describe('the members of an answer, as they were sent', () => {
  it('keep escapes, spaces and inner names', () => {
    const text =
      '{"x_response"\n :\n {"code":"10000","sign":"a\\"}b","url":"http:\\/\\/x","list":[1,{"sign":2}]} ,"sign" : "P8x="}';

    expect(Object.fromEntries(rawMembers(text)!)).toEqual({
      x_response: '{"code":"10000","sign":"a\\"}b","url":"http:\\/\\/x","list":[1,{"sign":2}]}',
      sign: '"P8x="',
    });
  });

  it('are none where a name is there twice, and where it is no object', () => {
    expect(rawMembers('{"sign":"a","sign":"b"}')).toBeUndefined();
    expect(rawMembers('[1]')).toBeUndefined();
    expect(rawMembers('{"a":')).toBeUndefined();
    expect(rawMembers('<html>')).toBeUndefined();
    expect(rawMembers('{}')?.size).toBe(0);
  });
});

describe('an answer', () => {
  const METHOD = 'alipay.trade.query';
  const answer = signedAnswer({ identity, mode: 'certificates', key: () => key }, METHOD, {
    code: '10000',
    url: 'a/b',
  });
  const keys = [{ key: publicKey }];

  it('is read where its signature is good', () => {
    expect(readAnswer(answer, { method: METHOD, keys })).toEqual({
      kind: 'answered',
      body: { code: '10000', url: 'a/b' },
    });
  });

  it.each([
    ['changed', answer.replace('a\\/b', 'a\\/c')],
    ['in another spelling', answer.replace('a\\/b', 'a/b')],
    ['of another method', answer.replace('trade_query', 'trade_refund')],
    ['without a signature', answer.replace('"sign"', '"sing"')],
    ['that is no JSON', 'Bad Gateway'],
  ])('%s is unknown', (_, text) => {
    expect(readAnswer(text, { method: METHOD, keys }).kind).toBe('unknown');
  });

  it('of a certificate that is not known is unknown, also where a key would fit', () => {
    const known = [{ key: publicKey, serial: 'e'.repeat(32) }];

    expect(readAnswer(answer, { method: METHOD, keys: known })).toEqual({
      kind: 'unknown',
      reason: 'the certificate of the answer is not known',
    });
  });

  it('that was not signed by Alipay is unknown', () => {
    const other = [{ key: publicKeyOf(identity.alipayKey().publicKey)! }];

    expect(readAnswer(answer, { method: METHOD, keys: other }).kind).toBe('unknown');
  });
});

describe('the notation', () => {
  it('of amounts is exact', () => {
    expect([1n, 10n, 99n, 100n, 8_805n, 10_000_000_000n].map(yuan)).toEqual([
      '0.01',
      '0.10',
      '0.99',
      '1.00',
      '88.05',
      '100000000.00',
    ]);
    expect(['0.01', '1', '1.5', '88.05', '100000000.00'].map(fenOf)).toEqual([1n, 100n, 150n, 8_805n, 10_000_000_000n]);
    expect(['', '1.', '1.005', '-1', '1e3', ' 1'].map(fenOf)).toEqual(Array(6).fill(undefined));
  });

  it('of times is Shanghai’s, without parts of a second', () => {
    expect(shanghaiTime(Date.UTC(2026, 11, 31, 16, 0, 0, 999))).toBe('2027-01-01 00:00:00');
    expect(msOf('2027-01-01 00:00:00')).toBe(Date.UTC(2026, 11, 31, 16));
    expect(['2027-01-01', '2027-13-01 00:00:00', ''].map(msOf)).toEqual([undefined, undefined, undefined]);
  });

  it('of numbers names an attempt, or an operation on it', () => {
    const reference = channelReference('Scope001' as Scope, 'Abcdefghij0123456789AB' as ObjectKey, 1);

    expect(ours(reference)).toEqual({ reference });
    expect(ours(`${reference}_12`)).toEqual({ reference, operation: 12 });
    expect([`${reference}_`, `${reference}_x`, `x${reference}`, 'ORDER'].map(ours)).toEqual(Array(4).fill(undefined));
  });
});
