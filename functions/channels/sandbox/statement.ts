/** The sandbox's statement: fetched for a day, and its lines read one by one (functions/sandbox/README.md has the format). */
import * as z from 'zod/mini';
import { type Currency, exponentOf, parseCurrency } from '../../kernel/money.ts';
import {
  type FetchStatement,
  type ParseStatement,
  type StatementLine,
  StatementRefused,
  StatementUnavailable,
} from '../port/statement.ts';
import { get, reasonOf, type SandboxClientDeps } from './transport.ts';

const HEADER = 'id,type,reference,gross,currency,fee,net,occurred_at';
const TYPES: ReadonlySet<string> = new Set(['payment', 'refund', 'dispute', 'dispute_reversed', 'payout']);
/** No line of the sandbox is longer. */
const LONGEST_LINE = 2_000;

const answer = z.object({ csv: z.string() });

/** A response holds a statement of some forty thousand lines. */
const MOST_BYTES = 5 * 1024 * 1024;

/** The statement of a day (UTC), which the sandbox answers in one piece. */
export const sandboxStatements = (deps: SandboxClientDeps): FetchStatement =>
  async function* (account, date) {
    const response = await get(deps, account, `/statements/${date}`, MOST_BYTES);
    const read = response.kind === 'answered' ? z.safeParse(answer, response.body) : undefined;
    if (!read?.success) throw new StatementUnavailable(`the sandbox gave no statement: ${reasonOf(response)}`);
    yield Buffer.from(read.data.csv);
  };

/** Reads the file line by line. The last one says how many there are: a file that was cut off is refused. */
export const parseSandboxStatement: ParseStatement = async function* (bytes) {
  let line = 0;
  let ended = false;
  for await (const text of linesOf(bytes)) {
    line += 1;
    if (line === 1) {
      if (text !== HEADER) throw new StatementRefused('not the header of a statement of the sandbox', { line });
      continue;
    }
    if (ended) throw new StatementRefused('a line behind the end', { line });
    if (!text.startsWith('end,')) yield readLine(text, line);
    else if (text === `end,${line - 2},,,,,,`) ended = true;
    else throw new StatementRefused(`the end does not count ${line - 2} lines`, { line });
  }
  if (!ended) throw new StatementRefused('the end is missing', { line });
};

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const part of bytes) {
    const lines = `${rest}${decoder.decode(part, { stream: true })}`.split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE) break;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function readLine(text: string, line: number): StatementLine {
  const refuse = (column: string): never => {
    throw new StatementRefused('cannot be read', { line, column });
  };
  const fields = text.split(',');
  if (fields.length !== 8) refuse('id');
  const [id, type, reference, gross, code, fee, net, occurredAt] = fields as [string, ...string[]] & { length: 8 };
  if (!TYPES.has(type!)) refuse('type');
  const currency = parseCurrency(code!) ?? refuse('currency');
  const occurredMs = Date.parse(occurredAt!);
  if (Number.isNaN(occurredMs)) refuse('occurred_at');
  const amount = (of: string, column: string): bigint => (/^-?\d{1,15}$/.test(of) ? BigInt(of) : refuse(column));
  return {
    type: type as StatementLine['type'],
    id,
    ...(reference !== '' && { ourReference: reference! }),
    gross: amount(gross!, 'gross'),
    currency,
    fee: /^\d{1,15}\.\d{4}$/.test(fee!) ? majorUnits(fee!, currency) : refuse('fee'),
    net: amount(net!, 'net'),
    netCurrency: currency,
    occurredMs,
    at: { line },
  };
}

/** The sandbox writes minor units with four more digits; the port wants the major unit. */
function majorUnits(fee: string, currency: Currency): string {
  const exponent = exponentOf(currency);
  const [whole, fraction] = fee.split('.') as [string, string];
  const digits = whole.padStart(exponent + 1, '0');
  const at = digits.length - exponent;
  return `${digits.slice(0, at)}.${digits.slice(at)}${fraction}`;
}
