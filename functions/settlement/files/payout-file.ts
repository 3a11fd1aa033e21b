/** A payout file: transfers that an operator takes to the platform's own bank. What it holds, and where it is kept. */
import * as z from 'zod/mini';
import type { Currency } from '../../kernel/money.ts';
import { type BankDetails, isIban } from '../../merchants/bank-details.ts';
import { pack, unpack } from '../../table/pack.ts';
import type { Item, Key } from '../../table/table.ts';

export const FORMATS = ['pain.001', 'csv'] as const;
export type PayoutFormat = (typeof FORMATS)[number];

const name = z.string().check(z.regex(/^[^\p{Cc}]+$/u), z.maxLength(70));

/** The platform's own account, from which the bank pays. */
export const debtor = z
  .strictObject({
    name,
    iban: z.optional(z.string().check(z.refine(isIban, 'not an IBAN: its check digits do not agree'))),
    account_number: z.optional(z.string().check(z.regex(/^[0-9A-Za-z-]{1,34}$/))),
    bic: z.string().check(z.regex(/^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/)),
  })
  .check(
    z.refine(
      ({ iban, account_number: number }) => (iban === undefined) !== (number === undefined),
      'an iban or an account_number, one of the two',
    ),
  );
export type Debtor = z.infer<typeof debtor>;

/** One transfer of a file. */
export interface Transfer {
  /** The payout's reference, which the bank sends back. */
  readonly reference: string;
  readonly amount: bigint;
  readonly currency: Currency;
  readonly to: BankDetails;
  /** What the receiver's statement prints. */
  readonly text: string;
}

export interface PayoutFile {
  readonly id: string;
  readonly livemode: boolean;
  readonly format: PayoutFormat;
  readonly debtor: Debtor;
  readonly createdMs: number;
  /** Set once its bytes are stored: from then on no transfer is added. */
  readonly written?: {
    readonly atMs: number;
    readonly key: string;
    readonly sha256: string;
    readonly count: number;
    /** Minor units by currency. */
    readonly sums: Readonly<Record<string, bigint>>;
  };
  /** When the operator first confirmed it. */
  readonly confirmedMs?: number;
}

/** open: transfers are added. written: its bytes may be at the bank. */
export type FileStatus = 'open' | 'written';

export const filesPartition = (livemode: boolean): string => `payout-files#${livemode ? 'live' : 'test'}`;
export const fileKey = (livemode: boolean, id: string): Key => ({ pk: filesPartition(livemode), sk: id });
/** The transfers of a file, by reference. */
export const membersPartition = (id: string): string => `payout-file#${id}`;

/** `n`: how many transfers it has. */
export const fileItem = (file: PayoutFile, n: number): Item => ({
  ...fileKey(file.livemode, file.id),
  status: file.written ? 'written' : 'open',
  n,
  doc: pack(file),
});
export const payoutFileOf = (item: Item): { readonly file: PayoutFile; readonly n: number } => ({
  file: unpack<PayoutFile>(item.doc as Uint8Array),
  n: Number(item.n),
});

/** The name of the file's bytes. */
export const bytesKey = ({ id, format }: PayoutFile, sha256: string): string =>
  `payout-files/${id}/${sha256.slice(0, 16)}.${format === 'csv' ? 'csv' : 'xml'}`;
