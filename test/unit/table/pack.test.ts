/** What an aggregate is kept as: nothing is written that could not be read any more. */
import { expect, it } from 'vitest';
import { fitsInto, pack, packJson, unpack, unpackJson } from '../../../functions/table/pack.ts';

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

it.each<[string, unknown]>([
  ['amounts at every depth', { a: 1n, b: [{ c: [-5n, '5', 5, null, true] }] }],
  ['strings that begin with a mark', ['\u00015', '\u0002x', '\u0001', { k: '\u0002\u0001' }]],
  ['a value by itself', 7n],
  [
    'a member that has the name of a prototype',
    JSON.parse('{"metadata":{"__proto__":"\\u0002\\u0001x","constructor":"y"}}'),
  ],
])('JSON keeps %s', (_, value) => {
  const read = unpackJson<object>(packJson(value));
  expect(read).toEqual(value);
  expect(packJson(read)).toBe(packJson(value));
});

it('what 0.2 packed, with a larger window, is read', () => {
  const packed = Buffer.from('AasmqsQwgqYvRE5FbtqZmRubghySkwlyRTREjxFEZ4VSbC0A', 'base64');
  expect(unpack(packed)).toEqual({
    status: 'succeeded',
    amount: 2000n,
    metadata: { order_id: '6735' },
    list: ['\u0001x'],
  });
});
