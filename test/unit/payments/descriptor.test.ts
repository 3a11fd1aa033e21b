/** What a statement prints, within the rules of docs.stripe.com/get-started/account/statement-descriptors. */
import { expect, it } from 'vitest';
import { calculatedDescriptor } from '../../../functions/payments/descriptor.ts';

it.each([
  ['neither', {}, 'SLUICE'],
  ['a suffix', { statementDescriptorSuffix: 'ORDER 7' }, 'SLUICE* ORDER 7'],
  ['a suffix that just fits', { statementDescriptorSuffix: '12345678901A34' }, 'SLUICE* 12345678901A34'],
  ['a suffix that is too long', { statementDescriptorSuffix: '12345678901A345' }, 'SLUICE* 12345678901A34'],
  ['a suffix that is cut at a space', { statementDescriptorSuffix: '1234567890123 A' }, 'SLUICE* 1234567890123'],
  ['an empty suffix', { statementDescriptorSuffix: '' }, 'SLUICE'],
  ['spaces around a suffix', { statementDescriptorSuffix: ' A ' }, 'SLUICE* A'],
  ['a descriptor', { statementDescriptor: 'HOTEL NORTH' }, 'HOTEL NORTH'],
  ['both', { statementDescriptor: 'HOTEL NORTH', statementDescriptorSuffix: 'ROOM 7' }, 'HOTEL NORT* ROOM 7'],
  ['characters of two UTF-16 units', { statementDescriptor: '𝔸'.repeat(23) }, '𝔸'.repeat(22)],
  [
    'a prefix and a suffix of those',
    { statementDescriptor: '𝔸'.repeat(11), statementDescriptorSuffix: '𝔹'.repeat(11) },
    `${'𝔸'.repeat(10)}* ${'𝔹'.repeat(10)}`,
  ],
  ['a short one and a suffix', { statementDescriptor: 'INN', statementDescriptorSuffix: 'ROOM 7' }, 'INN* ROOM 7'],
])('%s: %#', (_what, said, expected) => {
  expect(calculatedDescriptor(said)).toBe(expected);
  expect(Array.from(expected).length).toBeLessThanOrEqual(22);
});
