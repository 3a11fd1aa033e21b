/**
 * Ids carry what their key needs: from an id to its item is computation, never an index.
 *
 * An object key is time in ms (7 base62) + shard (1) + random (14, 83 bits) = 22 characters. Charge, balance transaction and event
 * ids extend the object key of the payment they are about, so they need no lookup either. Order of ids is order of creation.
 */
import { createHash } from 'node:crypto';

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TIME_LENGTH = 7;
export const OBJECT_KEY_LENGTH = 22;

/** One merchant in one mode; 8 base62 characters that begin every partition key. Only authentication and the operator make one. */
export type Scope = string & { readonly __scope: unique symbol };
/** The 22 characters behind an id's prefix. */
export type ObjectKey = string & { readonly __objectKey: unique symbol };

export type PaymentIntentId = `pi_${string}`;
export type ChargeId = `ch_${string}`;
export type PaymentMethodId = `pm_${string}`;
export type RefundId = `re_${string}`;
export type PayoutId = `po_${string}`;
export type EventId = `evt_${string}`;
export type BalanceTransactionId = `txn_${string}`;
export type WebhookEndpointId = `we_${string}`;
export type ReviewId = `prv_${string}`;

/** `count` random base62 characters that cannot be guessed. */
export type RandomText = (count: number) => string;

/** `value` in base62, left-padded with zeros to `length`; throws when it does not fit, for a truncated key would be another key. */
export function base62(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i++) {
    text = BASE62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  if (rest !== 0 || value < 0) throw new RangeError(`${value} does not fit ${length} base62 characters`);
  return text;
}

/** The number that `text` writes in base62. */
export function fromBase62(text: string): number {
  let value = 0;
  for (const char of text) value = value * 62 + BASE62.indexOf(char);
  return value;
}

/** A time as it stands at the head of an object key or sort key: sorts as the number does. */
export const timeText = (ms: number): string => base62(ms, TIME_LENGTH);

/** A fresh object key made at `ms`, in one of `shards` shards. */
export function newObjectKey(ms: number, random: RandomText, shards = DEFAULT_SHARDS): ObjectKey {
  const tail = random(14);
  const shard = BASE62.charAt(BASE62.indexOf(tail.charAt(13)) % shards);
  return `${timeText(ms)}${shard}${tail}` as ObjectKey;
}

/** What stands for the random end of an object key that is a function of `text`. */
export function tailOf(text: string): string {
  let rest = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  let tail = '';
  for (let i = 0; i < 14; i++) {
    tail += BASE62.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return tail;
}

/** The shard characters that a scope with so many shards uses. */
export const shardsOf = (count: number): readonly string[] => BASE62.slice(0, count).split('');

/** Lists of one type are spread over this many partitions; a scope may raise it, never lower it. */
export const DEFAULT_SHARDS = 4;

const OBJECT_KEY = new RegExp(`^[0-9A-Za-z]{${OBJECT_KEY_LENGTH}}$`);

/** The object key of `id` if it is a well-formed id with exactly this prefix (and `extra` more characters), else undefined: then no such object can exist. */
export function objectKeyOf(id: string, prefix: string, extra = 0): ObjectKey | undefined {
  if (!id.startsWith(`${prefix}_`) || id.length !== prefix.length + 1 + OBJECT_KEY_LENGTH + extra) return undefined;
  const key = id.slice(prefix.length + 1, prefix.length + 1 + OBJECT_KEY_LENGTH);
  return OBJECT_KEY.test(key) && /^[0-9A-Za-z]*$/.test(id.slice(-extra || id.length)) ? (key as ObjectKey) : undefined;
}

/** When the object key was made, in ms. */
export const timeOf = (objectKey: ObjectKey): number => fromBase62(objectKey.slice(0, TIME_LENGTH));
/** The shard character of an object key. */
export const shardOf = (objectKey: ObjectKey): string => objectKey.charAt(TIME_LENGTH);

/** The id of a payment's n-th charge (attempt), n from 1 to 61. */
export const chargeIdOf = (payment: ObjectKey, ordinal: number): ChargeId => `ch_${payment}${base62(ordinal, 1)}`;

/** Object key of the payment and attempt ordinal of a charge id, or undefined when it is not one. */
export function parseChargeId(id: string): { readonly payment: ObjectKey; readonly ordinal: number } | undefined {
  const payment = objectKeyOf(id, 'ch', 1);
  return payment && { payment, ordinal: fromBase62(id.slice(-1)) };
}

/**
 * Our own stable reference for a request to a channel: scope + object key + ordinal, 31 alphanumerics (fits WeChat Pay's 32,
 * UnionPay's 40 without `-_`). Ordinal 0 is a refund (the key is the refund's); 1 to 61 are a payment's attempts.
 */
export type ChannelReference = string & { readonly __channelReference: unique symbol };
export const channelReference = (scope: Scope, objectKey: ObjectKey, ordinal: number): ChannelReference =>
  `${scope}${objectKey}${base62(ordinal, 1)}` as ChannelReference;

/** Our reference for a payout at a bank: scope + object key. */
export function parsePayoutReference(
  reference: string,
): { readonly scope: Scope; readonly objectKey: ObjectKey } | undefined {
  if (!/^[0-9A-Za-z]{30}$/.test(reference)) return undefined;
  return { scope: reference.slice(0, 8) as Scope, objectKey: reference.slice(8) as ObjectKey };
}

/** What a channel reference names, or undefined when it is not one of ours. */
export function parseChannelReference(
  reference: string,
): { readonly scope: Scope; readonly objectKey: ObjectKey; readonly ordinal: number } | undefined {
  if (!/^[0-9A-Za-z]{31}$/.test(reference)) return undefined;
  return {
    scope: reference.slice(0, 8) as Scope,
    objectKey: reference.slice(8, 30) as ObjectKey,
    ordinal: fromBase62(reference.slice(30)),
  };
}
