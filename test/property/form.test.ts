/** Whatever parameters a client has, they come out of a form as they went in, however its language writes lists; and no text breaks the decoder. */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { ApiError } from '../../functions/api/errors.ts';
import { canonical, decodeForm, type Tree } from '../../functions/api/form.ts';
import { rackForm } from '../simulators/rack.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const leaf = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '0', 'true', 'a b', '&=[]%+'),
);
const { tree } = fc.letrec<{ value: Tree; tree: { [name: string]: Tree } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(leaf, { minLength: 1, maxLength: 4 }),
    fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.dictionary(name, leaf, { minKeys: 1, maxKeys: 3, noNullPrototype: true }), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
  tree: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

/** How each client writes an index: by number, or by empty brackets, which only lists of plain values bear. */
type Style = { readonly escaped: boolean; readonly plus: boolean; readonly emptyBrackets: boolean };

function pairsOf(value: Tree, path: string, style: Style): string[] {
  if (Array.isArray(value))
    return value.flatMap((member, index) =>
      pairsOf(member, `${path}[${style.emptyBrackets && typeof member !== 'object' ? '' : index}]`, style),
    );
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, member]) =>
      pairsOf(member, path === '' ? key : `${path}[${key}]`, style),
    );
  const text = encodeURIComponent(String(value));
  const written = style.escaped ? encodeURIComponent(path) : path;
  return [`${written}=${style.plus ? text.replaceAll('%20', '+') : text}`];
}

const styles = fc.record({ escaped: fc.boolean(), plus: fc.boolean(), emptyBrackets: fc.boolean() });

test.prop([tree, styles])('decoded is what was encoded', (params, style) => {
  const decoded = decodeForm(pairsOf(params, '', style).join('&'));

  expect(JSON.parse(JSON.stringify(decoded))).toEqual(params);
});

test.prop([tree, styles, fc.infiniteStream(fc.nat())])(
  'the order of the pairs says nothing where indexes are written',
  (params, style, order) => {
    const pairs = pairsOf(params, '', { ...style, emptyBrackets: false });
    const shuffled = pairs
      .map((pair) => [order.next().value, pair] as const)
      .sort(([a], [b]) => a - b)
      .map(([, pair]) => pair);

    expect(canonical(decodeForm(shuffled.join('&')))).toBe(canonical(decodeForm(pairs.join('&'))));
  },
);

test.prop([fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[ab[\]0-9=&%+]{0,40}$/))])(
  'any text is parameters, or refused with a 400',
  (text) => {
    try {
      expect(typeof decodeForm(text)).toBe('object');
    } catch (error) {
      expect(error).toBeInstanceOf(ApiError);
      expect((error as ApiError).status).toBe(400);
    }
  },
);

/** The decoded parameters, or that they are refused. */
function readBy(decode: () => unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(decode()));
  } catch (error) {
    if (error instanceof ApiError || error instanceof TypeError) return 'refused';
    throw error;
  }
}

const written = (segment: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom('a', 'b'), fc.array(segment, { maxLength: 4 }))
    .map(([head, rest]) => `${head}${rest.map((each) => `[${each}]`).join('')}`);

const brackets = written(fc.constantFrom('', '', 'a', 'b', 'c'))
  // An array that is itself an element: Rack loses it, or reads a member named `[]` there.
  .filter((path) => !path.includes('[][]'));

test.prop([fc.array(brackets, { maxLength: 12 })], { numRuns: 2_000 })(
  'names with empty brackets are read as Rack reads them',
  (paths) => {
    const text = paths.map((path, index) => `${path}=${index}`).join('&');

    expect(readBy(() => decodeForm(text))).toEqual(readBy(() => rackForm(text)));
  },
);

const mixed = fc.uniqueArray(fc.tuple(written(fc.constantFrom('', '0', '1', '7', 'a', 'b')), fc.nat(99)), {
  maxLength: 12,
  // A name that is written twice has the last value. One with empty brackets has no name of its own.
  selector: ([path, value]) => (path.includes('[]') ? `${path}=${value}` : path),
});

test.prop([mixed], { numRuns: 2_000 })('no value is lost, however indexes and empty brackets are mixed', (pairs) => {
  const values = pairs.map((_, index) => `value-${index}`);
  const read = readBy(() => decodeForm(pairs.map(([path], index) => `${path}=${values[index]}`).join('&')));

  if (read !== 'refused')
    expect(
      JSON.stringify(read)
        .match(/value-\d+/g)
        ?.sort() ?? [],
    ).toEqual(values.sort());
});

test.prop([fc.dictionary(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), fc.string(), { maxKeys: 6 })])(
  'every name of metadata is kept or refused, and no prototype changes',
  (metadata) => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const pairs = Object.entries(metadata).filter(([name]) => !/[[\]]/.test(name) && !/\p{Surrogate}/u.test(name));
    const text = pairs.map(([name, value]) => `metadata[${encodeURIComponent(name)}]=${encodeURIComponent(value)}`);
    const read = readBy(() => decodeForm(text.join('&')));

    if (read !== 'refused') expect(read).toEqual(pairs.length === 0 ? {} : { metadata: Object.fromEntries(pairs) });
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  },
);
