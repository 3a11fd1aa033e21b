/** What the command line does with the treasury: a statement is sent in parts and booked step by step; a payout file is written to a file of the person's. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { Failure } from './failure.ts';
import type { Operator } from './operator.ts';

/** Bytes of one call: as the treasury takes them (functions/statements/parts.ts). */
const PART_BYTES = 3 * 1024 * 1024;

export interface OfAccount {
  readonly merchant: string;
  readonly mode: 'test' | 'live';
  readonly channel: string;
  readonly account: string;
}

/** What a statement that was booked says, as the treasury prints it. */
export interface BookedStatement {
  readonly status: 'reading' | 'booked';
  readonly lines: { readonly total: number; readonly read: number; readonly suspended: number };
}

interface Stored {
  readonly sha256: string;
  readonly parts: number;
}

/** Sends the file in parts. Sent again, the same parts are stored again. */
export async function sendStatement(treasury: Operator, of: OfAccount, path: string): Promise<Stored> {
  const hash = createHash('sha256');
  try {
    for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  const sha256 = hash.digest('hex');
  const file = await open(path);
  try {
    for (let part = 1; ; part++) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES, (part - 1) * PART_BYTES);
      if (bytesRead === 0) return { sha256, parts: part - 1 };
      const base64 = buffer.subarray(0, bytesRead).toString('base64');
      await treasury('store-part', { ...of, sha256, part, base64 });
    }
  } finally {
    await file.close();
  }
}

/** Fetches the statement of a day from the channel. */
export const fetchStatement = (treasury: Operator, of: OfAccount, date: string): Promise<Stored> =>
  treasury<Stored>('fetch-statement', { ...of, date });

/** Books it, however many steps that takes. */
export async function bookStatement(
  treasury: Operator,
  of: OfAccount,
  stored: Stored,
  step: (read: number, total: number) => void = () => {},
): Promise<BookedStatement> {
  for (;;) {
    const file = await treasury<BookedStatement>('book-statement', { ...of, ...stored });
    if (file.status === 'booked') return file;
    step(file.lines.read, file.lines.total);
  }
}

/** Every line in suspense, a page at a time. */
export async function unmatchedLines(
  treasury: Operator,
  of: Pick<OfAccount, 'merchant' | 'mode'>,
): Promise<readonly object[]> {
  const lines: object[] = [];
  let after: string | undefined;
  do {
    const page = await treasury<{ readonly lines: readonly object[]; readonly after?: string }>('unmatched', {
      ...of,
      ...(after !== undefined && { after }),
    });
    lines.push(...page.lines);
    after = page.after;
  } while (after !== undefined);
  return lines;
}

/** A payout file as the treasury answers. Without content no order waited; then the files that no confirmation was given for. */
export interface Written {
  readonly file: { readonly id: string } | null;
  readonly content?: string;
  readonly unconfirmed?: readonly string[];
}

/**
 * The bytes go into the file `out`, and what is returned is about it.
 * @throws Failure that names the payout file, which is stored whatever becomes of `out`
 */
export async function writtenTo(out: string, { content, ...answer }: Written): Promise<object> {
  const { file } = answer;
  if (!file || content === undefined) return answer;
  try {
    await writeOwn(out, content);
  } catch (error) {
    const { message } = error as Error;
    throw new Failure(`${message}\nThe payout file is stored as ${file.id}: write it again with --id ${file.id}`);
  }
  return { file, out };
}

/** Writes the content for its owner alone. A file that is there stays, and must hold the same. */
export async function writeOwn(path: string, content: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new Failure(`${path} cannot be written: ${code}`);
    if ((await readFile(path, 'utf8')) !== content) throw new Failure(`${path} is there, and holds something else`);
  }
}
