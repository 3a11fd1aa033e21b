/** Rows of the embedded store hold any item exactly. */
import { fc } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { decode, encode } from '../../bin/embedded/table/codec.ts';
import type { Value } from '../../functions/table/table.ts';
import { numRuns } from '../world/seed.ts';

const key = { pk: 'a', sk: 'b' };
const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(fc.string(), { minLength: 1 }).map((members) => new Set(members)),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$n', '$s', '$b', '$x', '$m')), tie('value')),
  ),
})).value;

it('any item is read back as it was', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.string({ minLength: 3 }), fc.constantFrom('__proto__', '$n')), value),
      (attributes) => {
        const item = { ...attributes, ...key };

        expect(decode(key, encode(item))).toEqual(item);
      },
    ),
    numRuns(1_000),
  );
});
