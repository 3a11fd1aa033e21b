import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { ObjectKey, Scope } from '../../functions/kernel/ids.ts';
import { TEST_CARDS } from '../../functions/kernel/test-cards.ts';
import { decrypt, encrypt, type Identity } from '../../functions/vault/envelope.ts';
import { scrubText } from '../../functions/vault/scrub.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const identity: fc.Arbitrary<Identity> = fc.record({
  scope: fc.stringMatching(/^[0-9A-Za-z]{8}$/).map((text) => text as Scope),
  body: fc.stringMatching(/^[0-9A-Za-z]{22}$/).map((text) => text as ObjectKey),
  version: fc.integer({ min: 1, max: 99 }),
  field: fc.constantFrom('card' as const, 'cvc' as const),
});

describe('envelope', () => {
  test.prop([key, identity, fc.uint8Array({ maxLength: 300 })])(
    'whatever is sealed opens to the same bytes',
    (dataKey, record, plain) => {
      expect([...decrypt(dataKey, record, encrypt(dataKey, record, plain))]).toEqual([...plain]);
    },
  );

  test.prop([key, key, identity, identity])(
    'and only under its own key, as its own record (I16)',
    (dataKey, otherKey, record, other) => {
      const encrypted = encrypt(dataKey, record, Buffer.from('secret'));
      const sameRecord = JSON.stringify(record) === JSON.stringify(other);
      const sameKey = Buffer.compare(dataKey, otherKey) === 0;

      if (!sameRecord) expect(() => decrypt(dataKey, other, encrypted)).toThrow();
      if (!sameKey) expect(() => decrypt(otherKey, record, encrypted)).toThrow();
    },
  );
});

describe('scrub', () => {
  test.prop([fc.constantFrom(...TEST_CARDS.map((card) => card.number)), fc.string(), fc.string()])(
    'no card number is left, whatever stands around it (I16)',
    (number, before, after) => {
      expect(scrubText(`${before}${number}${after}`, number)).not.toContain(number);
    },
  );
});
