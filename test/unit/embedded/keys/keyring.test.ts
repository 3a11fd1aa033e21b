import { describe, expect, it } from 'vitest';
import { Keyring, type KeyringContent, NotOpened, OtherKey } from '../../../../bin/embedded/keys/keyring.ts';

const version = (digit: number) => ({
  id: String(digit).repeat(32),
  secret: Buffer.alloc(32, digit).toString('base64'),
});
const content = (secrets = [version(1)]): KeyringContent => ({
  id: 'ring',
  keys: {
    secrets: { kind: 'encrypt', versions: secrets },
    vault: { kind: 'encrypt', versions: [version(2)] },
    fingerprint: { kind: 'mac', versions: [version(3)] },
  },
});
const ring = new Keyring(content());
const plain = Buffer.from('whsec_1234');
const context = { purpose: 'webhook-secret', scope: 'Scope001' };

describe('what is encrypted', () => {
  it('opens under its context, whatever the order of its pairs', () => {
    const encrypted = ring.encrypt('secrets', plain, context);

    expect(ring.decrypt('secrets', encrypted, { scope: 'Scope001', purpose: 'webhook-secret' })).toEqual(plain);
    expect(Buffer.from(encrypted).includes(plain)).toBe(false);
    expect(ring.encrypt('secrets', plain, context)).not.toEqual(encrypted);
  });

  it.each([
    {},
    { purpose: 'webhook-secret' },
    { ...context, scope: 'Scope002' },
    { ...context, scope: 'scope001' },
    { ...context, more: '' },
    { 'purpose","webhook-secret"],["scope': 'Scope001' },
  ])('does not open under the context %j', (other) => {
    expect(() =>
      ring.decrypt('secrets', ring.encrypt('secrets', plain, context), other as Record<string, string>),
    ).toThrow(NotOpened);
  });

  it('does not open when any byte was changed, or some are missing', () => {
    const encrypted = ring.encrypt('secrets', plain, context);

    for (let at = 0; at < encrypted.length; at++) {
      const changed = Uint8Array.from(encrypted);
      changed[at]! ^= 1;
      expect(() => ring.decrypt('secrets', changed, context), `${at}`).toThrow(NotOpened);
      expect(() => ring.decrypt('secrets', encrypted.subarray(0, at), context), `${at}`).toThrow(NotOpened);
    }
  });

  it('opens with its own key alone', () => {
    const encrypted = ring.encrypt('vault', plain, context);
    const { keys } = content();
    const stranger = new Keyring({ id: 'other', keys: { secrets: keys.secrets! } });

    expect(() => ring.decrypt('secrets', encrypted, context)).toThrow(OtherKey);
    expect(() => stranger.decrypt('secrets', encrypted, context)).toThrow(NotOpened);
  });

  it('does not open with a key of another name that has the same secret', () => {
    const { keys } = content();
    const renamed = new Keyring({ id: 'ring', keys: { other: keys.secrets! } });

    expect(() => renamed.decrypt('other', ring.encrypt('secrets', plain, context), context)).toThrow(NotOpened);
  });
});

it('a rotated key encrypts with its newest version, and opens what every one encrypted', () => {
  const before = ring.encrypt('secrets', plain, context);
  const rotated = new Keyring(content([version(1), version(4)]));
  const after = rotated.encrypt('secrets', plain, context);

  expect(rotated.decrypt('secrets', before, context)).toEqual(plain);
  expect(rotated.decrypt('secrets', after, context)).toEqual(plain);
  expect(() => ring.decrypt('secrets', after, context)).toThrow(NotOpened);
});

it('a MAC is HMAC-SHA-256 of the message', () => {
  // `printf message | openssl dgst -sha256 -mac HMAC -macopt hexkey:0303…03`
  expect(Buffer.from(ring.mac('fingerprint', Buffer.from('message'))).toString('hex')).toBe(
    '2711b651e74d648df4efdb9d2456283fb7e7be49f922a1ca24754632bfdf4c1c',
  );
});

it('a key that is not there is no key of the prototype', () => {
  for (const name of ['toString', 'data']) {
    expect(ring.has(name)).toBe(false);
    expect(() => ring.encrypt(name, plain, {})).toThrow(`the keyring has no key ${name}`);
  }
});
