/**
 * API keys of a scope: a second key, a roll with an overlap, a revocation. A key's text is returned once, when it is created. Later
 * the operator names it by its id. What is changed here is seen everywhere within `CACHE_MS` (kernel/remembered.ts).
 */
import type { Clock } from '../kernel/clock.ts';
import type { RandomText, Scope } from '../kernel/ids.ts';
import type { ApiKey } from '../merchants/merchant.ts';
import { keyHashOf, keyIdOf, listKeys, loadKeyByHash, putKey, type ScopeEntry, writeKey } from '../merchants/store.ts';
import { tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import { CommandError } from './command-error.ts';

export interface KeysDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
}

type KeyType = ApiKey['type'];

/** A key's text: 32 base62 characters, 190 bits. */
export const newKey = (random: RandomText, type: KeyType, livemode: boolean): string =>
  `${type === 'secret' ? 'sk' : 'pk'}_${livemode ? 'live' : 'test'}_${random(32)}`;

export interface KeyFacts {
  readonly id: string;
  readonly hint: string;
  readonly type: KeyType;
  readonly mode: 'test' | 'live';
  readonly created: string;
  /** When it stops working, or stopped; null for a key that lives on. */
  readonly expires: string | null;
}

const factsOf = (hash: string, hint: string, key: ApiKey): KeyFacts => ({
  id: keyIdOf(hash),
  hint,
  type: key.type,
  mode: key.livemode ? 'live' : 'test',
  created: new Date(key.createdMs).toISOString(),
  expires: key.expiresMs === undefined ? null : new Date(key.expiresMs).toISOString(),
});

interface Found {
  readonly hash: string;
  readonly hint: string;
  readonly key: ApiKey;
}

async function keysIn(deps: KeysDeps, scope: Scope): Promise<readonly Found[]> {
  const listed = await listKeys(deps.table, scope);
  const found = await Promise.all(
    listed.map(async ({ hash, hint }) => ({ hash, hint, key: await loadKeyByHash(deps.table, hash) })),
  );
  return found.filter((entry): entry is Found => entry.key !== undefined);
}

/** Every key of the scope, oldest first, those that stopped working too. */
export async function keysOfScope(deps: KeysDeps, scope: Scope): Promise<readonly KeyFacts[]> {
  const found = await keysIn(deps, scope);
  return found
    .toSorted((a, b) => a.key.createdMs - b.key.createdMs)
    .map(({ hash, hint, key }) => factsOf(hash, hint, key));
}

/** Makes one more key for the scope; its text is in the answer and nowhere else. */
export async function addKey(
  deps: KeysDeps,
  entry: ScopeEntry,
  type: KeyType,
): Promise<KeyFacts & { readonly key: string }> {
  const text = newKey(deps.random, type, entry.livemode);
  const record: ApiKey = { version: 1, ...entry, type, createdMs: deps.clock.nowMs() };
  await deps.table.commit(...writeKey(text, record));
  const hash = keyHashOf(text);
  return { ...factsOf(hash, `${text.slice(0, 8)}…${text.slice(-4)}`, record), key: text };
}

/** Lets the key work until `expiresMs` and no longer. An earlier end is never put off. @throws CommandError for a key that the scope does not have */
export async function endKey(deps: KeysDeps, scope: Scope, id: string, expiresMs: number): Promise<KeyFacts> {
  const found = (await keysIn(deps, scope)).find(({ hash }) => keyIdOf(hash) === id);
  if (!found) throw new CommandError(`key: ${id} is no key of this merchant in this mode`);
  const { hash, hint, key } = found;
  if (key.expiresMs !== undefined && key.expiresMs <= expiresMs) return factsOf(hash, hint, key);
  const ended: ApiKey = { ...key, version: key.version + 1, expiresMs };
  if (!(await tryCommit(deps.table, putKey(hash, ended))))
    throw new CommandError(`key: ${id} was changed by another command just now; try again`);
  return factsOf(hash, hint, ended);
}

/**
 * Makes a key to take another's place, which goes on working for `overlapMs`. The new one comes first: whatever breaks off, the
 * merchant is never without a key.
 */
export async function rollKey(
  deps: KeysDeps,
  entry: ScopeEntry,
  id: string,
  overlapMs: number,
): Promise<{ readonly made: KeyFacts & { readonly key: string }; readonly rolled: KeyFacts }> {
  const old = (await keysIn(deps, entry.scope)).find(({ hash }) => keyIdOf(hash) === id);
  if (!old) throw new CommandError(`key: ${id} is no key of this merchant in this mode`);
  const made = await addKey(deps, entry, old.key.type);
  return { made, rolled: await endKey(deps, entry.scope, id, deps.clock.nowMs() + overlapMs) };
}
