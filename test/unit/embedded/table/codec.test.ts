import { expect, it } from 'vitest';
import { decode, encode } from '../../../../bin/embedded/table/codec.ts';
import { stored } from '../../../../bin/embedded/table/item.ts';
import type { Item, Value } from '../../../../functions/table/table.ts';

const key = { pk: 'a', sk: 'b' };
const twice = (item: Record<string, Value>): Item => decode(key, encode({ ...item, ...key }));

it('a row is JSON with the binary attributes beside it', () => {
  const { body, bytes } = encode({ ...key, v: 3n, first: new Uint8Array([1, 2]), w: 'x', second: new Uint8Array([3]) });

  expect(body).toBe('{"v":3,"first":{"$b":2},"w":"x","second":{"$b":1}}');
  expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
});

it.each<[string, Value]>([
  ['a number beyond 2^53', 9_007_199_254_740_993n],
  ['a negative number', -1n],
  ['zero', 0n],
  ['38 digits', 12_345_678_901_234_567_890_123_456_789_012_345_678n],
  ['a set', new Set(['a', 'ü'])],
  ['bytes', new Uint8Array([0, 255])],
  ['no bytes', new Uint8Array()],
  ['bytes in a list', [new Uint8Array([7])]],
  ['an empty text', ''],
  ['null, true and false', [null, true, false]],
  ['nested maps', { a: { b: [1n, 'x'] } }],
  ['a map whose names look like marks', { $n: 'x', $s: ['y'], $b: 1n, $x: 'z', $m: { $m: 'q' } }],
  ['a map with the name __proto__', JSON.parse('{"__proto__":"x"}') as Value],
])('%s is read back exactly', (_, value) => {
  expect(twice({ value })).toEqual({ ...key, value });
});

it('what is read back is what was made of numbers, undefined members and empty sets before', () => {
  const given = {
    ...key,
    n: 3,
    absent: undefined,
    none: new Set<string>(),
    deep: { n: 4, absent: undefined },
    list: [5],
  };

  expect(stored(given)).toEqual({ ...key, n: 3n, deep: { n: 4n }, list: [5n] });
});

it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 10n ** 39n + 1n])('the number %s is refused', (n) => {
  expect(() => stored({ ...key, n })).toThrow(expect.objectContaining({ name: 'ValidationException' }));
});
