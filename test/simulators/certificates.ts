/** Certificates of a test, made when it starts: X.509 v3 in DER (RFC 5280), signed with RSA. node:crypto reads them, and makes none. */
import { type KeyObject, sign } from 'node:crypto';

/** Relative names, the first one first: `[['C', 'CN'], ['CN', 'Test CA']]`. */
export type Names = readonly (readonly [keyof typeof NAME_TYPES, string])[];

export interface CertificateOrder {
  readonly subject: Names;
  readonly issuer: Names;
  readonly serial: bigint;
  readonly publicKey: KeyObject;
  /** Of the issuer. */
  readonly signedWith: KeyObject;
  readonly fromMs: number;
  readonly untilMs: number;
}

const NAME_TYPES = { C: '550406', O: '55040a', OU: '55040b', CN: '550403' } as const;
/** sha256WithRSAEncryption. */
const SHA256_RSA = '2a864886f70d01010b';

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}
const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
const identifier = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));
const algorithm = (): Buffer => sequence(identifier(SHA256_RSA), element(0x05));

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return element(0x02, ...(bytes[0]! >= 0x80 ? [Buffer.from([0])] : []), bytes);
}

/** GeneralizedTime: `20261201000000Z`. */
const time = (ms: number): Buffer =>
  element(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '')}Z`));

const distinguished = (names: Names): Buffer =>
  sequence(
    ...names.map(([type, text]) =>
      element(0x31, sequence(identifier(NAME_TYPES[type]), element(0x0c, Buffer.from(text)))),
    ),
  );

/** The certificate as PEM. */
export function certificate({
  subject,
  issuer,
  serial,
  publicKey,
  signedWith,
  fromMs,
  untilMs,
}: CertificateOrder): string {
  const tbs = sequence(
    element(0xa0, integer(2n)),
    integer(serial),
    algorithm(),
    distinguished(issuer),
    sequence(time(fromMs), time(untilMs)),
    distinguished(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('RSA-SHA256', tbs, signedWith);
  const der = sequence(tbs, algorithm(), element(0x03, Buffer.from([0]), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
