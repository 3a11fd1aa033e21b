/** Bills of the simulator, as WeChat Pay writes them: UTF-8 with a mark, every value behind a back-tick, amounts in yuan, then the sums. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Reply, refusal } from './api.ts';
import { statusOf } from './books.ts';
import { type Running, randomText } from './running.ts';

export interface StoredBill {
  readonly bytes: Buffer;
  readonly untilMs: number;
}

const EAST = 8 * 3_600_000;
const timeText = (ms: number): string => new Date(ms + EAST).toISOString().slice(0, 19).replace('T', ' ');
const dayText = (ms: number): string => timeText(ms).slice(0, 10);
const yuan = (fen: number): string => (fen / 100).toFixed(2);
/** 0.60 %, with five decimals. */
const fee = (fen: number): string => (fen * 0.00006).toFixed(5);

const TRADE =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const TRADE_SUMS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';
const FLOW =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号';
const FLOW_SUMS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

const row = (values: readonly string[]): string => values.map((value) => `\`${value}`).join(',');

interface Line {
  readonly atMs: number;
  readonly fen: number;
  /** By column; 0 in a column of amounts, and nothing in any other, where it is missing. */
  readonly values: Readonly<Record<string, string>>;
}

/** Payments and refunds of one day. */
function tradeLines({ state, parties }: Running, day: string): readonly Line[] {
  const { orders, refunds } = state.books;
  const shared = (atMs: number, outTradeNo: string) => {
    const order = orders.get(outTradeNo)!;
    return {
      交易时间: timeText(atMs),
      公众账号ID: order.appId,
      商户号: parties.mchid,
      特约商户号: '0',
      微信订单号: order.transactionId!,
      商户订单号: outTradeNo,
      用户标识: order.openid ?? 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
      交易类型: order.kind.toUpperCase(),
      付款银行: 'OTHERS',
      货币种类: 'CNY',
      商品名称: 'Payment',
      费率: '0.60%',
    };
  };
  const paid = [...orders.values()].flatMap((order): readonly Line[] => {
    if (order.paidMs === undefined || dayText(order.paidMs) !== day) return [];
    const total = yuan(order.total);
    const own = { 交易状态: 'SUCCESS', 应结订单金额: total, 订单金额: total, 手续费: fee(order.total) };
    const nothing = { 微信退款单号: '0', 商户退款单号: '0' };
    const values = { ...shared(order.paidMs, order.outTradeNo), ...own, ...nothing };
    return [{ atMs: order.paidMs, fen: order.total, values }];
  });
  const back = [...refunds.values()].flatMap((refund): readonly Line[] => {
    if (statusOf(refund, state.nowMs()) !== 'SUCCESS' || dayText(refund.createdMs) !== day) return [];
    const amount = yuan(refund.amount);
    const own = { 交易状态: 'REFUND', 退款类型: 'ORIGINAL', 退款状态: 'SUCCESS', 手续费: `-${fee(refund.amount)}` };
    const numbers = { 微信退款单号: refund.refundId, 商户退款单号: refund.outRefundNo };
    const amounts = { 退款金额: amount, 申请退款金额: amount };
    const values = { ...shared(refund.createdMs, refund.outTradeNo), ...own, ...numbers, ...amounts };
    return [{ atMs: refund.createdMs, fen: -refund.amount, values }];
  });
  return [...paid, ...back].sort((one, other) => one.atMs - other.atMs);
}

const rowOf = ({ values }: Line): string =>
  row(TRADE.split(',').map((column) => values[column] ?? (column.endsWith('金额') ? '0.00' : '')));

function tradeBill(running: Running, day: string): string {
  const lines = tradeLines(running, day);
  const sum = (of: (fen: number) => boolean) =>
    lines.filter(({ fen }) => of(fen)).reduce((all, { fen }) => all + fen, 0);
  const [paid, back] = [sum((fen) => fen > 0), -sum((fen) => fen < 0)];
  const sums = [String(lines.length), yuan(paid), yuan(back), '0.00', fee(paid - back), yuan(paid), yuan(back)];
  return [TRADE, ...lines.map(rowOf), TRADE_SUMS, row(sums), ''].join('\r\n');
}

interface Movement {
  readonly atMs: number;
  readonly number: string;
  readonly name: string;
  readonly kind: string;
  /** Negative: an expense. */
  readonly fen: number;
  readonly voucher: string;
}

/** Of a fee, what moves the balance: it has no fractions of a fen. */
const feeInFen = (fen: number): number => Math.floor(fen * 0.006 + 0.5);

/** Each payment and its cost, each refund and the cost that comes back, and what went to the bank. */
function movements({ state }: Running): readonly Movement[] {
  const { orders, refunds, withdrawals } = state.books;
  const paid = [...orders.values()].flatMap((order): readonly Movement[] => {
    const { paidMs: atMs, transactionId: number, total: fen, outTradeNo: voucher } = order;
    if (atMs === undefined || number === undefined) return [];
    const cost = { name: '扣除交易手续费', kind: '扣除交易手续费', fen: -feeInFen(fen) };
    return [
      { atMs, number, voucher, name: '交易', kind: '交易', fen },
      { atMs, number, voucher, ...cost },
    ];
  });
  const back = [...refunds.values()]
    .filter((refund) => statusOf(refund, state.nowMs()) === 'SUCCESS')
    .flatMap(({ createdMs: atMs, refundId: number, outRefundNo: voucher, amount }): readonly Movement[] => {
      const cost = { name: '退回交易手续费', kind: '退回交易手续费', fen: feeInFen(amount) };
      return [
        { atMs, number, voucher, name: '退款', kind: '退款', fen: -amount },
        { atMs, number, voucher, ...cost },
      ];
    });
  const out = withdrawals.map(({ atMs, number, fen }) => ({
    atMs,
    number,
    voucher: number,
    name: '提现',
    kind: '提现',
    fen: -fen,
  }));
  return [...paid, ...back, ...out].filter(({ fen }) => fen !== 0).sort((one, other) => one.atMs - other.atMs);
}

/** Fen that the merchant has at WeChat Pay. */
export const balanceOf = (running: Running): number => movements(running).reduce((sum, { fen }) => sum + fen, 0);

function flowBill(running: Running, day: string): string {
  const lines = movements(running).filter(({ atMs }) => dayText(atMs) === day);
  const rows = lines.map(({ atMs, number, name, kind, fen, voucher }, at) => {
    const way = fen > 0 ? '收入' : '支出';
    const flow = `${running.parties.mchid}${day.replaceAll('-', '')}${String(at).padStart(8, '0')}`;
    return row([timeText(atMs), number, flow, name, kind, way, yuan(Math.abs(fen)), '0.00', 'system', '', voucher]);
  });
  const [income, expense] = [lines.filter(({ fen }) => fen > 0), lines.filter(({ fen }) => fen < 0)];
  const sum = (of: readonly Movement[]): string => yuan(Math.abs(of.reduce((all, { fen }) => all + fen, 0)));
  const sums = [String(rows.length), String(income.length), sum(income), String(expense.length), sum(expense)];
  return [FLOW, ...rows, FLOW_SUMS, row(sums), ''].join('\r\n');
}

/** The file lives for so long. */
const LINK_MS = 30_000;

export function billLink(running: Running, { pathname, searchParams }: URL): Reply {
  const day = searchParams.get('bill_date') ?? '';
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return refusal(400, 'PARAM_ERROR', 'bill_date');
  if (day >= dayText(running.nowMs())) return refusal(400, 'NO_STATEMENT_EXIST');
  const isTrade = pathname.endsWith('tradebill');
  const plain = Buffer.from(`\uFEFF${isTrade ? tradeBill(running, day) : flowBill(running, day)}`);
  const bytes = searchParams.get('tar_type') === 'GZIP' ? gzipSync(plain) : plain;
  const token = randomText(24);
  running.bills.set(token, { bytes, untilMs: running.nowMs() + LINK_MS });
  return {
    status: 200,
    body: {
      hash_type: 'SHA1',
      hash_value: createHash('sha1').update(plain).digest('hex'),
      download_url: `${running.url}/v3/billdownload/file?token=${token}`,
    },
  };
}

export function billFile(running: Running, { searchParams }: URL): Buffer | undefined {
  const bill = running.bills.get(searchParams.get('token') ?? '');
  return bill && running.nowMs() < bill.untilMs ? bill.bytes : undefined;
}
