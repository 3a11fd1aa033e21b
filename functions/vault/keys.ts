/**
 * Data keys: one per scope and month, made and wrapped by KMS, the wrapped key beside the ciphertexts. And the fingerprint: a MAC
 * by a KMS key, for a key in our memory could be used, if it leaked, to try out every card number (ADR 0005).
 */
import { DecryptCommand, GenerateDataKeyCommand, GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import { tryCommit } from '../table/commit.ts';
import { absent, type Item, type Key, type Table } from '../table/table.ts';

type Context = Readonly<Record<string, string>>;

/** What the vault asks of KMS. */
export interface KeyService {
  readonly generate: (context: Context) => Promise<{ readonly plain: Uint8Array; readonly wrapped: Uint8Array }>;
  readonly unwrap: (wrapped: Uint8Array, context: Context) => Promise<Uint8Array>;
  readonly mac: (message: Uint8Array) => Promise<Uint8Array>;
}

/** KMS with the vault's two keys (VAULT_KEY, FINGERPRINT_KEY; forwarding needs the first only). */
export const kmsKeyService = (kms: KMSClient, vaultKey: string, fingerprintKey = ''): KeyService => ({
  async generate(context) {
    const made = await kms.send(
      new GenerateDataKeyCommand({ KeyId: vaultKey, KeySpec: 'AES_256', EncryptionContext: context }),
    );
    return { plain: made.Plaintext!, wrapped: made.CiphertextBlob! };
  },
  async unwrap(wrapped, context) {
    const { Plaintext } = await kms.send(
      new DecryptCommand({ KeyId: vaultKey, CiphertextBlob: wrapped, EncryptionContext: context }),
    );
    return Plaintext!;
  },
  async mac(message) {
    const { Mac } = await kms.send(
      new GenerateMacCommand({ KeyId: fingerprintKey, MacAlgorithm: 'HMAC_SHA_256', Message: message }),
    );
    return Mac!;
  },
});

/** The month (UTC) whose key encrypts what is written at `ms`. */
export const epochOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

export interface DataKeys {
  /** The key that encrypts now; made when this scope has none for this month. */
  readonly current: (scope: Scope) => Promise<{ readonly epoch: string; readonly key: Uint8Array }>;
  /** The key that encrypted in `epoch`. */
  readonly of: (scope: Scope, epoch: string) => Promise<Uint8Array>;
}

const CACHED_MS = 60 * 60_000;
const CACHED_KEYS = 200;

const itemKey = (scope: Scope, epoch: string): Key => ({ pk: `${scope}#k`, sk: epoch });
const contextOf = (scope: Scope, epoch: string): Context => ({ purpose: 'card', scope, epoch });

/** Data keys, each asked of KMS at most once per hour and container. */
export function dataKeys(deps: {
  readonly table: Table;
  readonly keyService: KeyService;
  readonly clock: Clock;
}): DataKeys {
  const cache = new Map<string, { readonly untilMs: number; readonly key: Promise<Uint8Array> }>();
  const cached = (scope: Scope, epoch: string, find: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    const name = `${scope}|${epoch}`;
    const entry = cache.get(name);
    if (entry && deps.clock.nowMs() < entry.untilMs) return entry.key;
    const oldest = cache.size >= CACHED_KEYS ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    const key = find();
    cache.set(name, { untilMs: deps.clock.nowMs() + CACHED_MS, key });
    key.catch(() => cache.delete(name));
    return key;
  };
  const unwrap = (scope: Scope, epoch: string, item: Item) =>
    deps.keyService.unwrap(item.wrapped as Uint8Array, contextOf(scope, epoch));

  async function stored(scope: Scope, epoch: string): Promise<Uint8Array> {
    const item = await deps.table.get('vault', itemKey(scope, epoch));
    if (!item) throw new Error(`the vault has no key of ${epoch}`);
    return unwrap(scope, epoch, item);
  }

  async function storedOrMade(scope: Scope, epoch: string): Promise<Uint8Array> {
    const known = await deps.table.get('vault', itemKey(scope, epoch));
    if (known) return unwrap(scope, epoch, known);
    const { plain, wrapped } = await deps.keyService.generate(contextOf(scope, epoch));
    const item = { ...itemKey(scope, epoch), wrapped };
    // Another function may have stored its key first: that one is the scope's key.
    const isOurs = await tryCommit(deps.table, { kind: 'put', table: 'vault', item, when: absent });
    return isOurs ? plain : stored(scope, epoch);
  }

  return {
    async current(scope) {
      const epoch = epochOf(deps.clock.nowMs());
      return { epoch, key: await cached(scope, epoch, () => storedOrMade(scope, epoch)) };
    },
    of: (scope, epoch) => cached(scope, epoch, () => stored(scope, epoch)),
  };
}
