/**
 * What a bank needs to credit an account: checked when an operator enters it, encrypted for exactly one bank account, and opened only where a payout file is
 * written. No read shows more of it than the last four characters.
 */
import * as z from 'zod/mini';
import type { SecretCipher } from '../channels/port/credentials.ts';
import type { Scope } from '../kernel/ids.ts';
import type { BankAccount } from './merchant.ts';

const text = (most: number) => z.string().check(z.regex(/^[^\p{Cc}]+$/u), z.maxLength(most));

/** The international number, or a national one with a BIC or the number of the bank in its country's clearing system. */
export const bankDetails = z
  .strictObject({
    holder: text(70),
    bank_name: z.optional(text(70)),
    country: z.string().check(z.regex(/^[A-Z]{2}$/)),
    iban: z.optional(z.string().check(z.refine(isIban, 'not an IBAN: its check digits do not agree'))),
    account_number: z.optional(z.string().check(z.regex(/^[0-9A-Za-z-]{4,34}$/))),
    routing_number: z.optional(z.string().check(z.regex(/^[0-9A-Za-z]{1,28}$/))),
    bic: z.optional(z.string().check(z.regex(/^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/))),
  })
  .check(
    z.refine(
      ({ iban, account_number: number, routing_number: routing, bic }) =>
        iban === undefined ? number !== undefined && (routing ?? bic) !== undefined : number === undefined,
      'an iban, or an account_number with a bic or a routing_number',
    ),
  );
export type BankDetails = z.infer<typeof bankDetails>;

/** ISO 13616: the number modulo 97, with the country and its check digits moved to the end and letters as 10 to 35, is 1. */
export function isIban(iban: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
  const digits = `${iban.slice(4)}${iban.slice(0, 4)}`.replace(/[A-Z]/g, (letter) =>
    String(Number.parseInt(letter, 36)),
  );
  return BigInt(digits) % 97n === 1n;
}

export const last4Of = ({ iban, account_number: number }: BankDetails): string => (iban ?? number!).slice(-4);

const contextOf = (scope: Scope, id: BankAccount['id']) => ({ purpose: 'bank-account', scope, id });

/** The details as the bank account keeps them. */
export async function encryptDetails(
  cipher: Pick<SecretCipher, 'encrypt'>,
  scope: Scope,
  id: BankAccount['id'],
  details: BankDetails,
): Promise<string> {
  const encrypted = await cipher.encrypt(Buffer.from(JSON.stringify(details)), contextOf(scope, id));
  return Buffer.from(encrypted).toString('base64');
}

/** The details of a bank account; undefined for one that has none. */
export async function openDetails(
  cipher: Pick<SecretCipher, 'decrypt'>,
  scope: Scope,
  { id, encrypted }: Pick<BankAccount, 'id' | 'encrypted'>,
): Promise<BankDetails | undefined> {
  if (encrypted === undefined) return undefined;
  const plain = await cipher.decrypt(Buffer.from(encrypted, 'base64'), contextOf(scope, id));
  return z.parse(bankDetails, JSON.parse(Buffer.from(plain).toString('utf8')));
}
