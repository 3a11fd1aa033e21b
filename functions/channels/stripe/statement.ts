/**
 * Stripe's balance transactions as a statement: what changed the balance of an account on one day (UTC), one transaction as JSON per line. Each has the
 * object that it is of, and a dispute its charge, so that our reference is in it (docs.stripe.com/reports/balance-transaction-types).
 */
import * as z from 'zod/mini';
import { type Currency, decimalText, exponentOf, parseCurrency } from '../../kernel/money.ts';
import { handlesIn } from '../port/handles.ts';
import type { ChannelAccount } from '../port/port.ts';
import {
  type StatementLine,
  type StatementPosition,
  StatementRefused,
  StatementUnavailable,
} from '../port/statement.ts';
import { readPage } from './objects.ts';
import { referenceIn } from './references.ts';
import { get, reasonOf, type StripeClientDeps } from './transport.ts';

/** What each reporting category is (docs.stripe.com/reports/reporting-categories). Any other is an adjustment. */
const TYPES: Readonly<Record<string, StatementLine['type']>> = {
  charge: 'payment',
  refund: 'refund',
  refund_failure: 'refund',
  dispute: 'dispute',
  dispute_reversal: 'dispute_reversed',
  fee: 'fee',
  network_cost: 'fee',
  tax: 'fee',
  payout: 'payout',
  payout_reversal: 'payout',
};

const metadata = z.nullish(z.record(z.string(), z.string()));
const source = z.looseObject({
  id: z.string(),
  object: z.string(),
  amount: z.optional(z.int()),
  amount_captured: z.optional(z.int()),
  currency: z.optional(z.string()),
  metadata,
  payment_intent: z.nullish(z.string()),
  charge: z.nullish(z.union([z.string(), z.looseObject({ metadata })])),
});
const transaction = z.object({
  id: z.string().check(z.regex(/^txn_[0-9A-Za-z]{1,100}$/)),
  object: z.literal('balance_transaction'),
  amount: z.int(),
  created: z.int(),
  currency: z.string(),
  exchange_rate: z.nullish(z.number()),
  fee: z.int(),
  net: z.int(),
  reporting_category: z.string(),
  source: z.nullish(z.union([z.string(), source])),
});
type Transaction = z.infer<typeof transaction>;
type Source = z.infer<typeof source>;

/** A transaction with its source is a few thousand bytes. */
const LONGEST_LINE = 256 * 1024;

/** The lines of a statement, as `fetchStatement` makes it. @throws StatementRefused for a line that is no balance transaction */
export async function* parseStatement(bytes: AsyncIterable<Uint8Array>): AsyncIterable<StatementLine> {
  let line = 0;
  for await (const raw of linesOf(bytes)) {
    line += 1;
    if (raw.length > LONGEST_LINE) throw new StatementRefused('the line is too long', { line });
    if (raw.length > 0) yield lineOf(raw, { line });
  }
}

const NEWLINE = 0x0a;

/** The bytes between line ends. One that has no end is cut where it is too long. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield joined(rest, chunk.subarray(from, end));
      rest = new Uint8Array();
      from = end + 1;
    }
    rest = joined(rest, chunk.subarray(from));
    if (rest.length > LONGEST_LINE) break;
  }
  yield rest;
}

const joined = (one: Uint8Array, other: Uint8Array): Uint8Array =>
  one.length === 0 ? other : Buffer.concat([one, other]);

function lineOf(raw: Uint8Array, at: StatementPosition): StatementLine {
  const parsed = z.safeParse(transaction, parsedJson(raw));
  if (!parsed.success) {
    const [member] = parsed.error.issues[0]?.path ?? [];
    throw new StatementRefused('it is no balance transaction', {
      ...at,
      ...(member !== undefined && { column: String(member) }),
    });
  }
  const read = parsed.data;
  const currency = parseCurrency(read.currency);
  if (!currency) throw new StatementRefused('the currency is not known', { ...at, column: 'currency' });
  const from = typeof read.source === 'object' && read.source ? read.source : undefined;
  const type = TYPES[read.reporting_category] ?? 'adjustment';
  const ourReference = type === 'adjustment' ? undefined : from && referenceOf(from);
  return {
    type,
    id: read.id,
    ...(ourReference !== undefined && { ourReference }),
    ...(from && handlesOf(from)),
    gross: BigInt(read.amount),
    currency,
    fee: decimalText(BigInt(read.fee), currency),
    net: BigInt(read.net),
    netCurrency: currency,
    // A fee and a payout have the currency of the balance alone.
    ...(type !== 'fee' && type !== 'payout' && presented(read, from, currency)),
    occurredMs: read.created * 1000,
    at,
  };
}

function parsedJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    return undefined;
  }
}

/** Our reference: of the attempt or the refund in its own metadata, of a disputed attempt in that of the charge. */
function referenceOf({ metadata: own, charge }: Source): string | undefined {
  const ofCharge = typeof charge === 'object' && charge ? charge.metadata : undefined;
  return referenceIn(own ?? {}) ?? referenceIn(ofCharge ?? {});
}

const handlesOf = ({ id, object, payment_intent: intent }: Source) =>
  handlesIn({ payment_intent: intent ?? undefined, [object]: id });

const RATE_DIGITS = 12;

/**
 * The amount in the payer's currency, where Stripe converted it. A charge that was captured in parts has one amount for several transactions: one that the rate
 * does not explain stays in the currency of the balance.
 */
function presented(
  { amount, exchange_rate: rate }: Transaction,
  from: Source | undefined,
  netCurrency: Currency,
): Pick<StatementLine, 'gross' | 'currency' | 'rate'> | undefined {
  const currency = parseCurrency(from?.currency ?? '');
  const paid = from?.object === 'charge' ? from.amount_captured : from?.amount;
  if (rate === null || rate === undefined || !currency || paid === undefined || currency === netCurrency)
    return undefined;
  const text = rate.toFixed(RATE_DIGITS).replace(/\.?0+$/, '');
  const gross = BigInt(amount < 0 ? -paid : paid);
  return isExplained(BigInt(amount), gross, text, exponentOf(netCurrency) - exponentOf(currency))
    ? { gross, currency, rate: text }
    : undefined;
}

/** Whether `gross` at the rate is `amount`, within one minor unit. `digits`: how many more the currency of `amount` has. */
function isExplained(amount: bigint, gross: bigint, rate: string, digits: number): boolean {
  const [whole = '0', fraction = ''] = rate.split('.');
  const scaled = BigInt(whole + fraction.padEnd(RATE_DIGITS, '0'));
  const unit = 10n ** BigInt(RATE_DIGITS + Math.max(-digits, 0));
  const difference = gross * scaled * 10n ** BigInt(Math.max(digits, 0)) - amount * unit;
  return (difference < 0n ? -difference : difference) <= unit;
}

const DAY_SECONDS = 86_400;
const EXPANDED = ['data.source', 'data.source.charge'];

/**
 * The statement of the account's day (YYYY-MM-DD, UTC), newest first, a page at a time.
 * @throws Error where the day is not over, or Stripe does not answer
 */
export async function* fetchStatement(
  deps: StripeClientDeps,
  account: ChannelAccount,
  date: string,
): AsyncIterable<Uint8Array> {
  const from = Date.parse(`${date}T00:00:00Z`) / 1000;
  if (!Number.isSafeInteger(from)) throw new Error(`${date} is no day`);
  if (deps.nowMs() / 1000 < from + DAY_SECONDS) throw new StatementUnavailable(`the day ${date} is not over`);
  let after: string | undefined;
  for (;;) {
    const response = await get(deps, account, '/v1/balance_transactions', {
      created: { gte: from, lte: from + DAY_SECONDS - 1 },
      limit: 100,
      starting_after: after,
      expand: EXPANDED,
    });
    const page = response.kind === 'answered' ? readPage(response.body) : undefined;
    if (!page) throw new StatementUnavailable(`the statement of ${date}: ${reasonOf(response)}`);
    yield Buffer.from(page.data.map((each) => `${JSON.stringify(each)}\n`).join(''));
    if (!page.has_more) return;
    after = (page.data.at(-1) as { readonly id: string }).id;
  }
}
