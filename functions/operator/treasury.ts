/**
 * The commands of the treasury, for IAM credentials of this account: statements of channels are stored and booked, payout files written and confirmed. Each
 * call is bounded; the command line calls again until the work is done.
 */
import * as z from 'zod/mini';
import { StatementRefused, StatementUnavailable } from '../channels/port/statement.ts';
import { NotInFile } from '../settlement/files/confirm-file.ts';
import { debtor, FORMATS } from '../settlement/files/payout-file.ts';
import { NoBankDetails } from '../settlement/files/write-file.ts';
import { MOST_PARTS, PART_BYTES, PartsDiffer } from '../statements/parts.ts';
import { CommandError, misunderstood } from './command-error.ts';
import { confirm, type FilesDeps, readFile, writeFile } from './treasury-files.ts';
import {
  bookStatement,
  fetchStatement,
  type StatementsDeps,
  storeStatementPart,
  unmatched,
} from './treasury-statements.ts';

export interface TreasuryDeps extends FilesDeps, StatementsDeps {}

const mode = z._default(z.enum(['test', 'live']), 'test');
const name = z.string().check(z.regex(/^[0-9A-Za-z_.@-]{1,100}$/, 'letters, digits and _.@- only'));
const ofAccount = { merchant: z.string(), mode, channel: name, account: name };
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal'));
const file = z.string().check(z.regex(/^pf_[0-9A-Za-z]{22}$/, 'not the id of a payout file'));
const failure = z.string().check(z.regex(/^po_[0-9A-Za-z]{22}:[a-z_]+$/, 'not po_…:code'));

const commands = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('store-part'),
    ...ofAccount,
    sha256,
    part: z.int().check(z.minimum(1), z.maximum(MOST_PARTS)),
    base64: z.string().check(z.maxLength(Math.ceil(PART_BYTES / 3) * 4)),
  }),
  z.strictObject({
    command: z.literal('book-statement'),
    ...ofAccount,
    sha256,
    parts: z.int().check(z.minimum(0), z.maximum(MOST_PARTS)),
  }),
  z.strictObject({
    command: z.literal('fetch-statement'),
    ...ofAccount,
    date: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'not a day as YYYY-MM-DD')),
  }),
  z.strictObject({ command: z.literal('unmatched'), merchant: z.string(), mode, after: z.optional(z.string()) }),
  z.strictObject({ command: z.literal('write-file'), mode, format: z._default(z.enum(FORMATS), 'pain.001'), debtor }),
  z.strictObject({ command: z.literal('read-file'), mode, file }),
  z.strictObject({
    command: z.literal('confirm-file'),
    mode,
    file,
    failed: z._default(z.array(failure).check(z.maxLength(5_000)), []),
  }),
]);
type Command = z.infer<typeof commands>;

/**
 * Carries out one command.
 * @throws CommandError for one that is not understood or not possible
 */
export async function carryOutTreasury(deps: TreasuryDeps, event: unknown): Promise<object> {
  const parsed = z.safeParse(commands, event);
  if (!parsed.success) throw misunderstood(parsed.error, event);
  try {
    return await carryOut(deps, parsed.data);
  } catch (error) {
    if (error instanceof StatementRefused || error instanceof StatementUnavailable || error instanceof PartsDiffer)
      throw new CommandError(`statement: ${error.message}`);
    if (error instanceof NotInFile || error instanceof NoBankDetails) throw new CommandError(`file: ${error.message}`);
    throw error;
  }
}

function carryOut(deps: TreasuryDeps, command: Command): Promise<object> {
  switch (command.command) {
    case 'store-part':
      return storeStatementPart(deps, command);
    case 'book-statement':
      return bookStatement(deps, command);
    case 'fetch-statement':
      return fetchStatement(deps, command);
    case 'unmatched':
      return unmatched(deps, command);
    case 'write-file':
      return writeFile(deps, command);
    case 'read-file':
      return readFile(deps, command);
    case 'confirm-file':
      return confirm(deps, command);
    default:
      return command satisfies never;
  }
}
