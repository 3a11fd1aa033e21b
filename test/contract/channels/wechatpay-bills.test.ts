/** The bills of a day at WeChat Pay: fetched, compared with their hash, and read as a statement that adds up to what went to the bank. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Formatter } from 'wechatpay-axios-plugin';
import * as z from 'zod/mini';
import type { StatementLine } from '../../../functions/channels/port/statement.ts';
import { wechatpayStatements } from '../../../functions/channels/wechatpay/bills.ts';
import { parseWechatpayStatement } from '../../../functions/channels/wechatpay/statement.ts';
import { systemRandom } from '../../../functions/kernel/clock.ts';
import { type HttpAnswer, httpClient } from '../../../functions/kernel/http-client.ts';
import { credentialsFor } from '../../simulators/wechatpay/running.ts';
import { wechatpaySteps } from '../../simulators/wechatpay/steps.ts';
import {
  ACCOUNT,
  CALLBACK_URL,
  parties,
  type WechatpayUnderTest,
  wechatpayUnderTest,
} from '../../simulators/wechatpay/under-test.ts';

let test: WechatpayUnderTest;
beforeEach(async () => {
  test = await wechatpayUnderTest();
});
afterEach(() => test.close());

const { request, paid, refundOf } = wechatpaySteps(() => test);
const DAY = '2026-12-01';
const DAY_MS = 86_400_000;

/** `changed`: what becomes of each answer on its way. */
function statementOf(
  date: string,
  changed: (answer: HttpAnswer, url: string) => HttpAnswer = (answer) => answer,
  baseUrl: string = test.simulator.url,
) {
  const stored = credentialsFor(parties());
  const fetched = wechatpayStatements({
    http: async (sent) => changed(await httpClient(sent), sent.url),
    nowMs: () => test.clock.nowMs(),
    random: systemRandom,
    baseUrl,
    callbackUrl: () => CALLBACK_URL,
    credentials: async (_, schema) => z.parse(schema, stored),
  });
  return fetched(ACCOUNT, date);
}
async function linesOf(bytes: AsyncIterable<Uint8Array>): Promise<readonly StatementLine[]> {
  const lines: StatementLine[] = [];
  for await (const line of parseWechatpayStatement(bytes)) lines.push(line);
  return lines;
}
async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Three payments, two refunds of parts, and one that is not paid. */
async function business() {
  const orders = [await paid(), await paid(), await paid()] as const;
  await test.channel.authorize(request());
  const refunds = [refundOf(orders[0], 1_000n), refundOf(orders[0], 333n)] as const;
  for (const refund of refunds) await test.channel.refund(refund);
  return { orders, refunds };
}

describe('the bills of a day', () => {
  it('are its payments and refunds with their references, and sum to what was sent to the bank', async () => {
    const { orders, refunds } = await business();
    test.clock.move(60_000);
    const withdrawn = test.simulator.controls.withdraw();
    test.clock.move(DAY_MS);

    const lines = await linesOf(statementOf(DAY));

    expect(lines.map(({ type, ourReference, gross, fee, net }) => [type, ourReference, gross, fee, net])).toEqual([
      ...orders.map(({ reference }) => ['payment', reference, 3_000n, '0.18000', 2_982n]),
      ['refund', refunds[0].reference, -1_000n, '-0.06000', -994n],
      ['refund', refunds[1].reference, -333n, '-0.01998', -331n],
      ['payout', undefined, BigInt(-withdrawn), '0.00', BigInt(-withdrawn)],
    ]);
    expect(lines.reduce((sum, { net }) => sum + net, 0n)).toBe(0n);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  });

  it('are read alike by WeChat Pay’s own SDK', async () => {
    await business();
    test.clock.move(DAY_MS);

    const text = await textOf(statementOf(DAY));

    const [trade = ''] = text.split('记账时间');
    const { rows, summary } = Formatter.castCsvBill(Buffer.from(trade)) as unknown as {
      rows: readonly Record<string, string>[];
      summary: Record<string, string>;
    };
    const lines = (await linesOf(statementOf(DAY))).filter(({ type }) => type === 'payment' || type === 'refund');
    expect(rows.map((row) => [row.手续费, row.交易状态 === 'SUCCESS' ? row.商户订单号 : row.商户退款单号])).toEqual(
      lines.map(({ fee, ourReference }) => [fee, ourReference]),
    );
    expect(summary).toMatchObject({ 总交易单数: '5', 订单总金额: '90.00', 申请退款总金额: '13.33' });
  });

  it('are nothing for a day without payments', async () => {
    test.clock.move(3 * DAY_MS);
    expect(await linesOf(statementOf('2026-12-02'))).toEqual([]);
    test.simulator.controls.next(
      { status: 400, code: 'NO_STATEMENT_EXIST' },
      { status: 400, code: 'NOSTATEMENTEXIST' },
    );
    expect(await linesOf(statementOf(DAY))).toEqual([]);
  });

  it('are refused where the file is not the one that the hash names, and cut off before their end', async () => {
    await business();
    test.clock.move(DAY_MS);
    const tampered = (answer: HttpAnswer, url: string): HttpAnswer =>
      url.includes('/billdownload/') ? { ...answer, body: answer.body.subarray(0, -9) } : answer;

    await expect(textOf(statementOf(DAY, tampered))).rejects.toThrow('not a whole gzip file');
    // The hash is signed: a changed one is not believed.
    const renamed = (answer: HttpAnswer): HttpAnswer => ({
      ...answer,
      body: Buffer.from(answer.body.toString('latin1').replace(/[0-9a-f]{40}/, 'a'.repeat(40)), 'latin1'),
    });
    await expect(textOf(statementOf(DAY, renamed))).rejects.toThrow('without a good signature');
  });

  it('are not asked of another host, which would get a signature of ours', async () => {
    test.clock.move(DAY_MS);
    const elsewhere = test.simulator.url.replace('127.0.0.1', 'localhost');

    await expect(textOf(statementOf(DAY, undefined, elsewhere))).rejects.toThrow('another host');
  });

  it('are refused where another file is in the place of theirs', async () => {
    await business();
    test.clock.move(DAY_MS);
    const files: Buffer[] = [];
    const swapped = (answer: HttpAnswer, url: string): HttpAnswer => {
      if (!url.includes('/billdownload/')) return answer;
      files.push(answer.body);
      return files.length === 2 ? { ...answer, body: files[0]! } : answer;
    };

    await expect(textOf(statementOf(DAY, swapped))).rejects.toThrow('not the one that WeChat Pay has signed');
  });

  it('are an error where there are none yet, or WeChat Pay does not answer', async () => {
    for (const early of [DAY, '2026-13-01', 'yesterday'])
      await expect(textOf(statementOf(early))).rejects.toThrow("ten o'clock");
    test.clock.move(21 * 3_600_000 + 3_599_999);
    await expect(textOf(statementOf(DAY))).rejects.toThrow("ten o'clock");
    test.clock.move(1);
    test.simulator.controls.next({ status: 400, code: 'STATEMENT_CREATING' });
    await expect(textOf(statementOf(DAY))).rejects.toThrow('STATEMENT_CREATING');
    test.simulator.controls.set({ down: true });
    await expect(textOf(statementOf(DAY))).rejects.toThrow('gave no bill');
  });
});
