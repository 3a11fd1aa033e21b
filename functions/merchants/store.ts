/** Merchants, scopes, keys and settings: keys and reads. Secret keys are kept as SHA-256 only. */
import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import { type Remembered, remembered } from '../kernel/remembered.ts';
import { pagesOf } from '../table/bulk.ts';
import { pack, unpack } from '../table/pack.ts';
import { absent, equal, type Item, type Key, type Table, type Write } from '../table/table.ts';
import type { StoredAccounts } from './accounts.ts';
import type { ApiKey, MerchantId, Settings } from './merchant.ts';
import { currentSettings, type StoredSettings } from './terms.ts';

/** What is kept of a key: by it the key is found, and named to the operator. */
export const keyHashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
/** The name by which the operator and the rate limit speak of a key; it opens nothing. */
export const keyIdOf = (hash: string): string => `key_${hash.slice(0, 24)}`;
const keyKey = (hash: string): Key => ({ pk: `key#${hash}`, sk: 'key' });
/** The keys of a scope, for the operator: who authenticates finds a key by its hash alone. */
const keysOf = (scope: Scope): string => `keys#${scope}`;
const settingsKey = (scope: Scope): Key => ({ pk: `scope#${scope}`, sk: 'settings' });
const DIRECTORY = 'scopes';

/** The key that has this hash, if there is one. */
export async function loadKeyByHash(table: Table, hash: string): Promise<ApiKey | undefined> {
  const item = await table.get('merchants', keyKey(hash));
  return item && unpack<ApiKey>(item.doc as Uint8Array);
}

/** A key as the operator sees it: `hint` is how it begins and ends. */
export interface ListedKey {
  readonly hash: string;
  readonly hint: string;
}

/** Every key that was ever made for the scope; what has become of each is in its own record. */
export async function listKeys(table: Table, scope: Scope): Promise<readonly ListedKey[]> {
  const page = await table.query('merchants', { pk: keysOf(scope) });
  return page.items.map(({ sk, hint }) => ({ hash: sk, hint: hint as string }));
}

/** There is no such scope: one is made with its settings. */
export class NoSettings extends Error {
  override readonly name = 'NoSettings';
}

/** The newest settings of a scope, also as 0.1 wrote them. @throws NoSettings */
export async function loadSettings(table: Table, scope: Scope): Promise<Settings> {
  const item = await table.get('merchants', settingsKey(scope));
  if (!item) throw new NoSettings(`scope ${scope} has no settings`);
  return currentSettings(unpack<StoredSettings>(item.doc as Uint8Array));
}

/** Makes a key, and lists it. Its text is in neither item. */
export const writeKey = (key: string, record: ApiKey): readonly [Write, Write] => {
  const hash = keyHashOf(key);
  const hint = `${key.slice(0, 8)}…${key.slice(-4)}`;
  return [
    putKey(hash, record),
    { kind: 'put', table: 'merchants', item: { pk: keysOf(record.scope), sk: hash, hint }, when: absent },
  ];
};

/** Writes a key's record: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putKey = (hash: string, record: ApiKey): Write => ({
  kind: 'put',
  table: 'merchants',
  item: { ...keyKey(hash), v: record.version, doc: pack(record) },
  when: record.version === 1 ? absent : equal('v', record.version - 1),
});

/** Version 1 must not exist yet, a later one must follow the one it was made from. */
export const writeSettings = (scope: Scope, settings: Settings & StoredAccounts): Write => ({
  kind: 'put',
  table: 'merchants',
  item: { ...settingsKey(scope), v: settings.version, doc: pack(settings) },
  when: settings.version === 1 ? absent : equal('v', settings.version - 1),
});

export interface ScopeEntry {
  readonly scope: Scope;
  readonly merchant: MerchantId;
  readonly livemode: boolean;
}

export const writeScope = ({ scope, merchant, livemode }: ScopeEntry): Write => ({
  kind: 'put',
  table: 'merchants',
  item: { pk: DIRECTORY, sk: scope, merchant, livemode },
  when: absent,
});

export const writeMerchant = (merchant: MerchantId, name: string, createdMs: number): Write => ({
  kind: 'put',
  table: 'merchants',
  item: { pk: `merchant#${merchant}`, sk: 'merchant', doc: pack({ id: merchant, name, createdMs }) },
  when: absent,
});

/** Every scope of the platform, a page at a time. */
export async function* listScopes(table: Table): AsyncGenerator<ScopeEntry, void> {
  for await (const page of pagesOf(table, 'merchants', { pk: DIRECTORY }))
    for (const item of page) yield scopeEntryOf(item);
}

const scopeEntryOf = (item: Item): ScopeEntry => ({
  scope: item.sk as Scope,
  merchant: item.merchant as MerchantId,
  livemode: item.livemode === true,
});

/** Settings of scopes, at most `CACHE_MS` old. */
export const settingsReader = (table: Table, clock: Clock): ((scope: Scope) => Promise<Settings>) =>
  remembered(clock, (scope) => loadSettings(table, scope as Scope));

/** Keys by their hash, at most `CACHE_MS` old; also that there is none. */
export const keyReader = (table: Table, clock: Clock): Remembered<ApiKey | undefined> =>
  remembered(clock, (hash) => loadKeyByHash(table, hash));
