/** Whatever parameters a client has, they come out of a form as they went in, however its language writes lists; and no text breaks the decoder. */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { ApiError } from '../../functions/api/errors.ts';
import { canonical, decodeForm, type Tree } from '../../functions/api/form.ts';

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
