import { describe, expect, it } from 'vitest';
import { canonical, decodeForm, decodeJson } from '../../../functions/shared/form.ts';

const plain = (text: string): unknown => JSON.parse(JSON.stringify(decodeForm(text)));

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

  it('read a plus and %20 as a space, and an empty value as an empty string', () => {
    expect(plain('a=x+y%20z&b=&c')).toEqual({ a: 'x y z', b: '', c: '' });
  });

  it.each([
    ['a broken escape', 'a=%zz'],
    ['invalid UTF-8', 'a=%ff%fe'],
    ['a value and an object of one name', 'a=1&a[b]=2'],
    ['unclosed brackets', 'a[b=1'],
    ['a name without a beginning', '[a]=1'],
    ['nesting without end', `a${'[b]'.repeat(20)}=1`],
  ])('refuse %s', (_what, text) => {
    expect(() => decodeForm(text)).toThrow('Invalid request');
  });

  it('give names of the prototype no meaning', () => {
    const read = decodeForm('__proto__[polluted]=1&constructor=2');
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('keep metadata’s names when all of them are numbers, and read no array there', () => {
    expect(plain('metadata[6735]=order&metadata[12]=line')).toEqual({ metadata: { '12': 'line', '6735': 'order' } });
    expect(plain('items[0][metadata][7]=x')).toEqual({ items: [{ metadata: { '7': 'x' } }] });
  });

  it('refuse more than a thousand parameters', () => {
    expect(() => decodeForm('a=1&'.repeat(1_001))).toThrow('more than 1000');
  });
});

describe('JSON bodies', () => {
  it.each(['[1]', '"x"', '1', 'null', '{', '', '{"__proto__":{"a":1}}'])('refuse %s', (text) => {
    expect(() => decodeJson(text)).toThrow('Invalid request');
  });

  it('refuse more than a thousand members, however they lie', () => {
    expect(() => decodeJson(`{"a":[${'1,'.repeat(1_000)}1]}`)).toThrow('more than 1000');
    expect(() => decodeJson(`{"a":[${'{"b":1},'.repeat(600)}{}]}`)).toThrow('more than 1000');
  });

  it('refuse nesting without end', () => {
    expect(() => decodeJson(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`)).toThrow('not well-formed');
    expect(() => decodeJson(`{"a":${'['.repeat(100_000)}`)).toThrow('not well-formed');
  });
});

describe('the canonical form', () => {
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
