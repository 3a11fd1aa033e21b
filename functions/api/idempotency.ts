/**
 * Idempotency keys with Stripe's semantics (https://docs.stripe.com/api/idempotent_requests): one item per scope and key holds the request's hash, who works on
 * it, the key of the object it makes, and in the end its reply. W3: one key makes one object, however often and in parallel it is sent.
 */
import { createHash } from 'node:crypto';
import { hasHalfPair } from '../kernel/characters.ts';
import type { Clock } from '../kernel/clock.ts';
import { newObjectKey, type ObjectKey, type RandomText } from '../kernel/ids.ts';
import { commitNamed, tryCommit } from '../table/commit.ts';
import { fitsInto, pack, unpack } from '../table/pack.ts';
import {
  absent,
  all,
  any,
  below,
  type Condition,
  Conflict,
  equal,
  type Item,
  type Key,
  missing,
  type Table,
  type Write,
} from '../table/table.ts';
import { scopeMac, withClientSecrets } from './client-secret.ts';
import { idempotencyInUse, idempotencyMismatch, invalidParameter } from './errors.ts';
import { canonical, type Tree } from './form.ts';
import type { Caller, RequestLock } from './operation.ts';

/** Longer than any function that could still be working on the request lives (docs/architecture.md, Time limits). */
export const LEASE_MS = 40_000;
const RETENTION_SECONDS = 24 * 3600;
/** A request that is sent again later than this is a new one, with an object key of its own. */
export const KEY_RETENTION_MS = RETENTION_SECONDS * 1_000;

export interface StoredReply {
  readonly status: number;
  readonly body: object;
  readonly requestId: string;
}

export type LockResult =
  | { readonly kind: 'mine'; readonly lock: RequestLock; readonly owner: string }
  | { readonly kind: 'replay'; readonly reply: StoredReply }
  /** Someone else is at work, or has answered and the stream has not stored the reply yet. */
  /** `owner`: the request that holds the key. */
  | { readonly kind: 'busy'; readonly lock: RequestLock; readonly owner: string };

export interface IdempotencyDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
}

export interface IdempotentRequest {
  readonly caller: Caller;
  readonly method: string;
  readonly path: string;
  readonly params: Tree;
  /** Who takes the key: the reply of another request is never stored under it. */
  readonly requestId: string;
}

/** Half a surrogate pair is written like any other half, so two such keys would be one. */
export const isKey = (key: string): boolean => key.length >= 1 && key.length <= 255 && !hasHalfPair(key);

/** @throws 400 for a key that is empty, longer than 255 characters or no Unicode */
export function assertKey(key: string): void {
  if (isKey(key)) return;
  if (hasHalfPair(key)) throw invalidParameter('Idempotency keys must be valid Unicode.');
  throw invalidParameter('Idempotency keys must be between 1 and 255 characters long.');
}

/**
 * Partition key of a key's item: the key itself may be anything, and is not kept. Publishable keys are public and have items of their own:
 * otherwise another client could use the key of a shop's next request, or learn which keys the shop has used.
 */
export const keyHashOf = ({ scope, keyType }: Pick<Caller, 'scope' | 'keyType'>, key: string): string =>
  `${scope}#${keyType === 'publishable' ? 'p#' : ''}${createHash('sha256').update(key).digest('base64url')}`;

/**
 * Whether this very request made a try that an object remembers. A retry that continues it sends nothing again. A key is
 * forgotten after a day, and what comes under it then is a request of its own.
 */
export const isOwnTry = (
  { keyHash, resumed }: RequestLock,
  made: { readonly keyHash?: string; readonly createdMs: number },
  nowMs: number,
): boolean =>
  keyHash !== undefined && made.keyHash === keyHash && (resumed || nowMs - made.createdMs < RETENTION_SECONDS * 1000);
/** No request holds the key: it was never used, was released, or is a day old. */
const free = (nowMs: number): Condition => any(absent, below('expiresAt', Math.floor(nowMs / 1000)));
const itemKey = (keyHash: string): Key => ({ pk: keyHash, sk: 'k' });

/**
 * Takes the key for this request, or says what became of the request that has it.
 * @throws 400 idempotency_error when the key was first used with other parameters
 */
export async function lockKey(deps: IdempotencyDeps, request: IdempotentRequest, key: string): Promise<LockResult> {
  const { caller } = request;
  const nowMs = deps.clock.nowMs();
  const nowSeconds = Math.floor(nowMs / 1000);
  const keyHash = keyHashOf(caller, key);
  const hash = scopeMac(
    caller.settings,
    'request',
    `${request.method} ${request.path} ${canonical(request.params)}`,
  ).toString('base64url');
  const objectKey = newObjectKey(nowMs, deps.random, caller.settings.shards);
  const owner = request.requestId;
  try {
    await deps.table.commit({
      kind: 'put',
      table: 'idempotency',
      item: {
        ...itemKey(keyHash),
        hash,
        owner,
        leaseUntilMs: nowMs + LEASE_MS,
        body: objectKey,
        expiresAt: nowSeconds + RETENTION_SECONDS,
      },
      when: free(nowMs),
    });
    return { kind: 'mine', lock: { objectKey, resumed: false, keyHash, key, requestHash: hash }, owner };
  } catch (error) {
    if (!(error instanceof Conflict) || !error.old) throw error;
    return stateOfKey(deps, error.old, { keyHash, key, hash, owner, nowMs });
  }
}

interface Wanted {
  readonly keyHash: string;
  readonly key: string;
  readonly hash: string;
  readonly owner: string;
  readonly nowMs: number;
}

async function stateOfKey(deps: IdempotencyDeps, item: Item, wanted: Wanted): Promise<LockResult> {
  if (item.hash !== wanted.hash) throw idempotencyMismatch(wanted.key);
  const reply = item.reply as Uint8Array | undefined;
  if (reply) return { kind: 'replay', reply: unpack<StoredReply>(reply) };
  const lock: RequestLock = {
    objectKey: item.body as ObjectKey,
    keyHash: wanted.keyHash,
    key: wanted.key,
    requestHash: wanted.hash,
    resumed: true,
  };
  if (Number(item.leaseUntilMs) > wanted.nowMs) return { kind: 'busy', lock, owner: item.owner as string };
  return takeOver(deps, item, lock, wanted);
}

/**
 * The key of a request of which the channel alone still knows, after a restore: the same request sent again carries on with the object
 * `objectKey`, and any other is refused. Conflicts when the key's item is there and has not expired: that one knows more.
 */
export const recoveredKey = (key: {
  readonly keyHash: string;
  readonly requestHash: string;
  readonly objectKey: ObjectKey;
  readonly createdMs: number;
  readonly nowMs: number;
}): Write => ({
  kind: 'put',
  table: 'idempotency',
  item: {
    ...itemKey(key.keyHash),
    hash: key.requestHash,
    owner: 'recovery',
    leaseUntilMs: 0,
    body: key.objectKey,
    expiresAt: Math.floor(key.createdMs / 1000) + RETENTION_SECONDS,
  },
  when: free(key.nowMs),
});

/** The request that held the key crashed. A retry with the same object key continues it. */
async function takeOver(deps: IdempotencyDeps, item: Item, lock: RequestLock, wanted: Wanted): Promise<LockResult> {
  const conflict = await commitNamed(deps.table, {
    key: {
      kind: 'update',
      table: 'idempotency',
      key: itemKey(wanted.keyHash),
      set: { owner: wanted.owner, leaseUntilMs: wanted.nowMs + LEASE_MS },
      when: all(equal('owner', item.owner as string), missing('reply')),
    },
  });
  if (!conflict) return { kind: 'mine', lock, owner: wanted.owner };
  // The stream stored the reply after all, or another request took the key over first.
  const reply = conflict.old?.reply;
  if (reply) return { kind: 'replay', reply: unpack<StoredReply>(reply as Uint8Array) };
  throw idempotencyInUse();
}

/** Keeps the reply for retries with the key, if the request still holds it. Client secrets are not kept. */
export const storeReply = (keyHash: string, reply: StoredReply): Write => ({
  kind: 'update',
  table: 'idempotency',
  key: itemKey(keyHash),
  set: { reply: pack({ ...reply, body: withClientSecrets(reply.body, undefined) }) },
  when: equal('owner', reply.requestId),
});

/** An item is 400 KB at most, and a key's holds little else. */
const LONGEST_REPLY = { packed: 390_000 };

/**
 * Stores the reply of the request that holds the key; one that lost it meanwhile leaves the other's work alone. A reply that is too long (its
 * expansions are) is rendered again for each retry, as after a crash.
 */
export async function completeKey(
  deps: IdempotencyDeps,
  locked: { readonly lock: RequestLock; readonly owner: string },
  reply: StoredReply,
): Promise<void> {
  const { keyHash } = locked.lock;
  if (keyHash === undefined) return;
  if (!fitsInto(reply, LONGEST_REPLY)) return unlockKey(deps, locked, { forget: false });
  await tryCommit(deps.table, storeReply(keyHash, reply));
}

/**
 * Keeps a committed reply while the request `owner` holds the key. The stream keeps it for the request that made the commit, which may have
 * lost the key since. Returns false when `owner` has lost it too. A reply that is too long is rendered again for each retry.
 */
export async function keepForOwner(deps: IdempotencyDeps, keyHash: string, reply: StoredReply): Promise<boolean> {
  return !fitsInto(reply, LONGEST_REPLY) || (await tryCommit(deps.table, storeReply(keyHash, reply)));
}

/**
 * Gives up the key without a reply. `forget`: nothing began, so the key is as good as new, also for corrected parameters. Otherwise
 * the same request sent again carries on at once, with the same object key.
 */
export async function unlockKey(
  deps: IdempotencyDeps,
  locked: { readonly lock: RequestLock; readonly owner: string },
  how: { readonly forget: boolean },
): Promise<void> {
  const { keyHash, resumed } = locked.lock;
  if (keyHash === undefined) return;
  const set: Record<string, number> = how.forget && !resumed ? { expiresAt: 0 } : { leaseUntilMs: 0 };
  const when = equal('owner', locked.owner);
  await tryCommit(deps.table, { kind: 'update', table: 'idempotency', key: itemKey(keyHash), set, when });
}
