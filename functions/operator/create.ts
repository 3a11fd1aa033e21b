/** Making a merchant: a scope, settings and keys per mode, and in test mode an account at the sandbox. */
import { randomBytes } from 'node:crypto';
import type { NewAccount } from '../channels/accounts/store.ts';
import type { ChannelAccount } from '../channels/port/port.ts';
import type { SandboxCredentials } from '../channels/sandbox/credentials.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText, Scope } from '../kernel/ids.ts';
import { DEFAULT_SHARDS, newObjectKey } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import { accountsOf, alsoForEarlier, type StoredAccounts } from '../merchants/accounts.ts';
import type { BankAccount, MerchantId, Settings } from '../merchants/merchant.ts';
import { DEFAULT_SEARCH_FIELDS, fieldsFromTheStart } from '../merchants/search-fields.ts';
import { writeKey, writeMerchant, writeScope, writeSettings } from '../merchants/store.ts';
import { DEFAULT_MINIMUM_PAYOUTS, defaultFees } from '../merchants/terms.ts';
import type { Table, Write } from '../table/table.ts';
import { newKey } from './keys.ts';

export interface NewMerchant {
  readonly name: string;
  readonly country: string;
  readonly defaultCurrency: Currency;
  readonly timeZone: string;
  readonly payoutDelayDays: number;
  /** Also make the live mode's scope and keys. */
  readonly live: boolean;
}

export interface Keys {
  readonly secretKey: string;
  readonly publishableKey: string;
}

export interface MadeMerchant {
  readonly merchant: MerchantId;
  readonly name: string;
  readonly test: Keys;
  readonly live?: Keys;
}

export interface MerchantsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  /** Opens an account at the sandbox; its credentials are known to the caller alone. `further`: the merchant has one already. */
  readonly openSandbox: (how: {
    readonly further: boolean;
  }) => Promise<{ readonly account: string; readonly credentials: SandboxCredentials }>;
  /** The write that keeps a channel account with its credentials checked and encrypted. */
  readonly encryptAccount: (account: NewAccount) => Promise<Write>;
}

/** Makes the merchant with its keys; they are in the answer and nowhere else. */
export async function createMerchant(deps: MerchantsDeps, wanted: NewMerchant): Promise<MadeMerchant> {
  const nowMs = deps.clock.nowMs();
  const merchant: MerchantId = `acct_${newObjectKey(nowMs, deps.random)}`;
  await deps.table.commit(writeMerchant(merchant, wanted.name, nowMs));
  const test = await createScope(deps, wanted, merchant, false, nowMs);
  const live = wanted.live ? await createScope(deps, wanted, merchant, true, nowMs) : undefined;
  return { merchant, name: wanted.name, test, ...(live && { live }) };
}

/** Opens an account for test mode, and keeps its credentials before anything names it. */
export async function openTestAccount(
  { table, openSandbox, encryptAccount }: Pick<MerchantsDeps, 'table' | 'openSandbox' | 'encryptAccount'>,
  scope: Scope,
  how: { readonly further: boolean },
): Promise<ChannelAccount> {
  const { account: name, credentials } = await openSandbox(how);
  const account = { channel: 'sandbox', account: name };
  await table.commit(await encryptAccount({ ...account, scope, livemode: false, environment: 'test', credentials }));
  return account;
}

async function createScope(
  deps: MerchantsDeps,
  wanted: NewMerchant,
  merchant: MerchantId,
  livemode: boolean,
  nowMs: number,
): Promise<Keys> {
  const scope = deps.random(8) as Scope;
  const keys: Keys = {
    secretKey: newKey(deps.random, 'secret', livemode),
    publishableKey: newKey(deps.random, 'publishable', livemode),
  };
  const account = livemode ? undefined : await openTestAccount(deps, scope, { further: false });
  const settings: Settings & StoredAccounts = {
    version: 1,
    merchant,
    name: wanted.name,
    livemode,
    country: wanted.country,
    defaultCurrency: wanted.defaultCurrency,
    timeZone: wanted.timeZone,
    fees: defaultFees(wanted.defaultCurrency),
    payoutDelayDays: wanted.payoutDelayDays,
    minimumPayouts: DEFAULT_MINIMUM_PAYOUTS,
    minimumPayout: DEFAULT_MINIMUM_PAYOUTS[wanted.defaultCurrency] ?? 1n,
    refundOverdraft: false,
    bankAccount: testBankAccount(wanted, deps.random),
    scopeSecret: randomBytes(32).toString('base64'),
    accounts: [],
    ...(account && { ...accountsOf(account), ...alsoForEarlier(account) }),
    searchFields: fieldsFromTheStart(DEFAULT_SEARCH_FIELDS),
    shards: DEFAULT_SHARDS,
  };
  const record = { version: 1, scope, merchant, livemode, createdMs: nowMs };
  await deps.table.commit(
    writeSettings(scope, settings),
    writeScope({ scope, merchant, livemode }),
    ...writeKey(keys.secretKey, { ...record, type: 'secret' }),
    ...writeKey(keys.publishableKey, { ...record, type: 'publishable' }),
  );
  return keys;
}

/** A bank account that only the sandbox's bank knows; a live merchant's is entered by the operator before live payouts exist. */
const testBankAccount = (wanted: NewMerchant, random: RandomText): BankAccount => ({
  id: `ba_${random(24)}`,
  holder: wanted.name,
  bankName: 'SLUICE TEST BANK',
  country: wanted.country,
  last4: '6789',
});
