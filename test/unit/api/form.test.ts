import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../functions/api/errors.ts';
import { canonical, decodeForm, decodeJson, type Tree } from '../../../functions/api/form.ts';

const plain = (text: string): unknown => JSON.parse(JSON.stringify(decodeForm(text)));

/** Status and message of what is thrown, which is a refusal. */
function refusal(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.message}`;
    throw new Error('not a refusal', { cause: error });
  }
  return 'none';
}
const MALFORMED = '400 Invalid request: the parameters are not well-formed.';
const PROTOTYPE = '400 Invalid request: a parameter cannot be named __proto__.';
const TOO_MANY = '400 Invalid request: more than 1000 parameters.';

describe('form bodies', () => {
  it('read nested names, escaped or not, in any order', () => {
    expect(plain('card%5Bnumber%5D=4242&amount=10&card[exp_month]=12')).toEqual({
      amount: '10',
      card: { number: '4242', exp_month: '12' },
    });
  });

  it('read arrays with indexes, with empty brackets and of hashes', () => {
    expect(plain('a[0]=x&a[1]=y')).toEqual({ a: ['x', 'y'] });
    expect(plain('a[]=x&a[]=y')).toEqual({ a: ['x', 'y'] });
    expect(plain('a[0][b]=1&a[0][c]=2&a[1][b]=3')).toEqual({ a: [{ b: '1', c: '2' }, { b: '3' }] });
    expect(plain('a[][b]=1&a[][c]=2&a[][b]=3')).toEqual({ a: [{ b: '1', c: '2' }, { b: '3' }] });
  });

  it('read arrays in the order of their indexes, whatever the order in the body', () => {
    expect(plain('a[1]=y&a[0]=x')).toEqual({ a: ['x', 'y'] });
    expect(plain('a[10]=z&a[9]=y&a[2]=x')).toEqual({ a: ['x', 'y', 'z'] });
    expect(plain('a[]=x&a[1]=y')).toEqual({ a: ['x', 'y'] });
    expect(plain('a[][]=1&a[][]=2')).toEqual({ a: [['1'], ['2']] });
  });

  it.each([
    ['l[][p][c]=usd&l[][p][a]=5', [{ p: { c: 'usd', a: '5' } }]],
    ['l[][p][c]=usd&l[][p][a]=5&l[][p][c]=eur&l[][p][a]=6', [{ p: { c: 'usd', a: '5' } }, { p: { c: 'eur', a: '6' } }]],
    [
      'l[][q]=1&l[][p][c]=usd&l[][q]=2&l[][p][c]=eur',
      [
        { q: '1', p: { c: 'usd' } },
        { q: '2', p: { c: 'eur' } },
      ],
    ],
    [
      'l[][t][]=x&l[][t][]=y&l[][q]=1&l[][q]=2&l[][t][]=z',
      [
        { t: ['x', 'y'], q: '1' },
        { q: '2', t: ['z'] },
      ],
    ],
    ['l[][t][][n]=1&l[][t][][n]=2&l[][q]=3', [{ t: [{ n: '1' }, { n: '2' }], q: '3' }]],
    ['l[][metadata][7]=x&l[][metadata][8]=y', [{ metadata: { 7: 'x', 8: 'y' } }]],
    ['l[][q]=1&l[][]=x&l[][]=y&l[][r]=2', [{ q: '1' }, ['x'], ['y'], { r: '2' }]],
    ['l[]=x&l[][q]=1&l[]=y', ['x', { q: '1' }, 'y']],
    ['l[][0]=x&l[][1]=y', [['x', 'y']]],
  ])('read %s as Rack does: a repeated member begins the next element', (text, list) => {
    expect(plain(text)).toEqual({ l: list });
  });

  it.each([
    ['l[1]=y&l[]=x', ['y', 'x']],
    ['l[]=x&l[0]=y', ['x', 'y']],
    ['l[]=x&l[]=y&l[0]=z', ['x', 'z', 'y']],
    ['l[9]=x&l[]=y&l[]=z&l[11]=w', ['x', 'y', 'z', 'w']],
    ['l[0][q]=1&l[][r]=2&l[][r]=3', [{ q: '1' }, { r: '2' }, { r: '3' }]],
    ['l[][q]=1&l[0][q]=2&l[][r]=3', [{ q: '1', r: '3' }, { q: '2' }]],
  ])('lose nothing where an index and empty brackets are mixed: %s', (text, list) => {
    expect(plain(text)).toEqual({ l: list });
  });

  it.each(['x1', '1x', 'x', '01', '10000', '-1'])('read an object where a name is %s and no index', (name) => {
    expect(plain(`a[${name}]=1`)).toEqual({ a: { [name]: '1' } });
    expect(plain(`a[0]=0&a[${name}]=1`)).toEqual({ a: { 0: '0', [name]: '1' } });
  });

  it('read nothing in an empty body, and skip empty pairs', () => {
    expect(plain('')).toEqual({});
    expect(plain('&a=1&&b=2&')).toEqual({ a: '1', b: '2' });
  });

  it('read a plus and %20 as a space, and an empty value as an empty string', () => {
    expect(plain('a=x+y%20z&b=&c')).toEqual({ a: 'x y z', b: '', c: '' });
  });

  it.each([
    ['a broken escape', 'a=%zz'],
    ['invalid UTF-8', 'a=%ff%fe'],
    ['a value and an object of one name', 'a=1&a[b]=2'],
    ['an object and a value of one name', 'a[b]=2&a=1'],
    ['an array and an object of one name', 'a[]=2&a[b]=1'],
    ['an object and an array of one name', 'a[b]=1&a[]=2'],
    ['a value and an object of one name in an element', 'a[][b]=1&a[][b][c]=2'],
    ['no name', '=1'],
    ['unclosed brackets', 'a[b=1'],
    ['a name without a beginning', '[a]=1'],
    ['nesting of nine levels', `a${'[b]'.repeat(8)}=1`],
    ['nesting without end', `a${'[b]'.repeat(20)}=1`],
  ])('refuse %s', (_what, text) => {
    expect(refusal(() => decodeForm(text))).toBe(MALFORMED);
  });

  it('read nesting of eight levels', () => {
    expect(plain(`a${'[b]'.repeat(7)}=1`)).toEqual({ a: { b: { b: { b: { b: { b: { b: { b: '1' } } } } } } } });
  });

  it('give names of the prototype no meaning', () => {
    const read = decodeForm('constructor[prototype][polluted]=1&metadata[toString]=2&hasOwnProperty=3');
    expect(Object.keys(read)).toEqual(['constructor', 'metadata', 'hasOwnProperty']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    '__proto__=1',
    '__proto__[polluted]=1',
    'metadata[__proto__]=1',
    'metadata[%5F_proto__]=1',
    'a[][__proto__][b]=1',
  ])('refuse %s, which would be lost', (text) => {
    expect(refusal(() => decodeForm(text))).toBe(PROTOTYPE);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('keep metadata’s names when all of them are numbers, and read no array there', () => {
    expect(plain('metadata[6735]=order&metadata[12]=line')).toEqual({ metadata: { '12': 'line', '6735': 'order' } });
    expect(plain('items[0][metadata][7]=x')).toEqual({ items: [{ metadata: { '7': 'x' } }] });
  });

  it('refuse more than a thousand parameters', () => {
    expect(plain(`${'a=1&'.repeat(999)}b=2`)).toEqual({ a: '1', b: '2' });
    expect(refusal(() => decodeForm(`${'a=1&'.repeat(1_000)}b=2`))).toBe(TOO_MANY);
  });
});

describe('JSON bodies', () => {
  it.each(['[1]', '[]', '"x"', '""', '1', 'true', 'null'])('refuse %s, which is no object', (text) => {
    expect(refusal(() => decodeJson(text))).toBe('400 Invalid request: the body must be a JSON object.');
  });

  it.each(['{', ''])('refuse %s', (text) => {
    expect(refusal(() => decodeJson(text))).toBe('400 Invalid request: the body is not well-formed JSON.');
  });

  it.each(['{"__proto__":{"a":1}}', '{"metadata":{"__proto__":"1"}}', '{"a":[{"\\u005f_proto__":1}]}'])(
    'refuse %s, which would be lost',
    (text) => {
      expect(refusal(() => decodeJson(text))).toBe(PROTOTYPE);
    },
  );

  it('read null as an empty value, at every level', () => {
    expect(decodeJson('{"a":null,"b":{"c":null,"d":[null,1,true,"x"]}}')).toEqual({
      a: '',
      b: { c: '', d: ['', 1, true, 'x'] },
    });
  });

  it('read up to a thousand members, and a text of any length as one', () => {
    expect(decodeJson(`{"a":[${'1,'.repeat(998)}1]}`).a).toHaveLength(999);
    expect(decodeJson(`{"a":"${'x'.repeat(2_000)}"}`).a).toHaveLength(2_000);
  });

  it('read nesting of eight levels', () => {
    expect(decodeJson(`${'{"a":'.repeat(8)}1${'}'.repeat(8)}`)).toHaveProperty('a.a.a.a.a.a.a.a', 1);
  });

  it('refuse more than a thousand members, however they lie', () => {
    expect(refusal(() => decodeJson(`{"a":[${'1,'.repeat(999)}1]}`))).toBe(TOO_MANY);
    expect(refusal(() => decodeJson(`{"a":[${'{"b":1},'.repeat(600)}{}]}`))).toBe(TOO_MANY);
  });

  it('refuse nesting without end', () => {
    expect(refusal(() => decodeJson(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`))).toBe(MALFORMED);
    expect(() => decodeJson(`{"a":${'['.repeat(100_000)}`)).toThrow('not well-formed');
  });
});

describe('the canonical form', () => {
  it.each<[Tree, string]>([
    [{ b: '1', a: ['x', 'y'], c: { e: true, d: 2 } }, '{"a":["x","y"],"b":"1","c":{"d":"2","e":"true"}}'],
    [{ a: null, b: [] }, '{"a":"","b":[]}'],
    [{ card: { number: '1', cvc: '123' }, cvc: '4' }, '{"card":{"number":"1"}}'],
    ['x"y', '"x\\"y"'],
  ])('of %j is the text that is hashed', (tree, text) => {
    expect(canonical(tree)).toBe(text);
  });

  it('is the same for the same parameters in another order or encoding', () => {
    expect(canonical(decodeForm('b[y]=2&a=1&b[x]=true'))).toBe(canonical(decodeJson('{"a":1,"b":{"x":true,"y":2}}')));
  });

  it('differs by any value but a security code', () => {
    expect(canonical(decodeForm('card[number]=1&card[cvc]=2'))).toBe(
      canonical(decodeForm('card[number]=1&card[cvc]=3')),
    );
    expect(canonical(decodeForm('a=1'))).not.toBe(canonical(decodeForm('a=2')));
    expect(canonical(decodeForm('a[0]=1&a[1]=2'))).not.toBe(canonical(decodeForm('a[0]=2&a[1]=1')));
  });
});
