import { describe, expect, it } from 'vitest';
import type { ApiError } from '../../../../functions/api/errors.ts';
import { parseQuery } from '../../../../functions/search/index/query.ts';
import { accessOf } from '../../../../functions/search/index/tokens.ts';
import { matches } from '../../../../functions/search/match.ts';

const FIELDS = {
  amount: 'number',
  created: 'number',
  status: 'text',
  refunded: 'boolean',
  'card.last4': 'text',
  email: 'text',
} as const;
const parsed = (query: string) => parseQuery(query, FIELDS, 'payment_intents');
const object = {
  amount: 1_000,
  created: 1_790_000_000,
  status: 'Succeeded',
  refunded: false,
  card: { last4: '4242' },
  email: null,
  metadata: { order: 'A-7', 'say "hi"': 'x' },
};
const finds = (query: string): boolean => matches(parsed(query), object);

describe('a query finds', () => {
  it.each([
    ['status:"succeeded"', true],
    ["status:'SUCCEEDED'", true],
    ['status:"canceled"', false],
    ['-status:"canceled"', true],
    ['amount:1000', true],
    ['amount:"1000"', true],
    ['amount>999', true],
    ['amount>1000', false],
    ['amount>=1000 AND amount<=1000', true],
    ['amount<1000 OR status:"succeeded"', true],
    ['amount<1000 AND status:"succeeded"', false],
    ['amount>1 status:"succeeded"', true],
    ['amount>1 and status:"succeeded"', true],
    ['status~"ceed"', true],
    ['status~"fail"', false],
    ['-status~"ceed"', false],
    ['refunded:"false"', true],
    ['refunded:true', false],
    ['card.last4:"4242"', true],
    ['card.last4:4242', true],
    ['email:null', true],
    ['-email:null', false],
    ['status:null', false],
    ['metadata["order"]:"a-7"', true],
    ["metadata['order']:'A-7'", true],
    ['metadata["order"]:null', false],
    ['metadata["other"]:null', true],
    ['metadata["say \\"hi\\""]:"x"', true],
    ['metadata["__proto__"]:null', true],
    ['metadata["order"]~"A-7"', true],
  ])('%s: %s', (query, expected) => expect(finds(query)).toBe(expected));
});

describe('a query is refused', () => {
  it.each([
    ['', /unable to parse/],
    ['status', /unable to parse/],
    ['status:', /unable to parse/],
    ['status:"open', /unable to parse/],
    ['amount:10.5', /unable to parse/],
    ['status:"a"status:"b"', /unable to parse/],
    ['status:"a" AND', /unable to parse/],
    ['(status:"a")', /unable to parse/],
    ['status:"a" AND amount:1 OR amount:2', /not by both/],
    ['nothing:"a"', /unsupported search field for resource `payment_intents`/],
    ['__proto__:"a"', /unsupported search field/],
    ['constructor:"a"', /unsupported search field/],
    ['status>"a"', /not supported for field `status`/],
    ['amount~"100"', /not supported for field `amount`/],
    ['amount:"ten"', /whole numbers/],
    ['amount:9007199254740993', /whole numbers/],
    ['refunded:"maybe"', /true or false/],
    ['status~"ab"', /at least 3 characters/],
    ['amount>null', /null goes with/],
    [Array.from({ length: 11 }, () => 'amount:1').join(' AND '), /at most 10 clauses/],
    ['x'.repeat(5_001), /at most 5000 characters/],
  ])('%s', (query, message) => {
    const error = (() => {
      try {
        return parsed(query);
      } catch (thrown) {
        return thrown as ApiError;
      }
    })();
    expect(error).toMatchObject({ status: 400, stored: false, body: { param: 'query' } });
    expect((error as ApiError).body.message).toMatch(message);
  });

  it('also when it repeats what a careless pattern would try in every way (the time limit of the test is the assertion)', () => {
    for (const text of ['metadata["'.repeat(500), '\\'.repeat(4_000), `status:"${'\\"'.repeat(2_000)}`])
      expect(() => parsed(text)).toThrow('parse');
  });
});

describe('a query walks', () => {
  it.each([
    ['metadata["order"]:"A-7" AND status:"succeeded"', [['metadata.order', 'a-7']]],
    ['status:"succeeded" AND email:"A@b.c"', [['email', 'a@b.c']]],
    [
      'email:"a@b.c" OR metadata["order"]:"7"',
      [
        ['email', 'a@b.c'],
        ['metadata.order', '7'],
      ],
    ],
    ['email:"a@b.c" OR status:"succeeded"', undefined],
    ['-email:"a@b.c"', undefined],
    ['email~"a@b"', undefined],
    ['email:null', undefined],
    ['amount>5', undefined],
  ])('%s: %j', (query, tokens) =>
    expect(accessOf(parsed(query), undefined)).toEqual(tokens ? { by: 'notes', tokens, sinceMs: 0 } : { by: 'walk' }),
  );
});

describe('where only metadata and, since 70, e-mail are noted, a query', () => {
  const access = (query: string) =>
    accessOf(parseQuery(query, { ...FIELDS, name: 'text' }, 'customers'), { metadata: 0, email: 70 });

  it.each([
    ['metadata["order"]:"1" AND name:"x"', { by: 'notes', tokens: [['metadata.order', '1']], sinceMs: 0 }],
    ['email:"a" AND metadata["order"]:"1"', { by: 'notes', tokens: [['metadata.order', '1']], sinceMs: 0 }],
    ['name:"x" AND email:"a"', { by: 'notes', tokens: [['email', 'a']], sinceMs: 70 }],
    [
      'metadata["order"]:"1" OR email:"a"',
      {
        by: 'notes',
        tokens: [
          ['metadata.order', '1'],
          ['email', 'a'],
        ],
        sinceMs: 70,
      },
    ],
    ['name:"x"', { by: 'nothing', fields: ['name'] }],
    ['name:"x" AND status:"succeeded"', { by: 'nothing', fields: ['name'] }],
    ['name:"x" OR email:"a"', { by: 'nothing', fields: ['name'] }],
    ['name:"x" OR status:"succeeded"', { by: 'walk' }],
    ['-name:"x"', { by: 'walk' }],
    ['name~"xyz"', { by: 'walk' }],
  ])('%s: %j', (query, by) => expect(access(query)).toEqual(by));
});

it('a query is as long as it has characters, not UTF-16 units', () => {
  const longest = `status:'${'💶'.repeat(4_991)}'`;

  expect(parsed(longest)).toMatchObject({ clauses: [{ value: '💶'.repeat(4_991) }] });
  expect(() => parsed(`${longest} `)).toThrow('at most 5000 characters');
});
