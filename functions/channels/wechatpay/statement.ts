/**
 * WeChat Pay's bills of a day: the trade bill (交易账单) has payments and refunds with their fees, the fund-flow bill (资金账单) what else moved the balance. Both are UTF-8 with an optional
 * mark, a header, one row per movement whose values each follow a back-tick, and a row that counts them. A statement is either of them, or the one behind the other.
 * @see https://pay.weixin.qq.com/doc/v3/merchant/4013071211
 */

import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { mulDiv } from '../../kernel/money.ts';
import { handlesIn } from '../port/handles.ts';
import {
  type ParseStatement,
  type StatementLine,
  type StatementPosition,
  StatementRefused,
} from '../port/statement.ts';
import { referenceIn } from './map.ts';

/** By the column of its time: what is read of it, and how the header of its sums begins. */
const TABLES = {
  交易时间: {
    sums: '总交易单数',
    columns: ['微信订单号', '商户订单号', '交易状态', '货币种类', '微信退款单号', '商户退款单号', '手续费'],
    read: tradeLines,
  },
  记账时间: {
    sums: '资金流水总笔数',
    columns: ['微信支付业务单号', '资金流水单号', '业务名称', '业务类型', '收支类型', '收支金额(元)'],
    read: flowLines,
  },
} as const;
type Table = (typeof TABLES)[keyof typeof TABLES];

/** Where the reader is: before a header, among rows, or behind the header of the sums. */
interface Reading {
  line: number;
  rows: number;
  table?: Table;
  columns?: readonly string[];
  summing: boolean;
}

/** Reads plain or gzipped bytes in constant memory. A table without its sums was cut off, and is refused. */
export const parseWechatpayStatement: ParseStatement = async function* (bytes) {
  const reading: Reading = { line: 0, rows: 0, summing: false };
  for await (const text of linesOf(unpacked(bytes))) {
    reading.line += 1;
    if (text !== '') yield* readLine(reading, text);
  }
  if (reading.table) throw new StatementRefused('the sums are missing', { line: reading.line });
};

function* readLine(reading: Reading, text: string): Generator<StatementLine, void> {
  const at = { line: reading.line };
  if (!text.startsWith('`')) return readHeader(reading, text, at);
  const { table, columns } = reading;
  if (!table || !columns) throw new StatementRefused('a row without a header', at);
  // Values hold commas, and no back-ticks.
  const values = text.slice(1).split(',`');
  if (reading.summing) return readSums(reading, values[0], at);
  reading.rows += 1;
  if (values.length !== columns.length) throw new StatementRefused(`${values.length} values`, at);
  yield* table.read(rowOf(columns, values, at));
}

/** Full-width brackets or others make no difference. */
const nameOf = (cell: string): string => cell.trim().replace('（', '(').replace('）', ')');

function readHeader(reading: Reading, text: string, at: StatementPosition): void {
  const columns = text.split(',').map(nameOf);
  const [first = ''] = columns;
  if (reading.table) {
    if (reading.summing || first !== reading.table.sums) throw new StatementRefused('not the header of the sums', at);
    reading.summing = true;
    return;
  }
  const table = Object.entries(TABLES).find(([time]) => columns.includes(time))?.[1];
  const missing = table?.columns.find((name) => !columns.includes(name));
  if (!table || missing !== undefined)
    throw new StatementRefused('not the header of a bill of WeChat Pay', {
      ...at,
      ...(missing && { column: missing }),
    });
  Object.assign(reading, { table, columns, rows: 0 });
}

function readSums(reading: Reading, count: string | undefined, at: StatementPosition): void {
  if (Number(count) !== reading.rows) throw new StatementRefused(`the sums do not count ${reading.rows} rows`, at);
  delete reading.table;
  delete reading.columns;
  reading.summing = false;
}

interface Row {
  readonly at: StatementPosition;
  /** Undefined where the bill has no such column. */
  readonly cell: (column: string) => string | undefined;
  readonly text: (column: string, form: RegExp) => string;
  /** Millionths of a yuan. */
  readonly amount: (column: string) => bigint;
}

const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const NUMBER = /^[0-9A-Za-z_\-|*@]{1,64}$/;

function rowOf(columns: readonly string[], values: readonly string[], at: StatementPosition): Row {
  const cell = (column: string): string | undefined => values[columns.indexOf(column)]?.trim();
  const text = (column: string, form: RegExp): string => {
    const value = cell(column) ?? '';
    if (!form.test(value)) throw new StatementRefused('cannot be read', { ...at, column });
    return value;
  };
  const amount = (column: string): bigint => {
    const [, sign, whole = '', part = ''] = DECIMAL.exec(text(column, DECIMAL))!;
    const size = BigInt(whole + part.padEnd(6, '0'));
    return sign === '-' ? -size : size;
  };
  return { at, cell, text, amount };
}

const MILLIONTHS = 10_000n;

/** Fen. */
function fen({ amount, at }: Row, column: string): bigint {
  const millionths = amount(column);
  if (millionths % MILLIONTHS !== 0n) throw new StatementRefused('not an amount in fen', { ...at, column });
  return millionths / MILLIONTHS;
}

/** Shanghai has had no summer time since 1991. */
function timeOf({ text, at }: Row, column: string): number {
  const ms = Date.parse(`${text(column, TIME).replace(' ', 'T')}+08:00`);
  if (Number.isNaN(ms)) throw new StatementRefused('not a time', { ...at, column });
  return ms;
}

const CNY = { currency: 'cny', netCurrency: 'cny' } as const;

/**
 * A payment or a refund, and another line for what coupons of the merchant make of it: the merchant gets less than the payer's order, and gives less back. A refund that
 * has failed moved nothing. One that is under way did: WeChat Pay takes it from the balance when it is asked for.
 */
function* tradeLines(row: Row): Generator<StatementLine, void> {
  const { at, text, amount, cell } = row;
  const isPayment = text('交易状态', /^(SUCCESS|REFUND|REVOKED)$/) === 'SUCCESS';
  text('货币种类', /^CNY$/);
  if (!isPayment && cell('退款状态') === 'FAIL') return;
  const payment = text('微信订单号', NUMBER);
  const number = isPayment ? payment : text('微信退款单号', NUMBER);
  const reference = referenceIn(text(isPayment ? '商户订单号' : '商户退款单号', NUMBER));
  const [asked, settled] = isPayment
    ? (['订单金额', '应结订单金额'] as const)
    : (['申请退款金额', '退款金额'] as const);
  const sign = isPayment ? 1n : -1n;
  const moved = sign * fen(row, settled);
  const gross = cell(asked) === undefined ? moved : sign * fen(row, asked);
  const common = {
    ...handlesIn(isPayment ? { transaction_id: payment } : { transaction_id: payment, refund_id: number }),
    ...CNY,
    occurredMs: timeOf(row, '交易时间'),
    at,
  };
  const type = isPayment ? 'payment' : 'refund';
  yield {
    ...common,
    type,
    id: `${type}-${number}`,
    ...(reference && { ourReference: reference }),
    gross,
    fee: text('手续费', DECIMAL),
    net: gross - inFen(amount('手续费')),
  };
  const coupons = moved - gross;
  if (coupons !== 0n)
    yield { ...common, type: 'adjustment', id: `coupon-${type}-${number}`, gross: coupons, fee: '0.00', net: coupons };
}

/** To the fen, a half away from zero: what WeChat Pay takes and gives back of a fee that has fractions. */
const inFen = (millionths: bigint): bigint =>
  millionths < 0n ? -mulDiv(-millionths, 1n, MILLIONTHS, 'half_up') : mulDiv(millionths, 1n, MILLIONTHS, 'half_up');

/** Movements that the trade bill has too, with their reference and their exact fee. */
const IN_TRADE_BILL: readonly string[] = ['交易收入', '退款支出', '扣除交易手续费支出', '退回交易手续费收入'];

/** A payout to the bank, or anything else that moved the balance. */
function* flowLines(row: Row): Generator<StatementLine, void> {
  const { at, text, cell } = row;
  const way = text('收支类型', /^(收入|支出)$/);
  const kind = cell('业务类型') ?? '';
  if (IN_TRADE_BILL.includes(kind + way)) return;
  const size = fen(row, '收支金额(元)');
  const gross = way === '收入' ? size : -size;
  const isPayout = /提现|结算/.test(`${kind} ${cell('业务名称') ?? ''}`);
  const number = text('资金流水单号', NUMBER);
  yield {
    type: isPayout ? 'payout' : 'adjustment',
    id: `flow-${number}`,
    ...handlesIn({ flow: number, business: cell('微信支付业务单号') }),
    gross,
    ...CNY,
    fee: '0.00',
    net: gross,
    occurredMs: timeOf(row, '记账时间'),
    at,
  };
}

/** No row is longer: names have 128 characters at most. */
const LONGEST_LINE = 8_000;

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const part of bytes) {
    const lines = `${rest}${decoder.decode(part, { stream: true })}`.split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE) break;
    yield* lines.map(plain);
  }
  if (rest !== '') yield plain(rest);
}

/** Without a line end and the mark of a bill that follows another. */
const plain = (line: string): string => line.replace(/^\uFEFF/, '').replace(/\r$/, '');

/** The bytes, unpacked where they begin as gzip does. */
async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const parts = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let next = await parts.next();
  for (; !next.done && head.length < 2; next = await parts.next()) head = Buffer.concat([head, next.value]);
  const all = (async function* () {
    yield head;
    for (; !next.done; next = await parts.next()) yield next.value;
  })();
  yield* head[0] === 0x1f && head[1] === 0x8b ? gunzipped(all) : all;
}

/** @throws StatementRefused for bytes that are no whole gzip file */
export async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const unzip = createGunzip();
  pipeline(Readable.from(bytes), unzip, () => undefined);
  try {
    for await (const part of unzip) yield part as Uint8Array;
  } catch {
    throw new StatementRefused('not a whole gzip file', { line: 1 });
  }
}
