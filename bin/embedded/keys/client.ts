/** The client of KMS as functions use it, on keyrings. Any other command, and any other member of these, is refused by its name. */
import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  type DecryptCommandInput,
  type DecryptCommandOutput,
  EncryptCommand,
  type EncryptCommandInput,
  type EncryptCommandOutput,
  GenerateDataKeyCommand,
  type GenerateDataKeyCommandInput,
  type GenerateDataKeyCommandOutput,
  GenerateMacCommand,
  type GenerateMacCommandInput,
  type GenerateMacCommandOutput,
  IncorrectKeyException,
  InvalidCiphertextException,
  InvalidKeyUsageException,
  KMSServiceException,
  NotFoundException,
} from '@aws-sdk/client-kms';
import { assertNoOthers } from '../no-others.ts';
import type { MayUse } from '../wiring/access.ts';
import type { Key } from '../wiring/model-types.ts';
import { type EncryptionContext, type Keyring, NotOpened, OtherKey } from './keyring.ts';

export interface KeysClientOptions {
  readonly keys: readonly Key[];
  /** The keyrings that this process has. A key that is in none of them is not there for it. */
  readonly keyrings: readonly Keyring[];
  readonly mayUse: MayUse;
}

/** What KMS encrypts and makes a MAC of. */
const MOST_BYTES = 4096;
const MOST_ENCRYPTED_BYTES = 6144;
const DATA_KEY_BYTES = 32;

interface FoundKey {
  readonly key: Key;
  readonly keyring: Keyring;
}

export class KeysClient {
  private readonly options: KeysClientOptions;

  constructor(options: KeysClientOptions) {
    this.options = options;
  }

  send(command: EncryptCommand): Promise<EncryptCommandOutput>;
  send(command: DecryptCommand): Promise<DecryptCommandOutput>;
  send(command: GenerateDataKeyCommand): Promise<GenerateDataKeyCommandOutput>;
  send(command: GenerateMacCommand): Promise<GenerateMacCommandOutput>;
  async send(command: object): Promise<object> {
    if (command instanceof EncryptCommand) return this.encrypt(command.input);
    if (command instanceof DecryptCommand) return this.decrypt(command.input);
    if (command instanceof GenerateDataKeyCommand) return this.generateDataKey(command.input);
    if (command instanceof GenerateMacCommand) return this.generateMac(command.input);
    throw new Error(`KMS: ${command.constructor.name} is not known here`);
  }

  private encrypt({ KeyId, Plaintext, EncryptionContext, ...others }: EncryptCommandInput): EncryptCommandOutput {
    assertNoOthers('KMS', others);
    const { key, keyring } = this.keyFor('kms:Encrypt', KeyId, 'encrypt', EncryptionContext);
    const plain = bytesOf('Plaintext', Plaintext, MOST_BYTES);
    return {
      CiphertextBlob: keyring.encrypt(key.name, plain, EncryptionContext ?? {}),
      KeyId: key.arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      $metadata: {},
    };
  }

  private decrypt({ KeyId, CiphertextBlob, EncryptionContext, ...others }: DecryptCommandInput): DecryptCommandOutput {
    assertNoOthers('KMS', others);
    const { key, keyring } = this.keyFor('kms:Decrypt', KeyId, 'encrypt', EncryptionContext);
    const encrypted = bytesOf('CiphertextBlob', CiphertextBlob, MOST_ENCRYPTED_BYTES);
    return {
      Plaintext: opened(keyring, key.name, encrypted, EncryptionContext ?? {}),
      KeyId: key.arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      $metadata: {},
    };
  }

  private generateDataKey(request: GenerateDataKeyCommandInput): GenerateDataKeyCommandOutput {
    const { KeyId, KeySpec, EncryptionContext, ...others } = request;
    assertNoOthers('KMS', others);
    if (KeySpec !== 'AES_256') throw new Error(`KMS: KeySpec ${KeySpec} is not known here`);
    const { key, keyring } = this.keyFor('kms:GenerateDataKey', KeyId, 'encrypt', EncryptionContext);
    const plain = randomBytes(DATA_KEY_BYTES);
    return {
      Plaintext: plain,
      CiphertextBlob: keyring.encrypt(key.name, plain, EncryptionContext ?? {}),
      KeyId: key.arn,
      $metadata: {},
    };
  }

  private generateMac({ KeyId, MacAlgorithm, Message, ...others }: GenerateMacCommandInput): GenerateMacCommandOutput {
    assertNoOthers('KMS', others);
    if (MacAlgorithm !== 'HMAC_SHA_256') throw new Error(`KMS: MacAlgorithm ${MacAlgorithm} is not known here`);
    const { key, keyring } = this.keyFor('kms:GenerateMac', KeyId, 'mac', undefined);
    const message = bytesOf('Message', Message, MOST_BYTES);
    return { Mac: keyring.mac(key.name, message), KeyId: key.arn, MacAlgorithm, $metadata: {} };
  }

  /** The key with this ARN, for what the function may do with it under this context. */
  private keyFor(
    action: string,
    keyId: string | undefined,
    kind: Key['kind'],
    context: EncryptionContext | undefined = {},
  ): FoundKey {
    if (keyId === undefined) throw new Error('KMS: a request without a KeyId is not known here');
    const conditions = Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]);
    this.options.mayUse(action, keyId, Object.fromEntries(conditions) as EncryptionContext);
    const key = this.options.keys.find(({ arn }) => arn === keyId);
    const keyring = key && this.options.keyrings.find((each) => each.has(key.name));
    if (!key || !keyring) throw new NotFoundException(saying(`Key '${keyId}' does not exist`));
    if (key.kind !== kind)
      throw new InvalidKeyUsageException(saying(`${keyId} key usage is not valid for ${action.slice('kms:'.length)}`));
    return { key, keyring };
  }
}

function opened(keyring: Keyring, name: string, encrypted: Uint8Array, context: EncryptionContext): Uint8Array {
  try {
    return keyring.decrypt(name, encrypted, context);
  } catch (error) {
    if (error instanceof NotOpened) throw new InvalidCiphertextException(saying('the ciphertext does not open'));
    if (error instanceof OtherKey)
      throw new IncorrectKeyException(
        saying('The key ID in the request does not identify a CMK that can perform this operation.'),
      );
    throw error;
  }
}

function bytesOf(name: string, bytes: Uint8Array | undefined, most: number): Uint8Array {
  if (bytes === undefined || bytes.length < 1 || bytes.length > most)
    throw new KMSServiceException({
      name: 'ValidationException',
      $fault: 'client',
      ...saying(`'${name}' must have from 1 to ${most} bytes, and has ${bytes?.length ?? 0}`),
    });
  return bytes;
}

const saying = (message: string) => ({ message, $metadata: {} });
