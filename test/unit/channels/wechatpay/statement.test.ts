/** The bills of WeChat Pay as lines of a statement: by their headers, to the fen, and refused where a row is not as it is documented. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type StatementLine, StatementRefused } from '../../../../functions/channels/port/statement.ts';
import { parseWechatpayStatement } from '../../../../functions/channels/wechatpay/statement.ts';
import { channelReference, newObjectKey } from '../../../../functions/kernel/ids.ts';
import { SCOPE } from '../../../simulators/sandbox-channel.ts';

const PAYMENT = channelReference(
  SCOPE,
  newObjectKey(0, (count) => 'a'.repeat(count)),
  1,
);
const REFUND = channelReference(
  SCOPE,
  newObjectKey(0, (count) => 'b'.repeat(count)),
  0,
);
const TRADE =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const SUMS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';
const FLOW =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号';
const FLOW_SUMS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

const row = (...values: readonly string[]): string => values.map((value) => `\`${value}`).join(',');
const paid = (changes: Readonly<Record<string, string>> = {}) => columns(TRADE, { ...SHARED, ...PAID, ...changes });
const refunded = (changes: Readonly<Record<string, string>> = {}) => columns(TRADE, { ...SHARED, ...BACK, ...changes });
const columns = (header: string, values: Readonly<Record<string, string>>): string =>
  row(...header.split(',').map((name) => values[name] ?? ''));
const SHARED = {
  交易时间: '2026-12-01 08:00:01',
  微信订单号: '4200001234202612010000000001',
  商户订单号: PAYMENT,
  货币种类: 'CNY',
  商品名称: 'Tea, green',
};
const PAID = { 交易状态: 'SUCCESS', 应结订单金额: '30.00', 订单金额: '30.00', 手续费: '0.18000', 商户退款单号: '0' };
const BACK = {
  交易状态: 'REFUND',
  微信退款单号: '50300000000000000000000001',
  商户退款单号: REFUND,
  退款金额: '1.00',
  申请退款金额: '1.00',
  退款状态: 'SUCCESS',
  手续费: '-0.00600',
};
const trade = (...rows: readonly string[]) =>
  `\uFEFF${[TRADE, ...rows, SUMS, row(String(rows.length), '0', '0', '0', '0', '0', '0'), ''].join('\r\n')}`;
const moved = (kind: string, way: string, yuan: string, name = kind) =>
  row('2026-12-01 23:59:59', 'B1', 'F1', name, kind, way, yuan, '0.00', 'system', '', 'V1');
const flow = (...rows: readonly string[]) =>
  [FLOW, ...rows, FLOW_SUMS, row(String(rows.length), '0', '0', '0', '0')].join('\n');

async function read(text: string | Uint8Array, size = 50): Promise<readonly StatementLine[]> {
  const bytes = Buffer.from(text as string);
  const parts = (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
  const lines: StatementLine[] = [];
  for await (const line of parseWechatpayStatement(parts)) lines.push(line);
  return lines;
}

describe('the trade bill', () => {
  it('is a payment with its fee and our reference, whatever a name has in it', async () => {
    expect(await read(trade(paid()))).toEqual([
      {
        type: 'payment',
        id: 'payment-4200001234202612010000000001',
        ourReference: PAYMENT,
        handles: { transaction_id: '4200001234202612010000000001' },
        gross: 3_000n,
        currency: 'cny',
        fee: '0.18000',
        net: 2_982n,
        netCurrency: 'cny',
        occurredMs: Date.UTC(2026, 11, 1, 0, 0, 1),
        at: { line: 2 },
      },
    ]);
  });

  it('is a refund with the fee that comes back, whose fraction is rounded as the payment’s', async () => {
    expect(await read(trade(refunded()))).toMatchObject([
      {
        type: 'refund',
        id: 'refund-50300000000000000000000001',
        ourReference: REFUND,
        handles: { transaction_id: '4200001234202612010000000001', refund_id: '50300000000000000000000001' },
        gross: -100n,
        fee: '-0.00600',
        net: -99n,
      },
    ]);
    const fees = ['0.00499', '0.00500', '0.01499', '0.00000', '1.00501'];
    const lines = await read(trade(...fees.map((fee) => paid({ 手续费: fee }))));
    expect(lines.map(({ net }) => 3_000n - net)).toEqual([0n, 1n, 1n, 0n, 101n]);
  });

  it('shows apart what coupons of the merchant take from a payment, and from a refund', async () => {
    const lines = await read(trade(paid({ 应结订单金额: '25.00' }), refunded({ 退款金额: '0.80' })));

    expect(lines.map(({ type, gross, net }) => [type, gross, net])).toEqual([
      ['payment', 3_000n, 2_982n],
      ['adjustment', -500n, -500n],
      ['refund', -100n, -99n],
      ['adjustment', 20n, 20n],
    ]);
  });

  it('has no line of a refund that failed, and one of a refund that is under way', async () => {
    expect(await read(trade(refunded({ 退款状态: 'FAIL' })))).toEqual([]);
    expect(await read(trade(refunded({ 退款状态: 'PROCESSING' })))).toHaveLength(1);
  });

  it('has payments that were made elsewhere, without a reference', async () => {
    const [line] = await read(trade(paid({ 商户订单号: 'order-1' })));

    expect(line).not.toHaveProperty('ourReference');
    expect(line?.gross).toBe(3_000n);
  });

  it('is read by its header: in any order of the columns, and without those that it does not need', async () => {
    const names = TRADE.split(',').filter((name) => name !== '订单金额' && name !== '费率备注');
    const header = names.toReversed().join(',');
    const text = [header, columns(header, { ...SHARED, ...PAID }), SUMS, row('1')].join('\n');

    expect(await read(text)).toMatchObject([{ type: 'payment', gross: 3_000n, net: 2_982n }]);
  });

  it('is the same packed, and in parts of any size', async () => {
    const text = trade(paid(), refunded());
    const lines = await read(text);

    for (const size of [1, 7, 100_000]) {
      expect(await read(text, size)).toEqual(lines);
      expect(await read(gzipSync(text), size)).toEqual(lines);
    }
  });
});

describe('the fund-flow bill', () => {
  it('has payouts and other movements, and none that the trade bill has', async () => {
    const bill = flow(
      moved('交易', '收入', '30.00'),
      moved('扣除交易手续费', '支出', '0.18'),
      moved('退款', '支出', '1.00'),
      moved('退回交易手续费', '收入', '0.01'),
      moved('提现', '支出', '28.83'),
      moved('结算', '支出', '1.00', '提现'),
      moved('退款', '收入', '2.00'),
      moved('充值', '收入', '5.00'),
    );

    const lines = await read(bill);

    expect(lines.map(({ type, gross, net, fee }) => [type, gross, net, fee])).toEqual([
      ['payout', -2_883n, -2_883n, '0.00'],
      ['payout', -100n, -100n, '0.00'],
      ['adjustment', 200n, 200n, '0.00'],
      ['adjustment', 500n, 500n, '0.00'],
    ]);
    expect(lines[0]).toMatchObject({
      id: 'flow-F1',
      handles: { flow: 'F1', business: 'B1' },
      occurredMs: Date.UTC(2026, 11, 1, 15, 59, 59),
    });
  });

  it('may follow the trade bill, with a mark of its own', async () => {
    const lines = await read(`${trade(paid())}\uFEFF${flow(moved('提现', '支出', '1.00'))}`);

    expect(lines.map(({ type, at }) => [type, at.line])).toEqual([
      ['payment', 2],
      ['payout', 6],
    ]);
  });
});

describe('a file is refused', () => {
  it.each([
    ['that is no bill', 'a,b\n1,2', 1, undefined],
    ['whose header lacks a column', TRADE.replace('手续费,', ''), 1, '手续费'],
    ['with a row before its header', paid(), 1, undefined],
    ['that was cut off', trade(paid()).split('\r\n').slice(0, 2).join('\r\n'), 2, undefined],
    ['that was cut off before its sums', `${TRADE}\n${paid()}\n${SUMS}`, 3, undefined],
    ['whose sums count other rows', `${TRADE}\n${paid()}\n${SUMS}\n${row('2')}`, 4, undefined],
    ['with a row of another length', `${TRADE}\n${paid()},\`more\n${SUMS}\n${row('1')}`, 2, undefined],
    ['with another state', trade(paid({ 交易状态: 'OTHER' })), 2, '交易状态'],
    ['in another currency', trade(paid({ 货币种类: 'HKD' })), 2, '货币种类'],
    ['with an amount that is none', trade(paid({ 订单金额: '1,00' })), 2, '订单金额'],
    ['with a part of a fen', trade(paid({ 应结订单金额: '1.005' })), 2, '应结订单金额'],
    ['with a fee that is none', trade(paid({ 手续费: '' })), 2, '手续费'],
    ['with a time that is none', trade(paid({ 交易时间: '2026/12/01' })), 2, '交易时间'],
    ['with a time that there is not', trade(paid({ 交易时间: '2026-13-01 08:00:01' })), 2, '交易时间'],
    ['without a number', trade(paid({ 微信订单号: '' })), 2, '微信订单号'],
    ['of a refund without a number', trade(refunded({ 微信退款单号: '' })), 2, '微信退款单号'],
    ['with a movement that has no direction', flow(moved('提现', '', '1.00')), 2, '收支类型'],
    ['with bytes that are no gzip', Buffer.from('1f8b0800', 'hex'), 1, undefined],
    ['with a line without an end', `${TRADE}\n\`${'x'.repeat(9_000)}`, 2, undefined],
  ] as const)('%s', async (_, text, line, column) => {
    const error: unknown = await read(text as string).catch((refused: unknown) => refused);

    expect(error).toBeInstanceOf(StatementRefused);
    expect((error as StatementRefused).at).toEqual({ line, ...(column && { column }) });
  });

  it('but an empty one is of a day without payments', async () => {
    expect(await read('')).toEqual([]);
    expect(await read(trade())).toEqual([]);
  });
});
