/** The channels whose statements are read: each has a parser, and one that is fetched by day. */
import { expect, it } from 'vitest';
import { CHANNELS } from '../../../functions/channels/capabilities.ts';
import { StatementUnavailable } from '../../../functions/channels/port/statement.ts';
import { statementFetcherOf, statementParserOf } from '../../../functions/channels/statements.ts';

const unused = () => Promise.reject(new Error('unused'));
const fetcher = statementFetcherOf({
  http: unused,
  credentials: unused,
  nowMs: () => 0,
  random: () => 'a',
  callbackUrl: () => '',
  sandboxUrl: '',
});

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

it.each(CHANNELS)('%s: statements are fetched and read', async (channel) => {
  expect(await statementParserOf(channel)!()).toBeTypeOf('function');
  expect(await fetcher(channel)!()).toBeTypeOf('function');
});

it.each(['stripe', 'alipay', 'wechatpay'])('%s: a day on which nothing happened has no lines', async (channel) => {
  const parse = await statementParserOf(channel)!();
  const lines: unknown[] = [];
  for await (const line of parse(nothing())) lines.push(line);
  expect(lines).toEqual([]);
});

it.each(['stripe', 'wechatpay'])(
  '%s: a day that is not over has no statement yet, and an operator reads why',
  async (channel) => {
    const fetch = await fetcher(channel)!();
    const read = async () => {
      for await (const _ of fetch({ channel, account: 'cha_1' }, '2026-12-01'));
    };

    await expect(read()).rejects.toThrow(StatementUnavailable);
    await expect(read()).rejects.toThrow('2026-12-01');
  },
);

it('another name has neither', () => {
  for (const name of ['constructor', 'none']) {
    expect(statementParserOf(name)).toBeUndefined();
    expect(fetcher(name)).toBeUndefined();
  }
});
