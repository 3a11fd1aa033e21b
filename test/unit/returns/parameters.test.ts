/** What a payer brings back: read from the query and from a posted form, and never more than a channel sends. */
import { describe, expect, it } from 'vitest';
import { parametersOf } from '../../../functions/returns/parameters.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const read = (query: string, body = '', headers: Record<string, string> = FORM) =>
  parametersOf({ query, body: Buffer.from(body), headers });

describe('the parameters of a return', () => {
  it('are those of the query and of the form', () => {
    expect(read('token=EC-1', 'MD=a+b&PaRes=%C3%A9')).toEqual({ token: 'EC-1', MD: 'a b', PaRes: 'é' });
  });

  it('count once: the first of a name, that of the query before that of the form', () => {
    expect(read('a=1&a=2', 'a=3&b=4&b=5')).toEqual({ a: '1', b: '4' });
  });

  it('are no JSON and no file: only a form is read', () => {
    expect(read('a=1', '{"b":2}', { 'content-type': 'application/json' })).toEqual({ a: '1' });
    expect(read('a=1', 'b=2', {})).toEqual({ a: '1' });
    expect(read('', 'b=2', { 'content-type': 'application/x-www-form-urlencodedly' })).toEqual({});
  });

  it('are bounded in size and number; beyond that nothing is read', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => `p${index}=1`).join('&');
    expect(Object.keys(read(fifty))).toHaveLength(50);
    expect(read(`${fifty}&more=1`)).toEqual({});
    expect(read(`a=${'x'.repeat(16_382)}`)).toEqual({ a: 'x'.repeat(16_382) });
    expect(read(`a=${'x'.repeat(16_382)}`, 'y')).toEqual({});
  });

  it('with broken escapes or the names of an object’s own members are text like any other', () => {
    expect(read('a=%&__proto__=x&constructor=y')).toEqual(
      Object.fromEntries([
        ['a', '%'],
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    );
  });
});
