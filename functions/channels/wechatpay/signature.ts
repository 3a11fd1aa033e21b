/**
 * Signatures and encryption of API v3. Requests, responses and callbacks are signed with RSA and SHA-256 over lines of text; a response or callback is genuine for 300
 * seconds. Contents are encrypted with AES-256-GCM under the merchant's APIv3 key. Pure.
 * @see https://pay.weixin.qq.com/doc/v3/merchant/4012365342
 */
import { createDecipheriv, createPublicKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';
import type { CallbackHeaders } from '../port/callback.ts';
import type { WechatpayMaterial } from './credentials.ts';

/** Of each part a line. */
const lines = (...parts: readonly string[]): string => parts.map((part) => `${part}\n`).join('');
const signed = (text: string, key: KeyObject | string): string =>
  sign('sha256', Buffer.from(text), key).toString('base64');

/** A request as it is sent: `target` is its path with the query, exactly as on the wire. */
export interface SignedRequest {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly timestamp: number;
  readonly nonce: string;
  readonly body?: string | undefined;
}

export interface Signer {
  readonly mchid: string;
  readonly merchantSerial: string;
  readonly privateKey: KeyObject | string;
}

/** The `Authorization` of a request. */
export function authorization({ mchid, merchantSerial, privateKey }: Signer, request: SignedRequest): string {
  const { method, target, timestamp, nonce, body = '' } = request;
  const signature = signed(lines(method, target, String(timestamp), nonce, body), privateKey);
  return `WECHATPAY2-SHA256-RSA2048 mchid="${mchid}",serial_no="${merchantSerial}",timestamp="${timestamp}",nonce_str="${nonce}",signature="${signature}"`;
}

/** What a payer's page or app hands to WeChat, beside its own app. */
export interface PayerStart {
  readonly appId: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly prepayId: string;
}

/** The signature by which an app opens WeChat. */
export const appSignature = ({ appId, timestamp, nonce, prepayId }: PayerStart, key: KeyObject | string): string =>
  signed(lines(appId, timestamp, nonce, prepayId), key);

/** The same for a page or mini program inside WeChat. */
export const pageSignature = ({ appId, timestamp, nonce, prepayId }: PayerStart, key: KeyObject | string): string =>
  signed(lines(appId, timestamp, nonce, `prepay_id=${prepayId}`), key);

/** Public keys of WeChat Pay by the serial number that a message names: certificates, and public keys by their id. */
export type PlatformKeys = ReadonlyMap<string, KeyObject>;

const WINDOW_SECONDS = 300;
/** Sent on purpose to see whether signatures are verified: such a one never is genuine. */
const PROBE = 'WECHATPAY/SIGNTEST/';

const header = z.string().check(z.minLength(1), z.maxLength(1_000));
const signatureHeaders = z.object({
  'wechatpay-timestamp': z.string().check(z.regex(/^[0-9]{1,12}$/)),
  'wechatpay-nonce': header,
  'wechatpay-serial': header,
  'wechatpay-signature': header,
});
type SignatureHeaders = z.infer<typeof signatureHeaders>;

/** The headers of a message that was signed just now; undefined where one is missing, the time is another, or it is a probe. */
export function signatureIn(headers: CallbackHeaders, nowMs: number): SignatureHeaders | undefined {
  const { data } = z.safeParse(signatureHeaders, headers);
  if (!data || data['wechatpay-signature'].startsWith(PROBE)) return undefined;
  return Math.abs(nowMs / 1000 - Number(data['wechatpay-timestamp'])) < WINDOW_SECONDS ? data : undefined;
}

/** Whether the message has a signature. Errors of WeChat Pay may not be. */
export const isSigned = (headers: CallbackHeaders): boolean => headers['wechatpay-signature'] !== undefined;

/** unknown_key: it may be genuine, signed with a key that is not known yet. */
export type Verified = 'valid' | 'invalid' | 'unknown_key';

/** Verifies a response or a callback over the bytes of its body. */
export function verified(raw: Uint8Array, headers: CallbackHeaders, keys: PlatformKeys, nowMs: number): Verified {
  const given = signatureIn(headers, nowMs);
  if (!given) return 'invalid';
  const key = keys.get(given['wechatpay-serial']);
  if (!key) return 'unknown_key';
  const head = Buffer.from(lines(given['wechatpay-timestamp'], given['wechatpay-nonce']));
  const text = Buffer.concat([head, raw, Buffer.from('\n')]);
  return verify('sha256', text, key, Buffer.from(given['wechatpay-signature'], 'base64')) ? 'valid' : 'invalid';
}

const known = new WeakMap<object, PlatformKeys>();

/** The keys of an account's credentials. They are read once per object, which the store of credentials keeps for minutes. */
export function keysOf(platform: WechatpayMaterial['platform']): PlatformKeys {
  const read = known.get(platform) ?? readKeys(platform);
  known.set(platform, read);
  return read;
}

function readKeys({ certificates = [], publicKey, publicKeyId }: WechatpayMaterial['platform']): PlatformKeys {
  const keys = new Map(certificates.map(certificateKey));
  if (publicKey !== undefined && publicKeyId !== undefined) keys.set(publicKeyId, createPublicKey(publicKey));
  return keys;
}

/** The serial number of a certificate, as messages name it, with its key. @throws for what is no certificate */
export function certificateKey(pem: string): readonly [string, KeyObject] {
  const { serialNumber, publicKey } = new X509Certificate(pem);
  return [serialNumber, publicKey];
}

const TAG_BYTES = 16;

/** Encrypted content in a callback, or in the list of certificates. */
export const encrypted = z.object({
  algorithm: z.literal('AEAD_AES_256_GCM'),
  ciphertext: z.string().check(z.regex(/^[0-9A-Za-z+/=]*$/)),
  nonce: z.string().check(z.regex(/^[ -~]{12}$/)),
  associated_data: z.optional(z.string().check(z.maxLength(64))),
});
type Encrypted = z.infer<typeof encrypted>;

/** The content, by the first of the keys that opens it; undefined where none does. */
export function decrypted(content: Encrypted, apiV3Keys: readonly string[]): string | undefined {
  for (const key of apiV3Keys) {
    const text = opened(content, key);
    if (text !== undefined) return text;
  }
  return undefined;
}

function opened({ ciphertext, nonce, associated_data: data = '' }: Encrypted, key: string): string | undefined {
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key), Buffer.from(nonce), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(data)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
