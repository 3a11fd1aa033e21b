import { describe, expect, test } from 'vitest';
import type { Body, Scope } from '../../../functions/kernel/ids.ts';
import { type Identity, open, seal } from '../../../functions/vault/envelope.ts';

const KEY = Buffer.alloc(32, 7);
const identity: Identity = {
  scope: 'Scope001' as Scope,
  body: '0ABCDEF0ZZZZZZZZZZZZZZ' as Body,
  version: 1,
  field: 'card',
};
const PLAIN = Buffer.from('{"number":"4242424242424242"}');

describe('envelope', () => {
  test('what was sealed opens', () => {
    expect(open(KEY, identity, seal(KEY, identity, PLAIN))).toEqual(PLAIN);
  });

  test('golden vector: the format does not change unnoticed', () => {
    const sealed = Buffer.from(seal(KEY, identity, PLAIN, Buffer.alloc(12, 1))).toString('hex');

    expect(sealed).toBe(
      '01caf74f972381bef1f0322acc9e87eb838242c7dcc5f09b46ea540bf4867dab7f010101010101010101010101243af2dfdb6cd67da2abd3103f16450ee3aec9f6975f68f9e0a335a3a120906436d4b68a74bfe959611a20de1d',
    );
    expect(open(KEY, identity, Buffer.from(sealed, 'hex'))).toEqual(PLAIN);
  });

  test.each<[string, Identity]>([
    ['another scope', { ...identity, scope: 'Scope002' as Scope }],
    ['another payment method (swapped rows)', { ...identity, body: '0ABCDEF0ZZZZZZZZZZZZZY' as Body }],
    ['another version', { ...identity, version: 2 }],
    ['another field', { ...identity, field: 'cvc' }],
  ])('does not open as %s', (_, other) => {
    const sealed = seal(KEY, identity, PLAIN);

    expect(() => open(KEY, other, sealed)).toThrow('the ciphertext is not of this record');
  });

  test('does not open under another data key', () => {
    expect(() => open(Buffer.alloc(32, 8), identity, seal(KEY, identity, PLAIN))).toThrow(
      'the ciphertext is not of this record',
    );
  });

  test('one changed bit anywhere and it does not open', () => {
    const sealed = seal(KEY, identity, PLAIN);

    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      expect(() => open(KEY, identity, changed)).toThrow('the ciphertext is not of this record');
    }
  });

  test.each([0, 1, 29, 32, 33, 44, 60])('cut to %i bytes it does not open', (length) => {
    expect(() => open(KEY, identity, seal(KEY, identity, PLAIN).subarray(0, length))).toThrow(
      'the ciphertext is not of this record',
    );
  });

  test('sealing twice gives two ciphertexts', () => {
    expect(seal(KEY, identity, PLAIN)).not.toEqual(seal(KEY, identity, PLAIN));
  });

  test('an empty text is sealed and opens', () => {
    expect(open(KEY, identity, seal(KEY, identity, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  test('what does not open has a name that handlers can tell', () => {
    expect(() => open(KEY, identity, Buffer.alloc(0))).toThrow(
      expect.objectContaining({ name: 'SealBroken' }) as Error,
    );
  });

  test('61 bytes are added', () => {
    expect(seal(KEY, identity, PLAIN).length - PLAIN.length).toBe(61);
  });
});
