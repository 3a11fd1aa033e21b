/** Accounts at channels with their encrypted credentials. */
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import * as z from 'zod/mini';
import type { Clock } from '../../kernel/clock.ts';
import type { Scope } from '../../kernel/ids.ts';
import { remembered } from '../../kernel/remembered.ts';
import { absent, equal, type Item, type Key, missing, type Table, type Write } from '../../table/table.ts';
import type {
  CredentialSchema,
  Environment,
  ReadCredentials,
  SecretCipher,
  StoredAccount,
} from '../port/credentials.ts';
import type { ChannelAccount } from '../port/port.ts';

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
  readonly environment: Environment;
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
  const encrypted = await encryptCredentials(cipher, schema, account, account.credentials);
  return putAccount({ ...account, version: 0, encrypted });
}

/** The credentials, encrypted for exactly this account. @throws WrongCredentials */
export async function encryptCredentials(
  cipher: SecretCipher,
  schema: CredentialSchema,
  { channel, account }: ChannelAccount,
  credentials: unknown,
): Promise<Uint8Array> {
  const checked = checkedCredentials({ channel, account }, schema, credentials);
  return cipher.encrypt(Buffer.from(JSON.stringify(checked)), contextOf({ channel, account }));
}

/** The credentials of an account in clear, as the schema reads them. @throws WrongCredentials */
export async function decryptCredentials<T>(
  cipher: Pick<SecretCipher, 'decrypt'>,
  schema: CredentialSchema<T>,
  account: ChannelAccount,
  encrypted: Uint8Array,
): Promise<T> {
  return checkedCredentials(account, schema, parsed(await cipher.decrypt(encrypted, contextOf(account))));
}

/** Writes the account: version 0 must not exist yet, a later one must follow the one that it was made from. */
export const putAccount = ({
  channel,
  account,
  scope,
  livemode,
  environment,
  version,
  encrypted,
  before,
}: StoredAccount): Write => ({
  kind: 'put',
  table: 'channels',
  item: {
    ...accountKey({ channel, account }),
    scope,
    livemode,
    environment,
    ...(version > 0 && { v: version }),
    sealed: encrypted,
    ...(before && { sealedBefore: before.encrypted, rotatedMs: before.rotatedMs }),
  },
  // What was never changed has no version, also where 0.1 wrote it.
  when: version === 0 ? absent : version === 1 ? missing('v') : equal('v', version - 1),
});

/** Credentials that are not as the channel's schema has them. Its message names the members that are wrong, and never what they hold. */
export class WrongCredentials extends Error {
  override readonly name = 'WrongCredentials';
  readonly members: readonly string[];
  constructor({ channel, account }: ChannelAccount, members: readonly string[]) {
    super(`the credentials of account ${account} are not those of channel ${channel}: ${members.join(', ')}`);
    this.members = members;
  }
}

/** The credentials as the schema reads them. @throws WrongCredentials */
export function checkedCredentials<T>(
  { channel, account }: ChannelAccount,
  schema: CredentialSchema<T>,
  credentials: unknown,
): T {
  const parsed = z.safeParse(schema, credentials);
  if (parsed.success) return parsed.data;
  const members = parsed.error.issues.flatMap((issue) =>
    (issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]).map(
      (path) => path.join('.') || 'all',
    ),
  );
  throw new WrongCredentials({ channel, account }, [...new Set(members)]);
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
  return item && storedAccount(account, item);
}

const storedAccount = ({ channel, account }: ChannelAccount, item: Item): StoredAccount => ({
  channel,
  account,
  scope: item.scope as Scope,
  livemode: item.livemode === true,
  // Earlier releases had accounts at the sandbox alone.
  environment: (item.environment as Environment | undefined) ?? 'test',
  version: Number(item.v ?? 0),
  encrypted: item.sealed as Uint8Array,
  ...(item.sealedBefore !== undefined && {
    before: { encrypted: item.sealedBefore as Uint8Array, rotatedMs: Number(item.rotatedMs) },
  }),
});

/** Credentials stay in memory this long: a changed secret is known everywhere by then. */
export const CACHED_MS = 5 * 60_000;
/** More accounts than one container works with at a time. */
const CACHED_ACCOUNTS = 500;

/** Which credentials of an account: the current ones, or during a rotation those before it. */
export type Which = 'current' | 'before';

export interface CredentialStore {
  /** The credentials of a stored account, or the part of them that `schema` reads. Those before a rotation must be there. */
  readonly open: <T>(stored: StoredAccount, schema: CredentialSchema<T>, which?: Which) => Promise<T>;
  /** The same for an account that must exist. */
  readonly credentials: ReadCredentials;
}

interface Opened {
  readonly untilMs: number;
  readonly schema: unknown;
  /** What was decrypted: after a rotation it is another. */
  readonly encrypted: Uint8Array;
  readonly value: unknown;
}

/** Opens credentials, each account's at most once per five minutes and container, and after a rotation. */
export function credentialStore(deps: {
  readonly table: Table;
  readonly cipher: SecretCipher;
  readonly clock: Clock;
}): CredentialStore {
  const cache = new Map<string, Opened>();
  const nameOf = (account: ChannelAccount, which: Which): string => `${which} ${accountKey(account).pk}`;
  // Only what a schema has read stays in memory: functions that verify callbacks keep no key that sends requests.
  const cached = (name: string, schema: unknown): Opened | undefined => {
    const entry = cache.get(name);
    return entry && entry.schema === schema && deps.clock.nowMs() < entry.untilMs ? entry : undefined;
  };
  const open: CredentialStore['open'] = async (stored, schema, which = 'current') => {
    const encrypted = which === 'current' ? stored.encrypted : stored.before!.encrypted;
    const name = nameOf(stored, which);
    const known = cached(name, schema);
    if (known && Buffer.compare(known.encrypted, encrypted) === 0) return known.value as never;
    const value = await decryptCredentials(deps.cipher, schema, stored, encrypted);
    const oldest = cache.size >= CACHED_ACCOUNTS ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(name, { untilMs: deps.clock.nowMs() + CACHED_MS, schema, encrypted, value });
    return value;
  };
  const credentials: ReadCredentials = async (account, schema) => {
    const known = cached(nameOf(account, 'current'), schema);
    if (known) return known.value as never;
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
