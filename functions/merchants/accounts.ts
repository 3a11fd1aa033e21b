/**
 * A merchant's accounts at channels, and how settings of earlier releases are read: until 0.2 they named one account at the sandbox. New settings go
 * on naming it, for functions of the earlier release that run beside ours during an upgrade.
 */
import type { ChannelAccount } from '../channels/port/port.ts';

/** More than a merchant has; each is a candidate of every payment. */
export const MAXIMUM_ACCOUNTS = 5;

/** Which methods, or which currencies, new payments may have: only these, or all but these. Never an empty list. */
export type Choice = { readonly only: readonly string[] } | { readonly except: readonly string[] };

/**
 * An account, and its switches. They are about new payments alone: captures, refunds, queries and callbacks of the payments that it carries go on.
 * Settings that name no switch let everything through that the channel can do.
 */
export interface ConnectedAccount extends ChannelAccount {
  readonly disabled?: true;
  readonly methods?: Choice;
  readonly currencies?: Choice;
  /** Its credentials let it hold nothing: it captures each payment in one step, whatever its channel can do. */
  readonly atOnce?: true;
}

/** Whether a choice lets the value through. Without a choice everything passes. */
export const lets = (choice: Choice | undefined, value: string): boolean =>
  !choice || ('only' in choice ? choice.only.includes(value) : !choice.except.includes(value));

/** What settings may say of accounts. */
export interface StoredAccounts {
  readonly livemode: boolean;
  readonly accounts?: readonly ConnectedAccount[];
  readonly payoutAccount?: ChannelAccount;
  /** The one account of earlier releases; in test mode only. */
  readonly sandboxAccount?: string;
}

/** The settings with their accounts, whichever release wrote them. */
export function withAccounts<T extends StoredAccounts>(
  stored: T,
): T & { readonly accounts: readonly ConnectedAccount[] } {
  if (stored.accounts) return { ...stored, accounts: stored.accounts };
  const { livemode, sandboxAccount: account } = stored;
  if (livemode || account === undefined) return { ...stored, accounts: [] };
  return { ...stored, ...accountsOf({ channel: 'sandbox', account }) };
}

/** What the settings of a merchant say whose payments and payouts go through one account. */
export const accountsOf = (account: ChannelAccount) => ({ accounts: [account], payoutAccount: account });

/** The same for functions of an earlier release. */
export const alsoForEarlier = ({ account }: ChannelAccount) => ({ sandboxAccount: account });
