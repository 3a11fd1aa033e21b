/** Keys and certificates of the simulator, made when they are first needed: RSA of 2048 bits, and certificates of version 1 that sign themselves. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const newPair = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 });

export interface Certified extends Pair {
  /** In hexadecimal, as messages name it. */
  readonly serial: string;
  readonly pem: string;
}

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const SHA256_RSA = sequence(Buffer.from('06092a864886f70d01010b', 'hex'), Buffer.from('0500', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const nameOf = (text: string): Buffer => sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(text)))));
const time = (ms: number): Buffer =>
  tlv(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));

const DAY_MS = 86_400_000;

/** A certificate for a new key, valid for five years (ITU-T X.509; its encoding is DER, X.690). */
export function newCertified(nowMs: number, name = 'Tenpay.com Root CA'): Certified {
  const pair = newPair();
  // Positive, and of 20 bytes.
  const serial = randomBytes(20);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const subject = nameOf(name);
  const body = sequence(
    tlv(0x02, serial),
    SHA256_RSA,
    subject,
    sequence(time(nowMs - DAY_MS), time(nowMs + 5 * 365 * DAY_MS)),
    subject,
    pair.publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', body, pair.privateKey));
  const base64 = sequence(body, SHA256_RSA, signature).toString('base64');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { ...pair, serial: serial.toString('hex').toUpperCase(), pem };
}

export const privatePem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
export const publicPem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
