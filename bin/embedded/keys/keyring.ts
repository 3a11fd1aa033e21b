/** Keys that encrypt and make MACs, as KMS does. A key that encrypts has versions: the newest encrypts, each one opens what it encrypted. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** Of an encrypted blob. */
const FORMAT = 1;

/** A keyring as it is kept. */
export interface KeyringContent {
  /** Of this keyring, the same for ever: a store knows by it whose keys its data is under. */
  readonly id: string;
  readonly keys: Readonly<
    Record<
      string,
      {
        readonly kind: 'encrypt' | 'mac';
        /** Oldest first; ids in hex, secrets in base64. */
        readonly versions: readonly { readonly id: string; readonly secret: string }[];
      }
    >
  >;
}

/** An encryption context: what was encrypted under one opens under the same one alone. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** It does not open: another context, another keyring, or tampered with. Says nothing of which. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
}

/** It was encrypted with another key of the keyring. */
export class OtherKey extends Error {
  override readonly name = 'OtherKey';
}

export class Keyring {
  readonly id: string;
  private readonly secrets: ReadonlyMap<string, readonly Version[]>;

  constructor(content: KeyringContent) {
    this.id = content.id;
    this.secrets = new Map(Object.entries(content.keys).map(([name, { versions }]) => [name, versions.map(versionOf)]));
  }

  has(name: string): boolean {
    return this.secrets.has(name);
  }

  /** `format (1 byte) | version (16) | nonce (12) | ciphertext | tag (16)`; the context and all that leads are authenticated. */
  encrypt(name: string, plain: Uint8Array, context: EncryptionContext): Uint8Array {
    const { id, secret: key } = this.versionsOf(name).at(-1)!;
    const nonce = randomBytes(NONCE_BYTES);
    const head = Buffer.concat([Buffer.of(FORMAT), id, nonce]);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(authenticated(head, name, context));
    return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws NotOpened, OtherKey */
  decrypt(name: string, encrypted: Uint8Array, context: EncryptionContext): Uint8Array {
    const blob = Buffer.from(encrypted);
    if (blob.length < HEAD_BYTES + TAG_BYTES || blob[0] !== FORMAT) throw new NotOpened();
    const head = blob.subarray(0, HEAD_BYTES);
    const id = head.subarray(1, HEAD_BYTES - NONCE_BYTES);
    const version = this.versionsOf(name).find((each) => each.id.equals(id));
    if (version === undefined) throw this.isKnown(id) ? new OtherKey() : new NotOpened();
    try {
      const decipher = createDecipheriv('aes-256-gcm', version.secret, head.subarray(-NONCE_BYTES))
        .setAAD(authenticated(head, name, context))
        .setAuthTag(blob.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(blob.subarray(HEAD_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new NotOpened();
    }
  }

  /** HMAC-SHA-256. Such a key has one version: another would give another MAC for the same message. */
  mac(name: string, message: Uint8Array): Uint8Array {
    return createHmac('sha256', this.versionsOf(name)[0]!.secret).update(message).digest();
  }

  private versionsOf(name: string): readonly Version[] {
    const versions = this.secrets.get(name);
    if (versions === undefined) throw new Error(`the keyring has no key ${name}`);
    return versions;
  }

  private isKnown(id: Buffer): boolean {
    return [...this.secrets.values()].flat().some((each) => each.id.equals(id));
  }
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + 16 + NONCE_BYTES;

interface Version {
  readonly id: Buffer;
  readonly secret: Buffer;
}

const versionOf = ({ id, secret: text }: { readonly id: string; readonly secret: string }): Version => ({
  id: Buffer.from(id, 'hex'),
  secret: Buffer.from(text, 'base64'),
});

/** Pairs of a context count, not their order. */
function authenticated(head: Buffer, name: string, context: EncryptionContext): Buffer {
  const pairs = Object.keys(context)
    .sort()
    .map((key) => [key, context[key]]);
  return Buffer.concat([head, Buffer.from(JSON.stringify([name, pairs]))]);
}
