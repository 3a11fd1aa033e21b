/**
 * The secret part: encrypted cards in the vault table, encrypted security codes in the cvc table (no backups, minutes), each opened
 * only here and only for the vault function's memory.
 */

import { KEY_RETENTION_MS } from '../api/idempotency.ts';
import type { ClearCard } from '../channels/port/card.ts';
import { seconds } from '../kernel/clock.ts';
import { type ChannelReference, type ObjectKey, type Scope, timeOf } from '../kernel/ids.ts';
import { tryCommit } from '../table/commit.ts';
import { absent, all, type Item, type Key, missing, present, type Table, type Write } from '../table/table.ts';
import { decrypt, encrypt, type Identity } from './envelope.ts';
import type { DataKeys } from './keys.ts';

/** How long a security code may wait for its authorization. */
export const CVC_RETENTION_SECONDS = 15 * 60;
const VERSION = 1;

const secretKey = (scope: Scope, objectKey: ObjectKey): Key => ({ pk: `${scope}#pm`, sk: objectKey });
const cvcKey = (scope: Scope, objectKey: ObjectKey): Key => ({ pk: `${scope}#cvc`, sk: objectKey });
const identity = (scope: Scope, objectKey: ObjectKey, field: Identity['field']): Identity => ({
  scope,
  body: objectKey,
  version: VERSION,
  field,
});
interface EncryptedCard {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
}

/** The writes that keep a card, and its security code where it has one. Both conflict when the method has them already. */
export async function encryptCard(
  keys: DataKeys,
  owner: { readonly scope: Scope; readonly body: ObjectKey; readonly nowMs: number },
  card: ClearCard,
  fingerprint: string,
): Promise<readonly Write[]> {
  const { scope, body, nowMs } = owner;
  const { epoch, key } = await keys.current(scope);
  const { cvc, ...rest } = card;
  const ciphertext = encrypt(
    key,
    identity(scope, body, 'card'),
    Buffer.from(JSON.stringify(rest satisfies EncryptedCard)),
  );
  const secret: Write = {
    kind: 'put',
    table: 'vault',
    item: { ...secretKey(scope, body), ciphertext, epoch, fingerprint },
    when: absent,
  };
  if (cvc === undefined) return [secret];
  const code: Write = {
    kind: 'put',
    table: 'cvc',
    item: {
      ...cvcKey(scope, body),
      ciphertext: encrypt(key, identity(scope, body, 'cvc'), Buffer.from(cvc)),
      epoch,
      expiresAt: seconds(nowMs) + CVC_RETENTION_SECONDS,
    },
    when: absent,
  };
  return [secret, code];
}

interface Expiry {
  readonly expMonth: number;
  readonly expYear: number;
}

/** A card's new expiry from the merchant: it is sent to the channel in place of the original one, and is no secret. */
export const renewCard = (scope: Scope, objectKey: ObjectKey, expiry: Expiry): Write => ({
  kind: 'update',
  table: 'vault',
  key: secretKey(scope, objectKey),
  set: { ...expiry },
  when: present,
});
const expiryOf = (item: Item): Expiry => ({ expMonth: Number(item.expMonth), expYear: Number(item.expYear) });

/** Of an older card no security code is left: a request keeps its card at most a day after its object key was made, and the code for minutes. */
const LAST_CVC_MS = KEY_RETENTION_MS + CVC_RETENTION_SECONDS * 1_000 + 3_600_000;
const mayHaveCvc = (objectKey: ObjectKey, nowMs: number): boolean => nowMs - timeOf(objectKey) < LAST_CVC_MS;

/** A card in clear, with its security code while that may still be used. */
export interface OpenedCard {
  readonly card: ClearCard;
  /** When the time of its security code is over, in seconds. */
  readonly codeUntil?: number;
}

/** Opens a card; undefined when the vault has no such card. */
export async function openCard(
  table: Table,
  keys: DataKeys,
  scope: Scope,
  objectKey: ObjectKey,
  nowMs: number,
): Promise<OpenedCard | undefined> {
  const [secret, code] = await table.getMany([
    { table: 'vault', key: secretKey(scope, objectKey) },
    ...(mayHaveCvc(objectKey, nowMs) ? [{ table: 'cvc' as const, key: cvcKey(scope, objectKey) }] : []),
  ]);
  if (!secret) return undefined;
  const decrypted = JSON.parse(
    (await opened(keys, identity(scope, objectKey, 'card'), secret)).toString('utf8'),
  ) as EncryptedCard;
  const card = secret.expYear === undefined ? decrypted : { ...decrypted, ...expiryOf(secret) };
  const codeUntil = Number(code?.expiresAt);
  if (!code || codeUntil <= seconds(nowMs)) return { card };
  const cvc = (await opened(keys, identity(scope, objectKey, 'cvc'), code)).toString('utf8');
  return { card: { ...card, cvc }, codeUntil };
}

async function opened(keys: DataKeys, identityOf: Identity, item: Item): Promise<Buffer> {
  const key = await keys.of(identityOf.scope, item.epoch as string);
  return decrypt(key, identityOf, item.ciphertext as Uint8Array);
}

/**
 * Notes that the security code is sent under this reference, and ends its time at `until`, in seconds. False: it was sent under this reference
 * before, or it is gone, and must not be sent.
 */
export const noteSent = (
  table: Table,
  scope: Scope,
  objectKey: ObjectKey,
  { reference, until }: { readonly reference: ChannelReference; readonly until: number },
): Promise<boolean> =>
  tryCommit(table, {
    kind: 'update',
    table: 'cvc',
    key: cvcKey(scope, objectKey),
    set: { [reference]: true, expiresAt: until },
    when: all(present, missing(reference)),
  });

/** Removes the security code: no function may have it after the chain of attempts that it was typed in for. It need not be there. */
export async function forgetCvc(table: Table, scope: Scope, objectKey: ObjectKey): Promise<void> {
  await tryCommit(table, { kind: 'delete', table: 'cvc', key: cvcKey(scope, objectKey), when: present });
}
