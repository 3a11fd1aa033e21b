/** Merchants, their scopes, keys and settings: written by the operator, read (and cached for seconds) by every other context. */

import type { ChannelAccount } from '../channels/port/port.ts';
import type { Scope } from '../kernel/ids.ts';
import type { Currency, FeeTerms } from '../kernel/money.ts';
import type { ConnectedAccount } from './accounts.ts';
import type { SearchFields } from './search-fields.ts';

export type MerchantId = `acct_${string}`;

/** Where payouts go. The sandbox bank takes any; a live bank account is checked by its bank. */
export interface BankAccount {
  readonly id: `ba_${string}`;
  readonly holder: string;
  readonly bankName: string;
  readonly country: string;
  readonly last4: string;
  /** In live mode: the details that a payout file needs, encrypted for this account (bank-details.ts), in base64. */
  readonly encrypted?: string;
}

/** Minor units by currency. */
export type ByCurrency = Readonly<Record<string, bigint>>;

/** The versioned settings of one scope. A change is a new version; a payment keeps the terms it was captured under. */
export interface Settings {
  readonly version: number;
  readonly merchant: MerchantId;
  readonly name: string;
  readonly livemode: boolean;
  readonly country: string;
  readonly defaultCurrency: Currency;
  /** IANA time zone of the cut-off (midnight there ends a business day). */
  readonly timeZone: string;
  readonly fees: FeeTerms;
  /** Banking days from cut-off to payout: 2 by default, 0 for the demo merchant. */
  readonly payoutDelayDays: number;
  /** The least that is paid out per currency, in minor units; less is carried forward. */
  readonly minimumPayouts: ByCurrency;
  /** The one number of 0.1: read for a currency that 0.1 took and that has none of its own (terms.ts). */
  readonly minimumPayout: bigint;
  /** Whether a refund may make `available` negative (I8). */
  readonly refundOverdraft: boolean;
  readonly bankAccount: BankAccount;
  /** 32 random bytes, base64: from it come client secrets and request hashes (by HMAC, each under its own label). */
  readonly scopeSecret: string;
  /** Its accounts at channels with their switches, in the order in which they are tried (`channels/routing`). Live mode begins with none. */
  readonly accounts: readonly ConnectedAccount[];
  /** The account from which payouts are ordered. Without one they wait for a person. */
  readonly payoutAccount?: ChannelAccount;
  /** Requests of one key per second, on average over ten seconds. Default: 100. */
  readonly requestsPerSecond?: number;
  /** What a search finds by a note; settings of 0.1 have none, and note every field. */
  readonly searchFields?: SearchFields;
  /** Number of shards of this scope's lists. */
  readonly shards: number;
}

export interface ApiKey {
  readonly version: number;
  readonly scope: Scope;
  readonly merchant: MerchantId;
  readonly livemode: boolean;
  readonly type: 'secret' | 'publishable';
  readonly createdMs: number;
  /** From then on it opens nothing: it was rolled, or revoked. */
  readonly expiresMs?: number;
}
