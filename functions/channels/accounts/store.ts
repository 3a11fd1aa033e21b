/** Accounts at channels with their encrypted credentials, and callbacks as they came. */
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import * as z from 'zod/mini';
import type { Clock } from '../../kernel/clock.ts';
import type { Scope } from '../../kernel/ids.ts';
import { remembered } from '../../kernel/remembered.ts';
import { absent, type Key, type Table, type Write } from '../../table/table.ts';
import type { CredentialSchema, ReadCredentials, SecretCipher, StoredAccount } from '../port/credentials.ts';
import type { CallbackMessage, ChannelAccount } from '../port/port.ts';

const accountKey = ({ channel, account }: ChannelAccount): Key => ({ pk: `a#${channel}#${account}`, sk: 'account' });
const contextOf = ({ channel, account }: ChannelAccount) => ({ purpose: 'channel-credentials', channel, account });

/** Encrypts under the KMS key `keyId` (SECRETS_KEY). */
export function kmsCipher(kms: KMSClient, keyId: string): SecretCipher {
  return {
    async encrypt(plain, context) {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ KeyId: keyId, Plaintext: plain, EncryptionContext: context }),
      );
      return CiphertextBlob!;
    },
    async decrypt(encrypted, context) {
      const { Plaintext } = await kms.send(
        new DecryptCommand({ KeyId: keyId, CiphertextBlob: encrypted, EncryptionContext: context }),
      );
      return Plaintext!;
    },
  };
}

/** An account that is to be added. Its credentials are what an operator or the channel gave, and are not trusted. */
export interface NewAccount extends ChannelAccount {
  readonly scope: Scope;
  readonly livemode: boolean;
  readonly credentials: unknown;
}

/**
 * The write that makes an account known, with its credentials encrypted for exactly this account. Throws for credentials that are not as the
 * channel's schema has them.
 */
export async function openChannelAccount(
  cipher: SecretCipher,
  schema: CredentialSchema,
  account: NewAccount,
): Promise<Write> {
  const { scope, livemode } = account;
  const credentials = checked(account, schema, account.credentials);
  const encrypted = await cipher.encrypt(Buffer.from(JSON.stringify(credentials)), contextOf(account));
  return {
    kind: 'put',
    table: 'channels',
    item: { ...accountKey(account), scope, livemode, sealed: encrypted },
    when: absent,
  };
}

/** The credentials as the schema reads them. The error names the members that are wrong, and never what they hold. */
function checked<T>({ channel, account }: ChannelAccount, schema: CredentialSchema<T>, credentials: unknown): T {
  const parsed = z.safeParse(schema, credentials);
  if (parsed.success) return parsed.data;
  const members = parsed.error.issues.map(({ path }) => path.join('.') || 'all');
  throw new Error(
    `the credentials of account ${account} are not those of channel ${channel}: ${[...new Set(members)].join(', ')}`,
  );
}

/** Accounts by channel and name, kept for seconds: a channel that calls back does so often. */
export function accountReader(
  table: Table,
  clock: Clock,
): (account: ChannelAccount) => Promise<StoredAccount | undefined> {
  const read = remembered(clock, (name) => {
    const [channel, account] = name.split(' ') as [string, string];
    return loadAccount(table, { channel, account });
  });
  return ({ channel, account }) => read(`${channel} ${account}`);
}

export async function loadAccount(table: Table, account: ChannelAccount): Promise<StoredAccount | undefined> {
  const item = await table.get('channels', accountKey(account));
  return (
    item && {
      channel: account.channel,
      account: account.account,
      scope: item.scope as Scope,
      livemode: item.livemode === true,
      encrypted: item.sealed as Uint8Array,
    }
  );
}

/** Credentials stay in memory this long: a changed secret is known everywhere by then. */
const CACHED_MS = 5 * 60_000;
/** More accounts than one container works with at a time. */
const CACHED_ACCOUNTS = 500;

export interface CredentialStore {
  /** The credentials of a stored account, or the part of them that `schema` reads. */
  readonly open: <T>(stored: StoredAccount, schema: CredentialSchema<T>) => Promise<T>;
  /** The same for an account that must exist. */
  readonly credentials: ReadCredentials;
}

/** Opens credentials, each account's at most once per five minutes and container. */
export function credentialStore(deps: {
  readonly table: Table;
  readonly cipher: SecretCipher;
  readonly clock: Clock;
}): CredentialStore {
  const cache = new Map<string, { readonly untilMs: number; readonly schema: unknown; readonly value: unknown }>();
  // Only what a schema has read stays in memory: functions that verify callbacks keep no key that sends requests.
  const cached = <T>(account: ChannelAccount, schema: CredentialSchema<T>): { readonly value: T } | undefined => {
    const entry = cache.get(accountKey(account).pk);
    return entry?.schema === schema && deps.clock.nowMs() < entry.untilMs ? { value: entry.value as T } : undefined;
  };
  const open = async <T>(stored: StoredAccount, schema: CredentialSchema<T>): Promise<T> => {
    const known = cached(stored, schema);
    if (known) return known.value;
    const plain = await deps.cipher.decrypt(stored.encrypted, contextOf(stored));
    const value = checked(stored, schema, parsed(plain));
    const oldest = cache.size >= CACHED_ACCOUNTS ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(accountKey(stored).pk, { untilMs: deps.clock.nowMs() + CACHED_MS, schema, value });
    return value;
  };
  const credentials: ReadCredentials = async (account, schema) => {
    const known = cached(account, schema);
    if (known) return known.value;
    const stored = await loadAccount(deps.table, account);
    if (!stored) throw new Error(`channel ${account.channel} has no account ${account.account}`);
    return open(stored, schema);
  };
  return { open, credentials };
}

/** JSON as it was encrypted. What a parser says of broken JSON may quote it. */
function parsed(plain: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(plain).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Raw callbacks are evidence in a dispute with the channel: kept for 400 days. */
const CALLBACK_RETENTION_SECONDS = 400 * 24 * 3600;

/** The callback as it came, before it is applied. Conflicts when it was stored before: the same message twice. */
export const writeCallback = (message: CallbackMessage): Write => ({
  kind: 'put',
  table: 'channels',
  item: {
    pk: `cb#${message.channel}#${message.account}`,
    sk: message.dedupe,
    raw: Buffer.from(message.rawBase64, 'base64'),
    receivedMs: message.receivedMs,
    expiresAt: Math.floor(message.receivedMs / 1000) + CALLBACK_RETENTION_SECONDS,
  },
  when: absent,
});
