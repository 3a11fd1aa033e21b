/** Keys and certificates of an account, read from the texts that Alipay's console gives. Pure. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';

/** Undefined instead of an error: what cannot be read is no key. */
function read<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

const isRsa = (key: KeyObject | undefined): key is KeyObject =>
  key?.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
const onlyRsa = (key: KeyObject | undefined): KeyObject | undefined => (isRsa(key) ? key : undefined);
const derOf = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'base64');

/**
 * The private key of an application: PEM, or its base64 alone, as PKCS#8 or PKCS#1. Alipay's key tool gives the base64. Undefined: no RSA key of
 * 2,048 bits or more.
 */
export function privateKeyOf(text: string): KeyObject | undefined {
  if (text.includes('-----BEGIN')) return onlyRsa(read(() => createPrivateKey(text.trim())));
  const der = (type: 'pkcs8' | 'pkcs1') => read(() => createPrivateKey({ key: derOf(text), format: 'der', type }));
  return onlyRsa(der('pkcs8') ?? der('pkcs1'));
}

/** Alipay's public key: PEM, or its base64 alone, as the console shows it. */
export function publicKeyOf(text: string): KeyObject | undefined {
  if (text.includes('-----BEGIN PUBLIC KEY')) return onlyRsa(read(() => createPublicKey(text.trim())));
  return onlyRsa(read(() => createPublicKey({ key: derOf(text), format: 'der', type: 'spki' })));
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates in a file, in their order. A part that is none is left out. */
export const certificatesIn = (text: string): readonly X509Certificate[] =>
  (text.match(CERTIFICATE) ?? []).flatMap((pem) => read(() => new X509Certificate(pem)) ?? []);

/** The public key of the first certificate in a file. */
export function certifiedKeyOf(text: string): KeyObject | undefined {
  const [certificate] = certificatesIn(text);
  return certificate && onlyRsa(read(() => certificate.publicKey));
}

/** The names of a distinguished name as node prints them: one per line, with `\` before signs that RFC 2253 escapes. */
const namesOf = (issuer: string): readonly string[] =>
  issuer.split('\n').map((name) => name.replace(/\\([,+"\\<>;# ])/g, '$1'));

/** A certificate as Alipay names it: MD5 over the issuer, its last name first, and the serial number in decimal (alipay-sdk 4.14, antcertutil.ts). */
export const serialOf = ({ issuer, serialNumber }: X509Certificate): string =>
  createHash('md5')
    .update(`${[...namesOf(issuer)].reverse().join(',')}${BigInt(`0x${serialNumber}`)}`)
    .digest('hex');

/** The serials of the root certificates that are signed with RSA, joined. Alipay's file holds others, too. */
export const rootSerialOf = (text: string): string =>
  certificatesIn(text)
    .filter(({ raw }) => isSignedByRsa(raw))
    .map(serialOf)
    .join('_');

/** Object identifiers under 1.2.840.113549.1.1 (PKCS #1), in DER. */
const PKCS1 = Buffer.from('2a864886f70d0101', 'hex');

/** Whether the algorithm of the certificate's signature is of PKCS #1 (RFC 5280: certificate = { tbs, { algorithm }, signature }). */
function isSignedByRsa(der: Uint8Array): boolean {
  const tbs = contentOf(der, 0);
  const identifier = contentOf(der, contentOf(der, tbs.from).to);
  const algorithm = contentOf(der, identifier.from);
  return PKCS1.equals(der.subarray(algorithm.from, algorithm.from + PKCS1.length));
}

/** Where the content of the DER element at `at` begins and ends. */
function contentOf(der: Uint8Array, at: number): { readonly from: number; readonly to: number } {
  const short = der[at + 1]!;
  if (short < 0x80) return { from: at + 2, to: at + 2 + short };
  const from = at + 2 + (short & 0x7f);
  const length = der.subarray(at + 2, from).reduce((sum, byte) => sum * 256 + byte, 0);
  return { from, to: from + length };
}
