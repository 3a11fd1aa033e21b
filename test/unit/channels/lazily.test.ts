/** A channel whose client is loaded at its first call: once, and with the members that its capabilities name. */
import { describe, expect, it } from 'vitest';
import type { PayoutOrder } from '../../../functions/channels/port/bank.ts';
import type { CardChannel, ClearCard } from '../../../functions/channels/port/card.ts';
import type { Channel } from '../../../functions/channels/port/channel.ts';
import { lazily, lazyBank } from '../../../functions/channels/port/lazily.ts';
import { CAPABILITIES, TIMING } from '../../../functions/channels/sandbox/capabilities.ts';

const described = { capabilities: CAPABILITIES, timing: TIMING };

/** A client that answers each call with the name of the member and what it was given. */
function clientOf(members: readonly string[]): {
  readonly client: Channel;
  readonly loads: () => Promise<Channel>;
  readonly count: () => number;
} {
  let count = 0;
  const answering =
    (name: string) =>
    async (...given: readonly unknown[]) => ({ name, given });
  const client = {
    ...Object.fromEntries(members.map((name) => [name, answering(name)])),
    listing: { retentionMs: 1, list: answering('list') },
  } as unknown as Channel;
  return {
    client,
    loads: async () => {
      count++;
      return client;
    },
    count: () => count,
  };
}

const CALLS = [
  'authorize',
  'capture',
  'increment',
  'resume',
  'close',
  'void',
  'refund',
  'queryAttempt',
  'queryRefund',
  'answerDispute',
] as const;

describe('a channel that is loaded lazily', () => {
  it('is described at once, and loads its client at the first call and once', async () => {
    const { loads, count } = clientOf(CALLS);
    const channel = lazily(described, loads);

    expect([channel.capabilities, channel.timing, count()]).toEqual([CAPABILITIES, TIMING, 0]);
    await Promise.all([channel.authorize({} as never), channel.refund({} as never)]);
    await channel.capture({} as never);
    expect(count()).toBe(1);
  });

  it('passes each call to its client, and the answer back', async () => {
    const channel = lazily(described, clientOf([...CALLS, 'authorizeCard']).loads) as CardChannel;
    const request = { reference: 'r' } as never;

    for (const name of CALLS) expect(await channel[name]!(request)).toEqual({ name, given: [request] });
    const card = { number: '4' } as ClearCard;
    expect(await channel.authorizeCard(request, card)).toEqual({ name: 'authorizeCard', given: [request, card] });
    expect(await channel.listing!.list(request)).toEqual({ name: 'list', given: [request] });
    expect(channel.listing!.retentionMs).toBe(CAPABILITIES.listedMs);
  });

  it('has no member that its capabilities do not name', () => {
    const { card: _, listedMs: __, ...rest } = CAPABILITIES;
    const { paypal: ___, ...wallets } = CAPABILITIES.wallets;
    const channel = lazily(
      {
        capabilities: { ...rest, wallets, recovery: { payment: 'cancel_by_reference', refund: 'resend' } },
        timing: TIMING,
      },
      clientOf(CALLS).loads,
    );

    for (const name of ['authorizeCard', 'listing', 'resume', 'queryAttempt', 'queryRefund'])
      expect(name in channel).toBe(false);
  });

  it('rejects a call whose client cannot be loaded, and loads it for the next one', async () => {
    const { client } = clientOf(CALLS);
    const outcomes = [() => Promise.reject(new Error('no such chunk')), async () => client];
    const channel = lazily(described, () => outcomes.shift()!());

    await expect(channel.refund({} as never)).rejects.toThrow('no such chunk');
    expect(await channel.refund({} as never)).toMatchObject({ name: 'refund' });
  });

  it('so does a bank', async () => {
    let loads = 0;
    const bank = lazyBank(async () => {
      loads++;
      return {
        pay: async ({ reference }) => ({ kind: 'paid', traceId: reference }),
        query: async () => ({ kind: 'not_found' }),
      };
    });
    const order = { reference: 'po_1' } as PayoutOrder;

    expect(loads).toBe(0);
    expect([await bank.pay(order), await bank.query(order), loads]).toEqual([
      { kind: 'paid', traceId: 'po_1' },
      { kind: 'not_found' },
      1,
    ]);
  });
});
