/** The sandbox, an account at it and our client to it, with requests that a test only has to vary. */
import type { CardChannel, ClearCard } from '../../functions/channels/port/card.ts';
import type { AuthorizeRequest, ChannelAccount, FollowUp, RefundRequest } from '../../functions/channels/port/port.ts';
import { sandboxChannel } from '../../functions/channels/sandbox/client.ts';
import { systemRandom } from '../../functions/kernel/clock.ts';
import { type HttpClient, httpClient } from '../../functions/kernel/http-client.ts';
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
  readonly channel: CardChannel;
  /** A request over 1,000 of this test id. */
  readonly request: (token: string, changes?: Partial<AuthorizeRequest>) => AuthorizeRequest;
  readonly followUp: (authorized: AuthorizeRequest, operation?: number) => FollowUp;
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
  return {
    sandbox,
    clock,
    opened,
    account,
    channel: sandboxChannel({ http, baseUrl: sandbox.url, apiKey: async () => opened.apiKey }),
    request: (token, changes = {}) => ({
      reference: reference(1),
      account,
      amount: 1000n,
      currency: USD,
      capture: true,
      instrument: { kind: 'test', token },
      offSession: false,
      ...changes,
    }),
    followUp: (authorized, operation = 1) => ({ reference: authorized.reference, account, operation, currency: USD }),
    refundOf: (captured, amount) => ({
      reference: reference(0),
      payment: captured.reference,
      account,
      amount,
      currency: USD,
    }),
  };
}

/** A card as the vault would have it. */
export const clearCard = (number: string, changes: Partial<ClearCard> = {}): ClearCard => ({
  number,
  expMonth: 12,
  expYear: 2034,
  cvc: '123',
  ...changes,
});
