/**
 * Alipay's statement of trades (bill_type `trade`, 业务明细): a zip whose names and files are in GBK. The file of details begins with rows of `#`, then has a
 * header, one row per payment or refund with values padded by tabs, and a trailer that counts them. Beside it is a summary, which is not read.
 * @see opendocs.alipay.com/open/204/106264; sources in README.md
 */

import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import * as z from 'zod/mini';
import { HttpFailure } from '../../kernel/http-client.ts';
import { mulDiv } from '../../kernel/money.ts';
import { handlesIn } from '../port/handles.ts';
import type { ChannelAccount } from '../port/port.ts';
import {
  type ParseStatement,
  type StatementLine,
  type StatementPosition,
  StatementRefused,
  StatementUnavailable,
} from '../port/statement.ts';
import { type AlipayDeps, gatewayOf } from './gateway.ts';
import { msOf, ours } from './wire.ts';
import { detailsIn } from './zip.ts';

const answer = z.object({ bill_download_url: z.optional(z.string()), bill_file_code: z.optional(z.string()) });
const EMPTY = 'EMPTY_DATA_WITH_BILL_FILE';
/** A day of about a million trades, compressed. */
const MAXIMUM_BYTES = 64 * 1024 * 1024;
const DOWNLOAD_MS = 30_000;

/**
 * The bytes of the account's statement for a day in Shanghai (`2026-12-01`). Undefined: nothing happened on that day. Alipay makes it in the morning of the next
 * day, about nine o'clock; its address is good for 30 seconds.
 * @throws Error where there is none, or where the account or the network is at fault
 */
export async function fetchAlipayStatement(
  deps: AlipayDeps,
  account: ChannelAccount,
  date: string,
): Promise<Uint8Array | undefined> {
  const gateway = await gatewayOf(deps, account);
  if (!gateway) throw new StatementUnavailable("the account's credentials are not available");
  const response = await gateway.exchange('alipay.data.dataservice.bill.downloadurl.query', {
    biz: { bill_type: 'trade', bill_date: date },
  });
  if (response.kind === 'refused')
    throw new StatementUnavailable(`Alipay gave no statement: ${response.subCode || response.code}`);
  if (response.kind === 'unknown') throw new StatementUnavailable(`Alipay gave no statement: ${response.reason}`);
  const { bill_download_url: url, bill_file_code: code } = z.parse(answer, response.body);
  if (code === EMPTY) return undefined;
  if (url === undefined) throw new StatementUnavailable('Alipay gave no address of the statement');
  const address = trustedAddress(url, deps);
  const file = await deps
    .http({ method: 'GET', url: address, timeoutMs: DOWNLOAD_MS, maximumBytes: MAXIMUM_BYTES })
    .catch((error: unknown) => {
      throw error instanceof HttpFailure
        ? new StatementUnavailable(`the statement was not downloaded: ${error.message}`)
        : error;
    });
  if (file.status !== 200) throw new StatementUnavailable(`the statement was not downloaded: status ${file.status}`);
  return file.body;
}

const HOSTS = /^(?:[a-z0-9-]+\.)+(?:alipay|alipaydev)\.com$/;

/**
 * The address of the file, by HTTPS alone: Alipay often gives it as `http:`, and nothing but the connection proves the file. A local stack has it at the
 * address that stands for Alipay.
 * @throws Error for an address that is not Alipay's
 */
function trustedAddress(address: string, { baseUrl }: AlipayDeps): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (baseUrl !== undefined && url?.origin === new URL(baseUrl).origin) return address;
  const isWeb =
    url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.port === '' && url.username === '';
  if (!isWeb || !HOSTS.test(url.hostname)) throw new Error('the statement is not at Alipay');
  url.protocol = 'https:';
  return url.href;
}

/** Reads the zip in constant memory. A file without its trailer was cut off, and is refused. No bytes: nothing happened on that day. */
export const parseAlipayStatement: ParseStatement = async function* (bytes) {
  const parts = bytes[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done) return;
  const table: Table = { stage: 'preface', counted: { payment: 0, refund: 0 }, line: 0 };
  const rows = parse({
    relaxColumnCount: true,
    relaxQuotes: true,
    skipEmptyLines: true,
    info: true,
    maxRecordSize: 100_000,
  });
  pipeline(Readable.from(detailsIn(behind(first.value, parts))), rows, () => undefined);
  for await (const { record, info } of rows as AsyncIterable<Row>) {
    table.line = info.lines;
    yield* readRow(table, record);
  }
  if (table.stage !== 'end') throw new StatementRefused('the end is missing', { line: table.line });
};

async function* behind(first: Uint8Array, parts: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => parts };
}

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

interface Table {
  stage: 'preface' | 'rows' | 'end';
  columns?: ReadonlyMap<string, number>;
  readonly counted: { payment: number; refund: number };
  line: number;
}

/** Full-width brackets or others, and padding, make no difference. */
const nameOf = (cell: string): string => cell.replace(/\s/g, '').replace(/（/g, '(').replace(/）/g, ')');

const NEEDED = [
  '支付宝交易号',
  '商户订单号',
  '业务类型',
  '完成时间',
  '订单金额(元)',
  '商家实收(元)',
  '退款批次号/请求号',
  '服务费(元)',
] as const;

function* readRow(table: Table, record: readonly string[]): Generator<StatementLine, void> {
  const at = { line: table.line };
  const first = nameOf(record[0] ?? '');
  if (first.startsWith('#')) {
    if (table.stage === 'rows') {
      if (!first.includes('列表结束')) throw new StatementRefused('a mark among the rows', at);
      table.stage = 'end';
    } else if (table.stage === 'end') assertCounted(table, nameOf(record.join('')), at);
    return;
  }
  if (table.stage === 'end') throw new StatementRefused('a row behind the end', at);
  if (table.stage === 'rows') {
    yield* linesOf(table, record);
    return;
  }
  table.columns = new Map(record.map((cell, index) => [nameOf(cell), index]));
  const missing = NEEDED.find((name) => !table.columns!.has(name));
  if (missing) throw new StatementRefused('not the header of a statement of trades', { ...at, column: missing });
  table.stage = 'rows';
}

/** The trailer counts the rows: `#交易合计：2笔，…` and `#退款合计：1笔，…`. */
function assertCounted({ counted }: Table, text: string, at: StatementPosition): void {
  const [, kind, count] = /^#+(交易|退款)合计[：:](\d+)笔/.exec(text) ?? [];
  if (count !== undefined && Number(count) !== counted[kind === '交易' ? 'payment' : 'refund'])
    throw new StatementRefused(`the end counts ${count} rows`, at);
}

const TYPES = { 交易: 'payment', 退款: 'refund' } as const;
const DECIMAL = /^-?(\d{1,12})(?:\.(\d{1,6}))?$/;
/** Six decimals at most: amounts are compared in millionths of a yuan. */
const MILLIONTHS_OF_FEN = 10_000n;

/**
 * A row as a line, and what a row has besides (a discount of the merchant, a share of another merchant) as another. The direction follows from the type: the signs of
 * refunds and fees differ between files.
 */
function* linesOf(table: Table, record: readonly string[]): Generator<StatementLine, void> {
  const at = (column: string): StatementPosition => ({ line: table.line, column });
  const cell = (column: string): string => (record[table.columns?.get(column) ?? -1] ?? '').trim();
  const type = TYPES[cell('业务类型') as keyof typeof TYPES];
  if (!type) throw new StatementRefused('not a payment or a refund', at('业务类型'));
  table.counted[type] += 1;
  const sign = type === 'payment' ? 1n : -1n;
  const millionths = (column: string): bigint => {
    const [, whole, part = ''] = DECIMAL.exec(cell(column) || '0') ?? [];
    if (whole === undefined) throw new StatementRefused('not an amount', at(column));
    return BigInt(whole + part.padEnd(6, '0'));
  };
  const fen = (column: string): bigint => {
    const amount = millionths(column);
    if (amount % MILLIONTHS_OF_FEN !== 0n) throw new StatementRefused('not an amount in fen', at(column));
    return sign * (amount / MILLIONTHS_OF_FEN);
  };
  const trade = cell('支付宝交易号');
  if (!/^[0-9]{10,64}$/.test(trade)) throw new StatementRefused('no number of a trade', at('支付宝交易号'));
  const occurredMs = msOf(cell('完成时间'));
  if (occurredMs === undefined) throw new StatementRefused('not a time', at('完成时间'));
  const gross = fen('订单金额(元)');
  const fee = millionths('服务费(元)');
  const request = cell('退款批次号/请求号');
  const id = type === 'payment' ? `payment-${trade}` : `refund-${trade}-${request}`;
  if (id.length > 200) throw new StatementRefused('the number is too long', at('退款批次号/请求号'));
  const common = {
    ...handlesIn({ trade_no: trade }),
    currency: 'cny',
    netCurrency: 'cny',
    occurredMs,
    at: { line: table.line },
  };
  yield {
    ...common,
    type,
    id,
    ...referenceOf(type, cell('商户订单号'), request),
    gross,
    fee: feeText(cell('服务费(元)'), sign, fee),
    net: gross - sign * mulDiv(fee, 1n, MILLIONTHS_OF_FEN, 'half_up'),
  };
  const besides = fen('商家实收(元)') - gross - (table.columns?.has('分润(元)') ? fen('分润(元)') : 0n);
  if (besides !== 0n)
    yield { ...common, type: 'adjustment', id: `adjustment-${id}`, gross: besides, fee: '0.00', net: besides };
}

/** Of a payment the attempt, also where a capture has a number of its own; of a refund its own. Others were made elsewhere. */
function referenceOf(type: 'payment' | 'refund', order: string, request: string): Pick<StatementLine, 'ourReference'> {
  const named = ours(type === 'payment' ? order : request);
  return named ? { ourReference: named.reference } : {};
}

/** As it is printed, with the sign of a cost: positive of a payment, negative of a refund. */
function feeText(printed: string, sign: bigint, fee: bigint): string {
  const digits = printed.replace(/^-/, '') || '0.00';
  return sign < 0n && fee > 0n ? `-${digits}` : digits;
}
