/** The limits that a page states are those that the code has. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { maximumOf, parseCurrency, SUPPORTED_CURRENCIES } from '../../functions/kernel/money.ts';

const WORDS = ['', '', '', '', '', '', '', '', 'eight', 'nine', 'ten', '', 'twelve'];

it('docs/api.md: largest amounts by currency', () => {
  const text = readFileSync('docs/api.md', 'utf8');
  const [, usual, others] = /(\w+) digits of minor units \(([^)]+)\)/.exec(text) ?? [];
  const stated = new Map(others!.split(', ').map((part) => part.split(' ') as [string, string]));

  for (const currency of SUPPORTED_CURRENCIES.map((code) => parseCurrency(code)!)) {
    const digits = WORDS[maximumOf(currency).toString().length];
    expect(stated.get(currency.toUpperCase()) ?? usual, currency).toBe(digits);
  }
  expect([...stated.keys()].sort()).toEqual(['COP', 'IDR', 'INR']);
});
