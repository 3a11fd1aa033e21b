/** What we hold of an account at a channel: encrypted in the channels table, in clear only in memory. */

import type { Scope } from '../../kernel/ids.ts';
import type { ChannelAccount } from './port.ts';

export interface Credentials {
  readonly apiKey: string;
  /** Secrets that may sign callbacks: two while one is being changed for the next. */
  readonly callbackSecrets: readonly string[];
}

/** An account as it is stored: whose it is, and its encrypted credentials. */
export interface StoredAccount extends ChannelAccount {
  readonly scope: Scope;
  readonly livemode: boolean;
  readonly encrypted: Uint8Array;
}

/** Encrypts small secrets under a key that never leaves its keeper; the context must be the same to open them. */
export interface SecretCipher {
  readonly encrypt: (plain: Uint8Array, context: Readonly<Record<string, string>>) => Promise<Uint8Array>;
  readonly decrypt: (encrypted: Uint8Array, context: Readonly<Record<string, string>>) => Promise<Uint8Array>;
}
