/** Credentials of an account at Alipay: an application with its key, and what verifies Alipay's answers, as keys or as certificates. */
import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { certificatesIn, certifiedKeyOf, privateKeyOf, publicKeyOf, rootSerialOf, serialOf } from './keys.ts';

/** Products that a merchant signs for at Alipay: web page, mobile page, app, QR code, and pre-authorization. */
export const PRODUCTS = ['page', 'wap', 'app', 'qr', 'preauth'] as const;
export type Product = (typeof PRODUCTS)[number];

const text = z.string().check(z.minLength(1), z.maxLength(20_000));
const appId = z.string().check(z.regex(/^[0-9]{1,32}$/));
const sellerId = z.optional(z.string().check(z.regex(/^2088[0-9]{12}$/)));
/** Two while one is being changed for the next. */
const few = <T>(one: z.ZodMiniType<T>) => z.optional(z.array(one).check(z.minLength(1), z.maxLength(2)));
const publicKeys = few(text.check(z.refine((key) => publicKeyOf(key) !== undefined)));
const certificates = few(text.check(z.refine((file) => certifiedKeyOf(file) !== undefined)));

const members = z.strictObject({
  environment: z.enum(['test', 'live']),
  appId,
  /** The merchant's number at Alipay (PID): callbacks of another one are refused. */
  sellerId,
  /** What the merchant has signed for. Default: web page, mobile page and app. */
  products: z.optional(z.array(z.enum(PRODUCTS)).check(z.minLength(1))),
  privateKey: text.check(z.refine((key) => privateKeyOf(key) !== undefined)),
  alipayPublicKeys: publicKeys,
  appCert: z.optional(text),
  alipayCerts: certificates,
  alipayRootCert: z.optional(text.check(z.refine((file) => rootSerialOf(file) !== ''))),
});
type Members = z.infer<typeof members>;

/** Keys, or all three certificates; never both. */
const isOneMode = ({ alipayPublicKeys, appCert, alipayCerts, alipayRootCert }: Members): boolean => {
  const files = [appCert, alipayCerts, alipayRootCert].filter((file) => file !== undefined).length;
  return alipayPublicKeys ? files === 0 : files === 3;
};

/** The certificate of the application is about its private key. */
const certifiesKey = ({ appCert, privateKey }: Members): boolean => {
  const key = privateKeyOf(privateKey);
  return appCert === undefined || (key !== undefined && certificatesIn(appCert)[0]?.checkPrivateKey(key) === true);
};

export const alipayCredentials = members.check(
  z.refine(isOneMode, { path: ['alipayPublicKeys'] }),
  z.refine(certifiesKey, { path: ['appCert'] }),
);
export type AlipayCredentials = z.infer<typeof alipayCredentials>;

/** Whether the account can hold an amount: pre-authorization is a product of its own, and freezes in favor of the merchant by number. */
export const canHold = ({ products = [], sellerId: seller }: AlipayCredentials): boolean =>
  products.includes('preauth') && seller !== undefined;

/** The part of them that verifies callbacks. */
export const alipayMaterial = z.object({
  appId,
  sellerId,
  alipayPublicKeys: publicKeys,
  alipayCerts: certificates,
});
export type AlipayMaterial = z.infer<typeof alipayMaterial>;

/** A key of Alipay. Answers in certificate mode name the certificate by its serial. */
export interface VerifyingKey {
  readonly key: KeyObject;
  readonly serial?: string;
}

export function verifyingKeys({
  alipayPublicKeys = [],
  alipayCerts = [],
}: Pick<AlipayMaterial, 'alipayPublicKeys' | 'alipayCerts'>): readonly VerifyingKey[] {
  const plain = alipayPublicKeys.map((each): VerifyingKey => ({ key: publicKeyOf(each)! }));
  const certified = alipayCerts.map(
    (file): VerifyingKey => ({ key: certifiedKeyOf(file)!, serial: serialOf(certificatesIn(file)[0]!) }),
  );
  return [...plain, ...certified];
}

/** The keys that may have signed; undefined: a certificate that is not known. */
export function keysNamed(keys: readonly VerifyingKey[], serial: string | undefined): readonly KeyObject[] | undefined {
  if (serial === undefined || !keys.some((each) => each.serial !== undefined)) return keys.map(({ key }) => key);
  const named = keys.filter((each) => each.serial === serial);
  return named.length > 0 ? named.map(({ key }) => key) : undefined;
}
