/**
 * Credentials of an account at WeChat Pay. It has no test environment for API v3, so `environment` is `live` alone: tests run against a simulator.
 */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';

const pem = (error: string, read: (text: string) => KeyObject) =>
  z.string().check(
    z.maxLength(10_000),
    z.refine((text: string) => isRsa(text, read), { error }),
  );

function isRsa(text: string, read: (text: string) => KeyObject): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = read(text);
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    return false;
  }
}

const appId = z.string().check(z.regex(/^[0-9A-Za-z_-]{1,32}$/));
/** Two while one is being changed for the next: a callback may still be encrypted with the earlier one. */
const apiV3Keys = z.array(z.string().check(z.regex(/^[!-~]{32}$/))).check(z.minLength(1), z.maxLength(2));
const mchid = z.string().check(z.regex(/^[0-9]{8,32}$/));

/** The keys of WeChat Pay: its public key, its certificates, or both while an account changes from these to that. */
const platform = z
  .strictObject({
    certificates: z.optional(
      z.array(pem('not an RSA certificate', (text) => new X509Certificate(text).publicKey)).check(z.maxLength(5)),
    ),
    publicKey: z.optional(pem('not an RSA public key', (text) => createPublicKey(text))),
    publicKeyId: z.optional(z.string().check(z.regex(/^PUB_KEY_ID_[0-9A-Za-z]{1,60}$/))),
  })
  .check(
    z.refine(({ publicKey, publicKeyId }) => (publicKey === undefined) === (publicKeyId === undefined), {
      path: ['publicKeyId'],
    }),
    z.refine(({ certificates = [], publicKey }) => publicKey !== undefined || certificates.length > 0),
  );

export const wechatpayCredentials = z.strictObject({
  environment: z.literal('live'),
  mchid,
  /** The app of QR codes and of the pages of phones, which no payment names. */
  appId,
  /** Further apps, official accounts and mini programs that a payment may name. */
  appIds: z.optional(z.array(appId).check(z.maxLength(20))),
  /** Of the merchant's certificate, in hexadecimal. */
  merchantSerial: z.string().check(z.regex(/^[0-9A-Fa-f]{16,64}$/)),
  privateKey: pem('not an RSA private key', (text) => createPrivateKey(text)),
  apiV3Keys,
  platform,
});
export type WechatpayCredentials = z.infer<typeof wechatpayCredentials>;

/** The part of them that verifies and decrypts callbacks. It signs nothing. */
export const wechatpayMaterial = z.object({ mchid, appId, appIds: z.optional(z.array(appId)), apiV3Keys, platform });
export type WechatpayMaterial = z.infer<typeof wechatpayMaterial>;

/** Whether payments may name this app. */
export const hasApp = (
  { appId: own, appIds = [] }: Pick<WechatpayMaterial, 'appId' | 'appIds'>,
  app: string,
): boolean => own === app || appIds.includes(app);
