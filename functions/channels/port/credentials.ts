/**
 * What we hold of an account at a channel: encrypted in the channels table, in clear only in memory. Each channel's module has a schema of its
 * credentials. They are checked when an account is added and again when they are opened, and no read returns them.
 */
import type * as z from 'zod/mini';
import type { Scope } from '../../kernel/ids.ts';
import type { ChannelAccount } from './port.ts';

export type CredentialSchema<T = unknown> = z.ZodMiniType<T>;

/** Opens the credentials of an account that must exist, by the schema of its channel. */
export type ReadCredentials = <T>(account: ChannelAccount, schema: CredentialSchema<T>) => Promise<T>;

/** Which environment of a channel an account is in: payments move money in `live` alone. Schemas of credentials have it as the member `environment`. */
export type Environment = 'test' | 'live';

/**
 * What came of trying an account's credentials at its channel. refused: the channel does not take them. unknown: no answer that says so. The reason is for
 * the operator: the channel's own code where there is one, and never a part of the credentials.
 */
export type CredentialCheck =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** An account as it is stored: whose it is, and its encrypted credentials. */
export interface StoredAccount extends ChannelAccount {
  readonly scope: Scope;
  readonly livemode: boolean;
  readonly environment: Environment;
  /** Counts the changes; 0 as it was added. */
  readonly version: number;
  readonly encrypted: Uint8Array;
  /** The credentials before a rotation that has not ended: what they sign is still genuine. */
  readonly before?: { readonly encrypted: Uint8Array; readonly rotatedMs: number };
}

/** Encrypts small secrets under a key that never leaves its keeper; the context must be the same to open them. */
export interface SecretCipher {
  readonly encrypt: (plain: Uint8Array, context: Readonly<Record<string, string>>) => Promise<Uint8Array>;
  readonly decrypt: (encrypted: Uint8Array, context: Readonly<Record<string, string>>) => Promise<Uint8Array>;
}
