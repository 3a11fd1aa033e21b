/** What the simulator is made of: both parties with their keys, its state and its faults. */
import { createPublicKey, randomBytes } from 'node:crypto';
import type { ApiState } from './api.ts';
import type { StoredBill } from './bills.ts';
import { type Certified, newCertified, newPair, type Pair, privatePem, publicPem } from './keys.ts';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const randomText = (count: number): string =>
  [...randomBytes(count)].map((byte) => LETTERS[byte % LETTERS.length]).join('');

/** The merchant and the keys of both sides. They may be used by several simulators: making them takes a while. */
export interface Parties {
  readonly mchid: string;
  readonly appId: string;
  readonly appIds: readonly string[];
  readonly merchant: Pair;
  readonly merchantSerial: string;
  readonly apiV3Key: string;
  readonly platform: readonly [Certified, Certified];
  readonly publicKey: Pair;
  readonly publicKeyId: string;
}

export function newParties(nowMs: number): Parties {
  return {
    mchid: '1900000109',
    appId: 'wxd678efh567hg6787',
    appIds: ['wx2421b1c4370ec43b', 'wx8888888888888888'],
    merchant: newPair(),
    merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    apiV3Key: randomText(32),
    platform: [newCertified(nowMs), newCertified(nowMs)],
    publicKey: newPair(),
    publicKeyId: 'PUB_KEY_ID_0119000001092024101100397200000006',
  };
}

/** What the merchant enters for an account. `by`: with which of WeChat Pay's keys it verifies. */
export function credentialsFor(parties: Parties, by: 'certificates' | 'public_key' | 'both' = 'certificates'): object {
  const { mchid, appId, appIds, merchant, merchantSerial, apiV3Key, platform, publicKey, publicKeyId } = parties;
  return {
    environment: 'live',
    mchid,
    appId,
    appIds,
    merchantSerial,
    privateKey: privatePem(merchant.privateKey),
    apiV3Keys: [apiV3Key],
    platform: {
      ...(by !== 'public_key' && { certificates: [platform[0].pem] }),
      ...(by !== 'certificates' && { publicKey: publicPem(publicKey.publicKey), publicKeyId }),
    },
  };
}

/** Of one request. drop_request: it never arrives. drop_response: it is carried out. probe, tamper: the answer must not be believed. An error: nothing is carried out. */
export type Fault =
  | 'none'
  | 'drop_request'
  | 'drop_response'
  | 'probe'
  | 'tamper'
  | { readonly status: number; readonly code: string };

export interface Faults {
  /** Of the next requests, one each. */
  readonly next: Fault[];
  down: boolean;
  /** Answers have no signature. */
  unsigned: boolean;
  /** The new certificate signs. */
  isRotated: boolean;
  /** By how much the clock of WeChat Pay differs, ms. */
  clockOffsetMs: number;
  /** The id of the public key: callbacks are signed with it. */
  callbackSerial: string | undefined;
}

export const freshFaults = (): Faults => ({
  next: [],
  down: false,
  unsigned: false,
  isRotated: false,
  clockOffsetMs: 0,
  callbackSerial: undefined,
});

export interface Running {
  readonly parties: Parties;
  readonly state: ApiState;
  readonly faults: Faults;
  readonly bills: Map<string, StoredBill>;
  readonly nowMs: () => number;
  url: string;
}

/** The public key that a certificate or the id of one stands for, for a judge of the signatures. */
export const publicKeysOf = ({ platform, publicKey, publicKeyId }: Parties): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(platform.map(({ serial, pem }) => [serial, publicPem(createPublicKey(pem))])),
  [publicKeyId]: publicPem(publicKey.publicKey),
});
