/** What an aggregate is kept as: nothing is written that could not be read any more. */
import { expect, it } from 'vitest';
import { fitsInto, pack, unpack } from '../../../functions/table/pack.ts';

const text = (length: number) => ({ said: 'x'.repeat(length - '{"said":""}'.length) });

it('a million bytes are packed and read, one more is refused as it is written', () => {
  expect(unpack(pack(text(1_000_000)))).toEqual(text(1_000_000));
  expect(() => pack(text(1_000_001))).toThrow('1000001 bytes are more than an aggregate may have');
});

it.each([
  ['is short enough as it stands', text(5_000), { packed: 5_000 }, true],
  ['is short enough once it is packed', text(5_001), { packed: 5_000 }, true],
  ['is too long to be read', text(5_001), { packed: 5_000, unpacked: 5_000 }, false],
  ['is too long to be kept', text(5_001), { packed: 20 }, false],
  ['could never be read', text(1_000_001), { packed: 390_000 }, false],
])('finds whether a value fits that %s', (_, value, room, fits) => {
  expect(fitsInto(value, room)).toBe(fits);
});
