/** Signatures and encryption as WeChat Pay makes them, written apart from the product's own: one misunderstanding must not stand on both sides. */
import { createCipheriv, createSign, createVerify } from 'node:crypto';
import { type Running, randomText } from './running.ts';

export interface SignedMessage {
  readonly raw: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** AEAD_AES_256_GCM: the tag follows the content. */
export function encryptedResource(plain: string, key: string, associated: string) {
  const nonce = randomText(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associated));
  const bytes = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext: bytes.toString('base64'), associated_data: associated, nonce };
}

/**
 * The headers of an answer or a callback. `asked`: the key that the merchant wants (`Wechatpay-Serial` of the request), which counts where it is the public key; otherwise the
 * certificate that is in use signs.
 */
export function signedHeaders(
  { parties, faults, nowMs }: Pick<Running, 'parties' | 'faults' | 'nowMs'>,
  body: string,
  asked: string | string[] | undefined,
): Record<string, string> {
  const timestamp = String(Math.floor((nowMs() + faults.clockOffsetMs) / 1000));
  const nonce = randomText(32);
  const certificate = parties.platform[faults.isRotated ? 1 : 0];
  const [serial, key] =
    asked === parties.publicKeyId
      ? [parties.publicKeyId, parties.publicKey.privateKey]
      : [certificate.serial, certificate.privateKey];
  const text = `${timestamp}\n${nonce}\n${body}\n`;
  return {
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Serial': serial,
    'Wechatpay-Signature': createSign('RSA-SHA256').update(text).sign(key, 'base64'),
    'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
  };
}

const SCHEME = 'WECHATPAY2-SHA256-RSA2048 ';

/** Whether the merchant signed the request within the last five minutes. */
export function isSignedBy(
  { parties, nowMs }: Pick<Running, 'parties' | 'nowMs'>,
  request: {
    readonly method: string;
    readonly target: string;
    readonly raw: string;
    readonly authorization: string | undefined;
  },
): boolean {
  const { method, target, raw, authorization = '' } = request;
  if (!authorization.startsWith(SCHEME)) return false;
  const fields = new Map(
    authorization
      .slice(SCHEME.length)
      .split(',')
      .map((field) => /^(\w+)="([^"]*)"$/.exec(field))
      .flatMap((match) => (match ? [[match[1]!, match[2]!] as const] : [])),
  );
  const timestamp = fields.get('timestamp') ?? '';
  const isNow = /^\d{10}$/.test(timestamp) && Math.abs(nowMs() / 1000 - Number(timestamp)) < 300;
  if (!isNow || fields.get('mchid') !== parties.mchid || fields.get('serial_no') !== parties.merchantSerial)
    return false;
  const text = [method, target, timestamp, fields.get('nonce_str') ?? '', raw, ''].join('\n');
  return createVerify('RSA-SHA256')
    .update(text)
    .verify(parties.merchant.publicKey, fields.get('signature') ?? '', 'base64');
}
