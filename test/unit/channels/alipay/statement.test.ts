/** Alipay's statement of trades: fetched for a day, and read line by line out of its zip. */
import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { fetchAlipayStatement, parseAlipayStatement } from '../../../../functions/channels/alipay/statement.ts';
import type { StatementLine } from '../../../../functions/channels/port/statement.ts';
import { type HttpRequest, httpClient } from '../../../../functions/kernel/http-client.ts';
import { parseCurrency } from '../../../../functions/kernel/money.ts';
import { detailsOf, zipOf } from '../../../simulators/alipay/bill.ts';
import { gbk } from '../../../simulators/alipay/gbk.ts';
import { alipayUnderTest, CALLBACK_URL } from '../../../simulators/alipay/under-test.ts';

const cny = parseCurrency('cny')!;
const REFERENCE = 'Scope001Abcdefghij0123456789AB1';
const REFUND = 'Scope001Refund00000000000000010';
const [TRADE, SELLER, DATE] = ['2026120122001468450512505578', '2088000000000001', '2026-12-01'];

/** The bytes as a download brings them, in parts of any size. */
async function* inParts(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function read(bytes: Uint8Array, size?: number): Promise<StatementLine[]> {
  const lines: StatementLine[] = [];
  for await (const line of parseAlipayStatement(inParts(bytes, size))) lines.push(line);
  return lines;
}

const HEADER =
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,' +
  '集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注';
const MARK = '#-----------------------------------------业务明细列表';
interface Row {
  readonly order?: string;
  readonly type?: string;
  readonly amount?: string;
  readonly received?: string;
  readonly request?: string;
  readonly fee?: string;
  readonly share?: string;
  readonly title?: string;
  readonly time?: string;
}
const rowOf = ({
  order = REFERENCE,
  type = '交易',
  amount = '88.05',
  received = amount,
  request = '',
  fee = '-0.53',
  share = '0.00',
  title = '茶',
  time = '2026-12-01 12:00:00',
}: Row): string =>
  `${TRADE}\t,${order}\t,${type}\t,${title}\t,${time}\t,${time}\t,\t,\t,\t,\t,买家\t,${amount},${received},0.00,0.00,0.00,0.00,0.00,,0.00,0.00,${request}\t,${fee},${share},`;
const fileOf = (rows: readonly Row[], end: readonly string[] = [`${MARK}结束------`]): string =>
  ['#支付宝业务明细查询', `#账号：[${SELLER}]`, `${MARK}------`, HEADER, ...rows.map(rowOf), ...end, ''].join('\r\n');
const zipped = (text: string): Buffer => zipOf(text, SELLER, DATE);

const LINE = {
  currency: 'cny',
  netCurrency: 'cny',
  handles: { trade_no: TRADE },
  occurredMs: Date.UTC(2026, 11, 1, 4),
};

describe('a statement', () => {
  it('has a line per payment and refund, with our references and in fen', async () => {
    const refund = { type: '退款', amount: '-8.05', request: REFUND, fee: '0.05' };

    expect(await read(zipped(fileOf([{}, refund])))).toEqual([
      {
        ...LINE,
        type: 'payment',
        id: `payment-${TRADE}`,
        ourReference: REFERENCE,
        gross: 8_805n,
        fee: '0.53',
        net: 8_752n,
        at: { line: 5 },
      },
      {
        ...LINE,
        type: 'refund',
        id: `refund-${TRADE}-${REFUND}`,
        ourReference: REFUND,
        gross: -805n,
        fee: '-0.05',
        net: -800n,
        at: { line: 6 },
      },
    ]);
  });

  it('has the direction of its type, whatever the signs in the file are', async () => {
    const signs = [
      { type: '退款', amount: '8.05', request: REFUND, fee: '-0.05' },
      { type: '退款', amount: '-8.05', request: REFUND, fee: '0.05' },
    ];
    const [one, other] = await read(zipped(fileOf(signs)));

    expect([one?.gross, one?.fee, one?.net]).toEqual([-805n, '-0.05', -800n]);
    expect([other?.gross, other?.fee, other?.net]).toEqual([-805n, '-0.05', -800n]);
  });

  it('keeps the digits of a fee that is not in fen, and rounds the net', async () => {
    const [line] = await read(zipped(fileOf([{ amount: '1.00', fee: '-0.00600' }])));

    expect([line?.fee, line?.net]).toEqual(['0.00600', 99n]);
  });

  it('has what was given away or shared as a line of its own', async () => {
    const lines = await read(zipped(fileOf([{ received: '80.05', share: '-1.00' }])));

    expect(lines[0]).toMatchObject({ type: 'payment', gross: 8_805n, net: 8_752n });
    expect(lines[1]).toMatchObject({
      type: 'adjustment',
      id: `adjustment-payment-${TRADE}`,
      gross: -900n,
      fee: '0.00',
      net: -900n,
    });
  });

  it('names a capture by its payment, and leaves what was made elsewhere without our reference', async () => {
    const lines = await read(
      zipped(fileOf([{ order: `${REFERENCE}_2` }, { order: 'shop-17' }, { type: '退款', request: 'by hand' }])),
    );

    expect(lines.map(({ ourReference }) => ourReference)).toEqual([REFERENCE, undefined, undefined]);
  });

  it('is read in parts of any size, and with quotes and commas in its texts', async () => {
    const zip = zipped(fileOf([{ title: '"茶, 绿"' }, { type: '退款', request: REFUND, title: '5" 茶' }]));

    const [whole, bytewise] = [await read(zip, 1_000_000), await read(zip, 1)];

    expect(whole).toHaveLength(2);
    expect(bytewise).toEqual(whole);
  });

  it('finds its columns by name, in any order and with other brackets', async () => {
    const lines = fileOf([{}]).split('\r\n');
    const turned = lines.map((line, index) =>
      index === 3 || index === 4
        ? line.replaceAll('（', '(').replaceAll('）', ')').split(',').reverse().join(',')
        : line,
    );

    expect(await read(zipped(turned.join('\r\n')))).toMatchObject([{ gross: 8_805n, ourReference: REFERENCE }]);
  });
});

describe('a statement is refused', () => {
  it.each([
    ['without its end', fileOf([{}], []), 'line 5: the end is missing'],
    [
      'whose end counts another number',
      fileOf([{}], [`${MARK}结束`, '#交易合计：2笔，商家实收共88.05元']),
      'line 7: the end counts 2 rows',
    ],
    ['with a row behind its end', fileOf([{}], [`${MARK}结束`, rowOf({})]), 'line 7: a row behind the end'],
    ['with another kind of row', fileOf([{ type: '转账' }]), 'line 5, 业务类型: not a payment or a refund'],
    ['with an amount in parts of a fen', fileOf([{ amount: '1.001' }]), 'line 5, 订单金额(元): not an amount in fen'],
    ['with an amount that is none', fileOf([{ fee: '1e3' }]), 'line 5, 服务费(元): not an amount'],
    ['with a time that is none', fileOf([{ time: '2026-13-01 12:00:00' }]), 'line 5, 完成时间: not a time'],
    ['without a column', fileOf([{}]).replace('服务费', '其他费'), 'line 4, 服务费(元): not the header'],
  ])('%s', async (_, text, message) => {
    await expect(read(zipped(text))).rejects.toThrow(message);
  });

  it('that is no zip, has no file of details, has two, or was cut off', async () => {
    const file = gbk(fileOf([{}]));
    await expect(read(file)).rejects.toThrow('no whole file of details');
    await expect(read(Buffer.from(zipSync({ 'summary.txt': file })))).rejects.toThrow('no whole file of details');
    await expect(read(Buffer.from(zipSync({ '1.csv': file, '2.csv': file })))).rejects.toThrow('two files of details');
    await expect(read(Buffer.from(zipSync({ '1.csv': Buffer.from(fileOf([{ title: '茶€' }])) })))).rejects.toThrow(
      'line 0',
    );
    const whole = zipped(fileOf(Array.from({ length: 50 }, () => ({}))));
    await expect(read(whole.subarray(0, Math.floor(whole.length / 3)))).rejects.toThrow(/line \d+/);
  });
});

describe('a day', async () => {
  const under = await alipayUnderTest({ products: ['qr'] });
  afterAll(() => under.close());
  const deps = {
    http: httpClient,
    nowMs: () => under.clock.nowMs(),
    credentials: async (_: unknown, schema: { parse: (value: unknown) => never }) => schema.parse(under.credentials),
    callbackUrl: () => CALLBACK_URL,
    baseUrl: under.simulator.baseUrl,
  };
  const order = {
    reference: under.reference(1),
    account: under.account,
    createdMs: under.clock.nowMs(),
    amount: 10_000n,
    currency: cny,
    capture: true,
    instrument: { kind: 'wallet', type: 'alipay' },
    offSession: false,
    expiresMs: under.clock.nowMs() + 3_600_000,
  } as const;

  it('without trades has no statement', async () => {
    expect(await fetchAlipayStatement(deps as never, under.account, '2027-01-15')).toBeUndefined();
  });

  it('has what the books have: the simulator’s payment and its refund', async () => {
    const placed = await under.channel.authorize(order);
    if (placed.kind !== 'requires_action') throw new Error(placed.kind);
    await under.payer(placed.action, 'approve');
    const refund = { reference: under.reference(0), payment: order.reference, account: under.account };
    await under.channel.refund({ ...refund, createdMs: under.clock.nowMs(), amount: 2_500n, currency: cny });

    const bytes = await fetchAlipayStatement(deps as never, under.account, '2027-01-15');

    const lines = await read(bytes!);
    expect(lines.map(({ type, ourReference, gross, fee, net }) => [type, ourReference, gross, fee, net])).toEqual([
      ['payment', order.reference, 10_000n, '0.60', 9_940n],
      ['refund', refund.reference, -2_500n, '-0.15', -2_485n],
    ]);
    expect(detailsOf([], SELLER, DATE)).toContain('#交易合计：0笔');
  });

  it('is fetched from Alipay alone, and by HTTPS', async () => {
    const asked: string[] = [];
    const { baseUrl, ...own } = deps;
    const elsewhere = {
      ...own,
      http: (sent: HttpRequest) => {
        asked.push(sent.url);
        const { pathname, search } = new URL(sent.url);
        return httpClient({ ...sent, url: `${baseUrl}${pathname}${search}` });
      },
    };
    const addressOf = async (billsAt: string): Promise<string | undefined> => {
      under.simulator.faults.billsAt = billsAt;
      asked.length = 0;
      await fetchAlipayStatement(elsewhere as never, under.account, '2027-01-15').catch((error: Error) =>
        asked.push(error.message),
      );
      return asked[1];
    };

    const own443 = 'https://dwbillcenter.alipay.com/bills/2027-01-15';
    expect(await addressOf('https://dwbillcenter.alipay.com')).toBe(own443);
    expect(await addressOf('http://dwbillcenter.alipay.com')).toBe(own443);
    for (const other of [
      'http://169.254.169.254',
      baseUrl,
      'https://alipay.com.example.org',
      'https://notalipay.com',
      'https://dwbillcenter.alipay.com:8443',
      'https://user@dwbillcenter.alipay.com',
      'file:///dwbillcenter.alipay.com',
    ])
      expect([other, await addressOf(other)]).toEqual([other, 'the statement is not at Alipay']);
    under.simulator.faults.billsAt = 'http://169.254.169.254';
    await expect(fetchAlipayStatement(deps as never, under.account, '2027-01-15')).rejects.toThrow('not at Alipay');
    delete under.simulator.faults.billsAt;
  });

  it('that is not over yet, and a gateway that is down, are errors', async () => {
    under.simulator.faults.refuses.set('alipay.data.dataservice.bill.downloadurl.query', 'isp.bill_not_exist');
    await expect(fetchAlipayStatement(deps as never, under.account, DATE)).rejects.toThrow('isp.bill_not_exist');
    under.simulator.faults.isDown = true;
    await expect(fetchAlipayStatement(deps as never, under.account, DATE)).rejects.toThrow('Alipay gave no statement');
  });
});

it('a statement is read no faster than its lines are taken, so a large one needs no more memory', async () => {
  const digest = (index: number): string => createHash('sha256').update(String(index)).digest('base64');
  const rows = Array.from({ length: 5_000 }, (_, index) => ({ title: digest(index) }));
  const zip = zipped(fileOf(rows));
  let [pulled, count] = [0, 0];
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const part of inParts(zip, 4_096)) {
      pulled += part.length;
      yield part;
    }
  }

  for await (const _ of parseAlipayStatement(counted())) {
    count += 1;
    // Never more ahead than a few parts and the rows in them.
    if (count === 1 || count === 2_500) expect(pulled / zip.length - count / rows.length).toBeLessThan(0.3);
  }

  expect([count, pulled]).toEqual([5_000, zip.length]);
});
