/** Fetches the bills of a day. Their files are not signed: the hash that WeChat Pay has signed is compared with the unpacked bytes. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { ClientDeps } from '../port/client-deps.ts';
import type { ChannelAccount } from '../port/port.ts';
import { StatementUnavailable } from '../port/statement.ts';
import { isCode } from './errors.ts';
import { gunzipped } from './statement.ts';
import { type Gateway, gatewayOf } from './transport.ts';

const link = z.object({
  hash_type: z.literal('SHA1'),
  hash_value: z.string().check(z.regex(/^[0-9A-Fa-f]{40}$/)),
  download_url: z.url(),
});
/** A day of about a million payments, packed. */
const DAY_MS = 86_400_000;
const MAXIMUM_BYTES = 64 * 1024 * 1024;

/**
 * The bills of an account for a day in Shanghai (`2026-12-01`), unpacked: of its trades, and then of what moved its balance. Nothing, where nothing happened. WeChat Pay makes
 * them on the next day, after about ten o'clock, and keeps them for three months.
 * @throws Error where there is none yet, where a file is not the one that WeChat Pay has signed, or where the account or the network is at fault
 */
export const wechatpayStatements = (deps: ClientDeps) =>
  async function* statement(account: ChannelAccount, date: string): AsyncGenerator<Uint8Array, void> {
    // Before that, WeChat Pay says the same as of a day on which nothing happened.
    if (!(deps.nowMs() >= Date.parse(`${date}T10:00:00+08:00`) + DAY_MS))
      throw new StatementUnavailable(`WeChat Pay has the bills of ${date} at ten o'clock on the next day in Shanghai`);
    // Each has its own time, which a large file may use up.
    yield* bill(
      await gatewayOf(deps, new Map(), account),
      `/v3/bill/tradebill?bill_date=${date}&bill_type=ALL&tar_type=GZIP`,
    );
    yield* bill(
      await gatewayOf(deps, new Map(), account),
      `/v3/bill/fundflowbill?bill_date=${date}&account_type=BASIC&tar_type=GZIP`,
    );
  };

async function* bill(gateway: Gateway, target: string): AsyncGenerator<Uint8Array, void> {
  const answer = await gateway.get(target);
  if (answer.kind === 'refused' && isCode(answer.code, 'NO_STATEMENT_EXIST')) return;
  if (answer.kind === 'refused') throw new StatementUnavailable(`WeChat Pay gave no bill: ${answer.code}`);
  if (answer.kind === 'unknown') throw new StatementUnavailable(`WeChat Pay gave no bill: ${answer.reason}`);
  const { hash_value: expected, download_url: url } = z.parse(link, answer.body);
  // The address is good for seconds.
  const packed = await gateway.download(url, MAXIMUM_BYTES);
  const hash = createHash('sha1');
  for await (const part of gunzipped(inOne(packed))) {
    hash.update(part);
    yield part;
  }
  if (hash.digest('hex') !== expected.toLowerCase())
    throw new StatementUnavailable('the bill is not the one that WeChat Pay has signed');
}

async function* inOne(bytes: Buffer): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
