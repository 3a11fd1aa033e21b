/** Which account carries a payment: the order of the program, what its channels can do, and which of them refused to take it. */
import { describe, expect, it } from 'vitest';
import type { Instruments } from '../../../functions/channels/port/capabilities.ts';
import type { WalletClient } from '../../../functions/channels/port/instrument.ts';
import type { ChannelAccount } from '../../../functions/channels/port/port.ts';
import {
  accountFor,
  capabilitiesFor,
  route,
  routeFor,
  type Wanted,
} from '../../../functions/channels/routing/routing.ts';
import type { ConnectedAccount } from '../../../functions/merchants/accounts.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';

const CARDS: Instruments = { card: { currencies: 'all', capture: 'later' }, wallets: {} };
/** Takes euros only, from 1.00 to 500.00, and holds nothing. */
const EUROS: Instruments = {
  card: { currencies: ['eur'], amounts: { eur: { least: 100n, greatest: 50_000n } }, capture: 'at_once' },
  wallets: { alipay: { currencies: ['cny'], capture: 'at_once', needsPayer: true } },
};
const at = (channel: string): ChannelAccount => ({ channel, account: 'a1' });
const euros = { account: at('euros'), capabilities: EUROS };
const cards = { account: at('cards'), capabilities: CARDS };
const wanted: Wanted = { type: 'card', amount: 1_000n, currency: 'eur', held: false };

const CHANNELS: Readonly<Record<string, Instruments>> = { cards: CARDS, euros: EUROS };
const channels = { channel: (name: string) => ({ capabilities: CHANNELS[name]! }) };
const merchant = (...names: readonly (string | ConnectedAccount)[]) => ({
  settings: {
    accounts: names.map((name) => (typeof name === 'string' ? at(name) : name)),
  } as unknown as Settings,
});

describe('route', () => {
  it('keeps the order of the program', () => {
    expect(route([euros, cards], wanted)).toEqual({ accounts: [at('euros'), at('cards')], why: [] });
    expect(route([cards, euros], wanted).accounts).toEqual([at('cards'), at('euros')]);
    expect(route([], wanted)).toEqual({ accounts: [], why: [] });
  });

  it.each([
    ['method', { type: 'paypal' }, ['cards', 'euros']],
    ['method', { type: 'alipay', currency: 'cny' }, ['cards']],
    ['currency', { currency: 'usd' }, ['euros']],
    ['amount', { amount: 99n }, ['euros']],
    ['amount', { amount: 50_001n }, ['euros']],
    ['capture', { held: true }, ['euros']],
    ['client', { client: 'ios' }, ['cards', 'euros']],
  ] as const)('leaves an account out for its %s', (reason, changes, leftOut) => {
    const { accounts, why } = route([cards, euros], { ...wanted, ...changes });

    expect(why).toEqual(leftOut.map((name) => `${name}/a1 ${reason}`));
    expect(accounts).toEqual(
      ['cards', 'euros'].filter((name) => !(leftOut as readonly string[]).includes(name)).map(at),
    );
  });

  it('leaves an account out that holds nothing although its channel can', () => {
    const limited: ConnectedAccount = { ...at('cards'), atOnce: true };

    expect(route([{ ...cards, account: limited }], { ...wanted, held: true })).toEqual({
      accounts: [],
      why: ['cards/a1 capture'],
    });
    expect(route([{ ...cards, account: limited }], wanted).accounts).toEqual([at('cards')]);
    expect(capabilitiesFor(channels, merchant(limited)).card).toEqual({ currencies: 'all', capture: 'at_once' });
    const other: ConnectedAccount = { channel: 'cards', account: 'a2' };
    expect(capabilitiesFor(channels, merchant(limited, other)).card?.capture).toBe('later');
  });

  it('takes the least and the greatest amount, and verifies a card with none', () => {
    for (const amount of [0n, 100n, 50_000n])
      expect(route([euros], { ...wanted, amount }).accounts).toEqual([at('euros')]);
  });

  it('leaves out an account that did not accept the payment, and no other of its channel', () => {
    const other = { ...cards, account: { channel: 'cards', account: 'a2' } };

    expect(route([cards, other, euros], wanted, [at('cards')])).toEqual({
      accounts: [other.account, at('euros')],
      why: ['cards/a1 not_accepted'],
    });
  });
});

describe('switches', () => {
  const switchedTo = (changes: Omit<ConnectedAccount, 'channel' | 'account'>) => ({
    ...cards,
    account: { ...cards.account, ...changes },
  });

  it.each([
    ['disabled', { disabled: true }],
    ['method_disabled', { methods: { except: ['card'] } }],
    ['method_disabled', { methods: { only: ['alipay'] } }],
    ['currency_disabled', { currencies: { except: ['eur'] } }],
    ['currency_disabled', { currencies: { only: ['usd', 'gbp'] } }],
  ] as const)('leave an account out as %s by %j', (reason, changes) => {
    expect(route([switchedTo(changes), euros], wanted)).toEqual({
      accounts: [at('euros')],
      why: [`cards/a1 ${reason}`],
    });
  });

  it('let through what they do not name, and the route names the account without them', () => {
    const one = switchedTo({ methods: { only: ['card'] }, currencies: { except: ['usd'] } });

    expect(route([one], wanted)).toEqual({ accounts: [at('cards')], why: [] });
  });

  it('leave nothing to a merchant whose only account is disabled', () => {
    const alone = merchant({ ...at('euros'), disabled: true });

    expect(capabilitiesFor(channels, alone)).toEqual({ wallets: {} });
    expect(() => accountFor(channels, alone, wanted)).toThrow('No channel of this account takes a payment');
  });

  it('narrow what the merchant can offer, account by account', () => {
    const noCards = { ...at('euros'), methods: { except: ['card'] } } as const;
    const dollars = { ...at('cards'), currencies: { only: ['usd'] } } as const;

    expect(capabilitiesFor(channels, merchant(noCards))).toEqual({ wallets: EUROS.wallets });
    expect(capabilitiesFor(channels, merchant(dollars))).toEqual({
      card: { currencies: ['usd'], capture: 'later' },
      wallets: {},
    });
    expect(capabilitiesFor(channels, merchant(dollars, noCards))).toEqual({
      card: { currencies: ['usd'], capture: 'later' },
      wallets: EUROS.wallets,
    });
    expect(capabilitiesFor(channels, merchant({ ...at('euros'), currencies: { except: ['eur'] } }))).toEqual({
      wallets: EUROS.wallets,
    });
    expect(
      capabilitiesFor(channels, merchant({ ...at('cards'), currencies: { except: ['usd'] } })).card?.currencies,
    ).toEqual(expect.not.arrayContaining(['usd']));
  });
});

describe('the account of an attempt', () => {
  it('is the first that can carry it, with the reason against each other', () => {
    expect(accountFor(channels, merchant('euros', 'cards'), { ...wanted, currency: 'usd' })).toEqual({
      channel: at('cards'),
      why: ['euros/a1 currency'],
    });
    expect(routeFor(channels, merchant('cards', 'euros'), wanted, [at('cards')]).accounts).toEqual([at('euros')]);
  });

  it('is refused where there is none, and where none can carry it', () => {
    expect(() => accountFor(channels, merchant(), wanted)).toThrow(/No live channel is configured/);
    expect(() => accountFor(channels, merchant('euros'), { ...wanted, currency: 'usd' })).toThrow(
      'No channel of this account takes a payment of 1000 usd with card.',
    );
    const onIos = { ...wanted, type: 'alipay', currency: 'cny', client: 'ios' } as const;
    expect(() => accountFor(channels, merchant('euros'), onIos)).toThrow(
      'No channel of this account takes a payment of 1000 cny with alipay on the client `ios`.',
    );
  });
});

describe('the capabilities of a merchant', () => {
  it('are those of the only channel, however many accounts it has', () => {
    expect(capabilitiesFor(channels, merchant('euros', 'euros'))).toBe(EUROS);
    expect(capabilitiesFor(channels, merchant())).toEqual({ wallets: {} });
  });

  it('are what at least one channel can do', () => {
    for (const names of [
      ['cards', 'euros'],
      ['euros', 'cards'],
    ]) {
      expect(capabilitiesFor(channels, merchant(...names))).toEqual({
        card: { currencies: 'all', capture: 'later', amounts: { eur: {} } },
        wallets: { alipay: EUROS.wallets.alipay },
      });
    }
  });

  it('have the clients of both', () => {
    const of = (clients?: readonly WalletClient[]): Instruments => ({
      wallets: { alipay: { currencies: ['cny'], capture: 'at_once', ...(clients && { clients }) } },
    });
    const both = (one: Instruments, other: Instruments) => {
      const channel = (name: string) => ({ capabilities: name === 'euros' ? one : other });
      return capabilitiesFor({ channel }, merchant('euros', 'others')).wallets.alipay?.clients;
    };

    expect(both(of(['ios']), of(['ios', 'android']))).toEqual(['ios', 'android']);
    expect(both(of(), of(['android']))).toEqual(['web', 'android']);
    expect(both(of(), of())).toBeUndefined();
  });

  it('have the wider limits of a currency that both take, and those of the only channel that takes it', () => {
    const dollars = {
      card: {
        currencies: ['usd', 'eur', 'jpy'],
        amounts: { usd: { least: 50n, greatest: 900n }, eur: { least: 50n, greatest: 900n }, jpy: { least: 7n } },
        capture: 'at_once',
      },
      wallets: {},
    } satisfies Instruments;
    const channel = (name: string) => ({ capabilities: name === 'euros' ? EUROS : dollars });

    for (const names of [
      ['euros', 'dollars'],
      ['dollars', 'euros'],
    ])
      expect(capabilitiesFor({ channel }, merchant(...names)).card).toMatchObject({
        capture: 'at_once',
        amounts: {
          eur: { least: 50n, greatest: 50_000n },
          usd: { least: 50n, greatest: 900n },
          jpy: { least: 7n },
        },
      });
  });
});
