/** Which channels have statements, and how they are read. A parser is loaded when a statement of its channel is read: no other function holds it. */
import { named } from './port/by-name.ts';
import type { FetchStatement, ParseStatement } from './port/statement.ts';
import { at, type ChannelsDeps } from './registry.ts';
import { loadSandbox } from './sandbox/load.ts';

const PARSERS: Readonly<Record<string, () => Promise<ParseStatement>>> = {
  sandbox: async () => (await import('./sandbox/statement.ts')).parseSandboxStatement,
  stripe: async () => (await import('./stripe/statement.ts')).parseStatement,
  alipay: async () => (await import('./alipay/statement.ts')).parseAlipayStatement,
  wechatpay: async () => (await import('./wechatpay/statement.ts')).parseWechatpayStatement,
};

/** Loads the parser of a channel's statements; undefined for a channel that has none. */
export const statementParserOf = (channel: string): (() => Promise<ParseStatement>) | undefined =>
  named(PARSERS, channel);

const FETCHERS: Readonly<Record<string, (deps: ChannelsDeps) => Promise<FetchStatement>>> = {
  sandbox: async (deps) => (await loadSandbox(deps)).statements,
  async stripe(deps) {
    const { fetchStatement } = await import('./stripe/statement.ts');
    return (account, date) => fetchStatement(at('stripe', deps), account, date);
  },
  async alipay(deps) {
    const { fetchAlipayStatement } = await import('./alipay/statement.ts');
    return async function* statement(account, date) {
      const bytes = await fetchAlipayStatement(at('alipay', deps), account, date);
      if (bytes) yield bytes;
    };
  },
  async wechatpay(deps) {
    const { wechatpayStatements } = await import('./wechatpay/bills.ts');
    return wechatpayStatements(at('wechatpay', deps));
  },
};

/** Loads how a channel's statements are fetched; undefined for a channel of which an operator names a file. */
export const statementFetcherOf =
  (deps: ChannelsDeps) =>
  (channel: string): (() => Promise<FetchStatement>) | undefined => {
    const fetcher = named(FETCHERS, channel);
    return fetcher && (() => fetcher(deps));
  };
