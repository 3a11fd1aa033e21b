/** The sandbox, an account at it and our client to it, with requests that a test only has to vary. */
import type { ClearCard } from '../../functions/channels/port/card.ts';
import type { WalletType } from '../../functions/channels/port/instrument.ts';
import type {
  AttemptOutcome,
  AuthorizeRequest,
  ChannelAccount,
  FollowUp,
  RefundRequest,
} from '../../functions/channels/port/port.ts';
import { type SandboxChannel, sandboxChannel } from '../../functions/channels/sandbox/client.ts';
import { sandboxControls, type TestControls } from '../../functions/channels/sandbox/controls.ts';
import { systemRandom } from '../../functions/kernel/clock.ts';
import { type HttpAnswer, type HttpClient, httpClient } from '../../functions/kernel/http-client.ts';
import { type ChannelReference, channelReference, newObjectKey, type Scope } from '../../functions/kernel/ids.ts';
import type { Currency } from '../../functions/kernel/money.ts';
import type { OpenedAccount } from '../../functions/sandbox/account.ts';
import type { Timings } from '../../functions/sandbox/behavior.ts';
import type { Table } from '../../functions/table/table.ts';
import { type HandClock, handClock, type SandboxServer, startSandbox } from './sandbox-server.ts';

export const SCOPE = 'Scope001' as Scope;
export const USD = 'usd' as Currency;

export interface SandboxFixture {
  readonly sandbox: SandboxServer;
  readonly clock: HandClock;
  readonly opened: OpenedAccount;
  readonly account: ChannelAccount;
  readonly channel: SandboxChannel;
  readonly controls: TestControls;
  /** A request over 1,000 of this test id. */
  readonly request: (token: string, changes?: Partial<AuthorizeRequest>) => AuthorizeRequest;
  readonly followUp: (authorized: AuthorizeRequest, operation?: number) => FollowUp;
  /** A request over 1,000 at this wallet, which its payer has an hour to pay. */
  readonly order: (type: WalletType, changes?: Partial<AuthorizeRequest>) => AuthorizeRequest;
  /** Places the order where that is not done yet, and the payer opens its page and presses the button. */
  readonly payer: (order: AuthorizeRequest, result: string) => Promise<HttpAnswer>;
  readonly refundOf: (captured: AuthorizeRequest, amount: bigint) => RefundRequest;
}

export async function sandboxFixture(
  table: Table,
  timings: Partial<Timings> = {},
  http: HttpClient = httpClient,
): Promise<SandboxFixture> {
  const clock = handClock();
  const sandbox = await startSandbox({ table, clock, random: systemRandom, timings });
  const opened = await sandbox.open();
  const account = { channel: 'sandbox', account: opened.account };
  const reference = (ordinal: number): ChannelReference =>
    channelReference(SCOPE, newObjectKey(clock.nowMs(), systemRandom), ordinal);
  const wire = { http, baseUrl: sandbox.url, apiKey: async () => opened.apiKey };
  const channel = sandboxChannel(wire);
  const request: SandboxFixture['request'] = (token, changes = {}) => ({
    reference: reference(1),
    account,
    createdMs: clock.nowMs(),
    amount: 1000n,
    currency: USD,
    capture: true,
    instrument: { kind: 'test', token },
    offSession: false,
    ...changes,
  });
  return {
    sandbox,
    clock,
    opened,
    account,
    channel,
    controls: sandboxControls(wire),
    request,
    order: (type, changes = {}) =>
      request('', { instrument: { kind: 'wallet', type }, expiresMs: clock.nowMs() + 3_600_000, ...changes }),
    async payer(order, result) {
      const outcome = await channel.authorize(order);
      const url = addressOf(outcome);
      await httpClient({ method: 'GET', url, timeoutMs: 30_000 });
      return press(url, result);
    },
    followUp: ({ reference, createdMs }, operation = 1) => ({
      reference,
      account,
      createdMs,
      operation,
      sentMs: clock.nowMs(),
      currency: USD,
    }),
    refundOf: (captured, amount) => ({
      reference: reference(0),
      payment: captured.reference,
      account,
      createdMs: clock.nowMs(),
      amount,
      currency: USD,
    }),
  };
}

/** Where the payer of an order goes, or what their phone scans. */
export function addressOf(outcome: AttemptOutcome): string {
  const action = outcome.kind === 'requires_action' ? outcome.action : undefined;
  if (action?.kind === 'redirect') return action.url;
  if (action?.kind === 'qr_code') return action.data;
  throw new Error(`no address but ${outcome.kind}`);
}

/** A browser posts a form. */
export const postForm = (url: string, body: string): Promise<HttpAnswer> =>
  httpClient({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    timeoutMs: 30_000,
  });

/** The payer presses a button of the page. */
export const press = (url: string, result: string): Promise<HttpAnswer> => postForm(url, `result=${result}`);

/** A card as the vault would have it. */
export const clearCard = (number: string, changes: Partial<ClearCard> = {}): ClearCard => ({
  number,
  expMonth: 12,
  expYear: 2034,
  cvc: '123',
  ...changes,
});
