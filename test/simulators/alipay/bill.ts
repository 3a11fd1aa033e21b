/** The statement of a day as Alipay makes it: a zip with names in GBK, the details and a summary, both in GBK. */
import { zipSync } from 'fflate';
import type { Books, Trade } from './books.ts';
import { gbk } from './gbk.ts';
import { timeOf, yuan } from './methods.ts';

const HEADER =
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,' +
  '集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注';

/** 0.6 % of a payment, rounded to a fen. It comes back with a refund. */
const feeOf = (amount: bigint): bigint => (amount * 6n + 500n) / 1000n;

export interface BillRow {
  readonly trade: Trade;
  readonly type: '交易' | '退款';
  readonly amount: bigint;
  readonly atMs: number;
  readonly request: string;
}

/** What happened on the day in Shanghai. */
export function rowsOf({ trades }: Books, date: string): readonly BillRow[] {
  const isThatDay = (ms: number): boolean => timeOf(ms).startsWith(date);
  return [...trades.values()].flatMap((trade) => {
    const paid: BillRow[] =
      trade.paidMs !== undefined && isThatDay(trade.paidMs)
        ? [{ trade, type: '交易', amount: trade.amount, atMs: trade.paidMs, request: '' }]
        : [];
    const back = [...trade.refunds].flatMap(([request, { amount, atMs }]): readonly BillRow[] =>
      isThatDay(atMs) ? [{ trade, type: '退款', amount, atMs, request }] : [],
    );
    return [...paid, ...back];
  });
}

function lineOf({ trade, type, amount, atMs, request }: BillRow): string {
  const sign = type === '交易' ? '' : '-';
  const fee = `${type === '交易' ? '-' : ''}${yuan(feeOf(amount))}`;
  const cells = [
    trade.tradeNo,
    trade.number,
    type,
    trade.subject,
    timeOf(trade.createdMs),
    timeOf(atMs),
    '',
    '',
    '',
    '',
    '测试买家(159****5620)',
    `${sign}${yuan(amount)}`,
    `${sign}${yuan(amount)}`,
    '0.00,0.00,0.00,0.00,0.00,,0.00,0.00',
    request,
    fee,
    '0.00',
    '',
  ];
  // Numbers and texts are padded, so that a spreadsheet keeps their digits.
  return cells.map((cell, index) => (index < 11 || index === 14 ? `${cell}\t` : cell)).join(',');
}

const sumOf = (rows: readonly BillRow[]): bigint => rows.reduce((sum, { amount }) => sum + amount, 0n);

/** The file of details, as text. */
export function detailsOf(rows: readonly BillRow[], seller: string, date: string): string {
  const [paid, back] = [rows.filter(({ type }) => type === '交易'), rows.filter(({ type }) => type === '退款')];
  return [
    '#支付宝业务明细查询',
    `#账号：[${seller}]`,
    `#起始日期：[${date} 00:00:00]   终止日期：[${date} 23:59:59]`,
    '#-----------------------------------------业务明细列表----------------------------------------',
    HEADER,
    ...rows.map(lineOf),
    '#-----------------------------------------业务明细列表结束------------------------------------',
    `#交易合计：${paid.length}笔，商家实收共${yuan(sumOf(paid))}元，商家优惠共0.00元`,
    `#退款合计：${back.length}笔，商家实收退款共-${yuan(sumOf(back))}元，商家优惠退款共0.00元`,
    `#导出时间：[${date} 23:59:59]`,
    '',
  ].join('\r\n');
}

/** Both files in a zip. Its names are GBK, without the mark of UTF-8. */
export function zipOf(details: string, seller: string, date: string): Buffer {
  const day = date.replaceAll('-', '');
  const summary = `#支付宝业务汇总查询\r\n#账号：[${seller}]\r\n门店编号,门店名称,交易订单总笔数\r\n#业务汇总列表结束\r\n`;
  const latin1 = (name: string): string => gbk(name).toString('latin1');
  const zip = zipSync({
    [latin1(`${seller}_${day}_业务明细(汇总).csv`)]: gbk(summary),
    [latin1(`${seller}_${day}_业务明细.csv`)]: gbk(details),
  });
  return Buffer.from(zip);
}
