import { describe, expect, test } from 'vitest';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import { decrypt, encrypt, type Identity } from '../../../functions/vault/envelope.ts';

const KEY = Buffer.alloc(32, 7);
const identity: Identity = {
  scope: 'Scope001' as Scope,
  body: '0ABCDEF0ZZZZZZZZZZZZZZ' as ObjectKey,
  version: 1,
  field: 'card',
};
const PLAIN = Buffer.from('{"number":"4242424242424242"}');

describe('envelope', () => {
  test('what was sealed opens', () => {
    expect(decrypt(KEY, identity, encrypt(KEY, identity, PLAIN))).toEqual(PLAIN);
  });

  test('golden vector: the format does not change unnoticed', () => {
    const encrypted = Buffer.from(encrypt(KEY, identity, PLAIN, Buffer.alloc(12, 1))).toString('hex');

    expect(encrypted).toBe(
      '01caf74f972381bef1f0322acc9e87eb838242c7dcc5f09b46ea540bf4867dab7f010101010101010101010101243af2dfdb6cd67da2abd3103f16450ee3aec9f6975f68f9e0a335a3a120906436d4b68a74bfe959611a20de1d',
    );
    expect(decrypt(KEY, identity, Buffer.from(encrypted, 'hex'))).toEqual(PLAIN);
  });

  test.each<[string, Identity]>([
    ['another scope', { ...identity, scope: 'Scope002' as Scope }],
    ['another payment method (swapped rows)', { ...identity, body: '0ABCDEF0ZZZZZZZZZZZZZY' as ObjectKey }],
    ['another version', { ...identity, version: 2 }],
    ['another field', { ...identity, field: 'cvc' }],
  ])('does not open as %s', (_, other) => {
    const encrypted = encrypt(KEY, identity, PLAIN);

    expect(() => decrypt(KEY, other, encrypted)).toThrow('the ciphertext is not of this record');
  });

  test('does not open under another data key', () => {
    expect(() => decrypt(Buffer.alloc(32, 8), identity, encrypt(KEY, identity, PLAIN))).toThrow(
      'the ciphertext is not of this record',
    );
  });

  test('one changed bit anywhere and it does not open', () => {
    const encrypted = encrypt(KEY, identity, PLAIN);

    for (let at = 0; at < encrypted.length; at++) {
      const changed = Buffer.from(encrypted);
      changed[at]! ^= 1;
      expect(() => decrypt(KEY, identity, changed)).toThrow('the ciphertext is not of this record');
    }
  });

  test.each([0, 1, 29, 32, 33, 44, 60])('cut to %i bytes it does not open', (length) => {
    expect(() => decrypt(KEY, identity, encrypt(KEY, identity, PLAIN).subarray(0, length))).toThrow(
      'the ciphertext is not of this record',
    );
  });

  test('sealing twice gives two ciphertexts', () => {
    expect(encrypt(KEY, identity, PLAIN)).not.toEqual(encrypt(KEY, identity, PLAIN));
  });

  test('an empty text is sealed and opens', () => {
    expect(decrypt(KEY, identity, encrypt(KEY, identity, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  test('what does not open has a name that handlers can tell', () => {
    expect(() => decrypt(KEY, identity, Buffer.alloc(0))).toThrow(
      expect.objectContaining({ name: 'DecryptionFailed' }) as Error,
    );
  });

  test('61 bytes are added', () => {
    expect(encrypt(KEY, identity, PLAIN).length - PLAIN.length).toBe(61);
  });
});
