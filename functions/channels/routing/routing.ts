/**
 * Which of a merchant's accounts carries a payment. `route` is pure: the accounts in the order of the merchant's settings, without those that
 * cannot carry it.
 */

import { refused } from '../../api/errors.ts';
import type { Caller } from '../../api/operation.ts';
import { CURRENCIES } from '../../kernel/money.ts';
import { type Choice, type ConnectedAccount, lets } from '../../merchants/accounts.ts';
import {
  type AmountLimits,
  capabilityOf,
  clientsOf,
  type InstrumentCapability,
  type Instruments,
  limitsOf,
  takesCurrency,
} from '../port/capabilities.ts';
import { type MethodType, WALLETS, type WalletClient } from '../port/instrument.ts';
import { type ChannelAccount, sameAccount } from '../port/port.ts';

/** A payment, as far as it decides which account carries it. */
export interface Wanted {
  readonly type: MethodType;
  /** Minor units; 0 verifies a card. */
  readonly amount: bigint;
  readonly currency: string;
  /** It is held first, and captured later. */
  readonly held: boolean;
  /** Where the payer of a wallet is. Absent: `web`. */
  readonly client?: WalletClient | undefined;
}

/** An account with its switches, and what its channel can do. */
export interface Candidate {
  readonly account: ConnectedAccount;
  readonly capabilities: Instruments;
}

/**
 * Why an account does not carry a payment. `not_accepted`: its channel has just refused to take this one. `…disabled`: the operator has switched off the
 * account, or this method or currency of it.
 */
export type LeftOut =
  | 'method'
  | 'currency'
  | 'amount'
  | 'capture'
  | 'client'
  | 'not_accepted'
  | 'disabled'
  | 'method_disabled'
  | 'currency_disabled';

export interface Route {
  /** The first carries the payment. Each next one is tried where the one before it did nothing. */
  readonly accounts: readonly ChannelAccount[];
  /** The accounts that are left out, each as `channel/account reason`. */
  readonly why: readonly string[];
}

/** The accounts that can carry the payment, in the order of the program. `notAccepting`: those that refused to take it. */
export function route(
  program: readonly Candidate[],
  wanted: Wanted,
  notAccepting: readonly ChannelAccount[] = [],
): Route {
  const judged = program.map(({ account, capabilities }) => ({
    // Without its switches: an attempt stores it.
    account: { channel: account.channel, account: account.account },
    leftOut: notAccepting.some((one) => sameAccount(one, account))
      ? 'not_accepted'
      : (switchAgainst(account, wanted) ?? reasonAgainst(capabilities, wanted, account)),
  }));
  return {
    accounts: judged.flatMap(({ account, leftOut }) => (leftOut === undefined ? [account] : [])),
    why: judged.flatMap(({ account: { channel, account }, leftOut }) =>
      leftOut === undefined ? [] : [`${channel}/${account} ${leftOut}`],
    ),
  };
}

function switchAgainst(
  { disabled, methods, currencies }: ConnectedAccount,
  { type, currency }: Wanted,
): LeftOut | undefined {
  if (disabled) return 'disabled';
  if (!lets(methods, type)) return 'method_disabled';
  return lets(currencies, currency) ? undefined : 'currency_disabled';
}

function reasonAgainst(
  capabilities: Instruments,
  { type, amount, currency, held, client = 'web' }: Wanted,
  { atOnce }: ConnectedAccount,
): LeftOut | undefined {
  const capability = capabilityOf(capabilities, type);
  if (!capability) return 'method';
  const { least = 0n, greatest = amount } = limitsOf(capability, currency);
  if (!takesCurrency(capability, currency)) return 'currency';
  if (amount > 0n && (amount < least || amount > greatest)) return 'amount';
  if (held && (atOnce || capability.capture === 'at_once')) return 'capture';
  return clientsOf(capability).includes(client) ? undefined : 'client';
}

type Paying = Pick<Caller, 'settings'>;
interface Channels {
  readonly channel: (name: string) => { readonly capabilities: Instruments };
}

/** The route of a payment of this caller. */
export const routeFor = (
  { channel }: Channels,
  { settings: { accounts } }: Paying,
  wanted: Wanted,
  notAccepting?: readonly ChannelAccount[],
): Route => {
  const program = accounts.map((account) => ({ account, capabilities: channel(account.channel).capabilities }));
  return route(program, wanted, notAccepting);
};

/**
 * The account for a new attempt of this caller, and which accounts are left out before it.
 * @throws 400 where the merchant has no account, or none that can carry it
 */
export function accountFor(
  channels: Channels,
  caller: Paying,
  wanted: Wanted,
): { readonly channel: ChannelAccount; readonly why: readonly string[] } {
  const {
    accounts: [channel],
    why,
  } = routeFor(channels, caller, wanted);
  if (channel) return { channel, why };
  if (caller.settings.accounts.length > 0)
    throw refused(
      `No channel of this account takes a payment of ${wanted.amount} ${wanted.currency} with ${wanted.type}${wanted.client ? ` on the client \`${wanted.client}\`` : ''}.`,
    );
  throw refused(
    'No live channel is configured for this account: a live payment has nowhere to go. Ask the platform operator to connect one, or use a test key.',
  );
}

/** What at least one of the caller's accounts can do, as they are switched; nothing while there is none. */
export function capabilitiesFor({ channel }: Channels, { settings: { accounts } }: Paying): Instruments {
  const each = new Set(accounts.map((account) => switched(channel(account.channel).capabilities, account)));
  const [first = { wallets: {} }, ...others] = each;
  return others.reduce(
    (one, other) => instruments((type) => either(capabilityOf(one, type), capabilityOf(other, type))),
    first,
  );
}

function instruments(of: (type: MethodType) => InstrumentCapability | undefined): Instruments {
  const card = of('card');
  const wallets = WALLETS.flatMap((type) => {
    const capability = of(type);
    return capability ? [[type, capability] as const] : [];
  });
  return { ...(card && { card }), wallets: Object.fromEntries(wallets) };
}

/** What an account can do of what its channel can: all of it, where nothing is switched off and its credentials set no limit. */
export function switched(
  capabilities: Instruments,
  { disabled, methods, currencies, atOnce }: ConnectedAccount,
): Instruments {
  if (!disabled && !methods && !currencies && !atOnce) return capabilities;
  return instruments((type) => {
    const all = disabled || !lets(methods, type) ? undefined : capabilityOf(capabilities, type);
    const capability: InstrumentCapability | undefined = all && atOnce ? { ...all, capture: 'at_once' } : all;
    return capability && currencies ? inCurrencies(capability, currencies) : capability;
  });
}

function inCurrencies(capability: InstrumentCapability, choice: Choice): InstrumentCapability | undefined {
  const all = capability.currencies === 'all' ? [...CURRENCIES] : capability.currencies;
  const currencies = all.filter((currency) => lets(choice, currency));
  return currencies.length > 0 ? { ...capability, currencies } : undefined;
}

/** What one of two channels can do. What an order needs (its payer, its expiry) is asked of the channel that carries it. */
function either(
  one: InstrumentCapability | undefined,
  other: InstrumentCapability | undefined,
): InstrumentCapability | undefined {
  if (!one || !other) return one ?? other;
  const { amounts: _, ...rest } = one;
  const limited = [...new Set([one, other].flatMap(({ amounts = {} }) => Object.keys(amounts)))];
  const amounts = limited.map((currency) => [currency, widest(one, other, currency)] as const);
  const all = one.currencies === 'all' || other.currencies === 'all';
  const clients = [...new Set([...clientsOf(one), ...clientsOf(other)])];
  return {
    ...rest,
    ...((one.clients || other.clients) && { clients }),
    currencies: all ? 'all' : [...new Set([...one.currencies, ...other.currencies])],
    capture: one.capture === 'later' ? 'later' : other.capture,
    ...(amounts.length > 0 && { amounts: Object.fromEntries(amounts) }),
  };
}

/** The limits in a currency: of the two channels those that take it. */
function widest(one: InstrumentCapability, other: InstrumentCapability, currency: string): AmountLimits {
  if (!takesCurrency(other, currency)) return limitsOf(one, currency);
  if (!takesCurrency(one, currency)) return limitsOf(other, currency);
  const [a, b] = [limitsOf(one, currency), limitsOf(other, currency)];
  const least = smallest(a.least, b.least);
  const greatest = largest(a.greatest, b.greatest);
  return { ...(least !== undefined && { least }), ...(greatest !== undefined && { greatest }) };
}

/** Without a limit of either there is none. */
const smallest = (one: bigint | undefined, other: bigint | undefined): bigint | undefined =>
  one === undefined || other === undefined ? undefined : one < other ? one : other;
const largest = (one: bigint | undefined, other: bigint | undefined): bigint | undefined =>
  one === undefined || other === undefined ? undefined : one > other ? one : other;
