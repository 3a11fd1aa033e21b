/** Details of bank accounts: what a bank could credit, and what is stored of them. */
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { Scope } from '../../../functions/kernel/ids.ts';
import { bankDetails, encryptDetails, last4Of, openDetails } from '../../../functions/merchants/bank-details.ts';
import { fakeCipher } from '../../world/world.ts';

const IBAN = { holder: 'Shop', country: 'GB', iban: 'GB29NWBK60161331926819' };
const NATIONAL = { holder: 'Shop', country: 'US', account_number: '000123456789', routing_number: '021000021' };
const accepts = (value: object): boolean => z.safeParse(bankDetails, value).success;

it.each([IBAN, NATIONAL, { ...IBAN, bic: 'NWBKGB2L' }, { ...NATIONAL, routing_number: undefined, bic: 'CITIUS33XYZ' }])(
  'takes %j',
  (value) => {
    expect(accepts(value)).toBe(true);
  },
);

it.each([
  ['another digit', { ...IBAN, iban: 'GB29NWBK60161331926818' }],
  ['lower case', { ...IBAN, iban: IBAN.iban.toLowerCase() }],
  ['both numbers', { ...IBAN, ...NATIONAL }],
  ['no number', { holder: 'Shop', country: 'GB' }],
  ['no bank of the number', { ...NATIONAL, routing_number: undefined }],
  ['a BIC that is none', { ...IBAN, bic: 'NWBK' }],
  ['no holder', { ...IBAN, holder: undefined }],
  ['a line break in the holder', { ...IBAN, holder: 'a\nb' }],
  ['a holder beyond 70 characters', { ...IBAN, holder: 'x'.repeat(71) }],
  ['a country that is none', { ...IBAN, country: 'gb' }],
  ['a member that is not known', { ...IBAN, password: 'x' }],
])('refuses %s', (_what, value) => {
  expect(accepts(value)).toBe(false);
});

it('are stored encrypted for one bank account, and open for no other', async () => {
  const [scope, other] = ['Scope001', 'Scope002'] as Scope[] as [Scope, Scope];
  const encrypted = await encryptDetails(fakeCipher, scope, 'ba_1', IBAN);

  expect(Buffer.from(encrypted, 'base64').toString()).not.toContain(IBAN.iban);
  expect(await openDetails(fakeCipher, scope, { id: 'ba_1', encrypted })).toEqual(IBAN);
  await expect(openDetails(fakeCipher, scope, { id: 'ba_2', encrypted })).rejects.toThrow();
  await expect(openDetails(fakeCipher, other, { id: 'ba_1', encrypted })).rejects.toThrow();
  expect(await openDetails(fakeCipher, scope, { id: 'ba_1' })).toBeUndefined();
});

it.each([
  [IBAN, '6819'],
  [NATIONAL, '6789'],
])('show their last four characters', (details, last4) => {
  expect(last4Of(details)).toBe(last4);
});
