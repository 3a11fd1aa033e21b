/**
 * The envelope: AES-256-GCM under a key of this record's own, derived from the scope's data key. Pure.
 *
 * A ciphertext opens only for exactly the record it was made for: scope, payment method, version and field are both in the
 * derivation and in the additional data, so a row that is copied, swapped or moved to another merchant does not decrypt.
 * GCM alone lets one ciphertext be made to open under two keys; the commitment, derived beside the key, rules that out.
 *
 *   format (1 byte) | commitment (32) | nonce (12) | ciphertext | tag (16)
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ObjectKey, Scope } from '../kernel/ids.ts';

/** Which field of which version of which record of which scope. */
export interface Identity {
  readonly scope: Scope;
  readonly body: ObjectKey;
  readonly version: number;
  readonly field: 'card' | 'cvc';
}

const FORMAT = 1;
const COMMITMENT = { from: 1, to: 33 };
const NONCE = { from: 33, to: 45 };
const TAG_BYTES = 16;

/** It did not open: another record, another key, or tampered with. Says nothing of which. */
export class DecryptionFailed extends Error {
  override readonly name = 'DecryptionFailed';
  constructor() {
    super('the ciphertext is not of this record');
  }
}

const aadOf = ({ scope, body, version, field }: Identity): string => `${scope}|pm_${body}|${version}|${field}`;

function derive(dataKey: Uint8Array, identity: Identity): { readonly key: Buffer; readonly commitment: Buffer } {
  const derived = Buffer.from(hkdfSync('sha256', dataKey, '', `sluice vault ${FORMAT}|${aadOf(identity)}`, 64));
  return { key: derived.subarray(0, 32), commitment: derived.subarray(32) };
}

/** `nonce` is given by golden vectors only; else it is fresh, so that sealing twice is safe. */
export function encrypt(
  dataKey: Uint8Array,
  identity: Identity,
  plain: Uint8Array,
  nonce: Uint8Array = randomBytes(12),
): Uint8Array {
  const { key, commitment } = derive(dataKey, identity);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aadOf(identity)));
  return Buffer.concat([
    Buffer.of(FORMAT),
    commitment,
    nonce,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** @throws DecryptionFailed */
export function decrypt(dataKey: Uint8Array, identity: Identity, encrypted: Uint8Array): Buffer {
  if (encrypted[0] !== FORMAT || encrypted.length < NONCE.to + TAG_BYTES) throw new DecryptionFailed();
  const { key, commitment } = derive(dataKey, identity);
  if (!timingSafeEqual(commitment, encrypted.subarray(COMMITMENT.from, COMMITMENT.to))) throw new DecryptionFailed();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, encrypted.subarray(NONCE.from, NONCE.to))
      .setAAD(Buffer.from(aadOf(identity)))
      .setAuthTag(Buffer.from(encrypted.subarray(-TAG_BYTES)));
    return Buffer.concat([decipher.update(encrypted.subarray(NONCE.to, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new DecryptionFailed();
  }
}
