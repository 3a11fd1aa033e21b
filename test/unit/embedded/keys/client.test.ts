/** The client as the product calls it (functions/vault/keys.ts, functions/channels/accounts/store.ts), and what KMS refuses. */
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  type KMSClient,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { KeysClient } from '../../../../bin/embedded/keys/client.ts';
import { Keyring } from '../../../../bin/embedded/keys/keyring.ts';
import { kmsCipher } from '../../../../functions/channels/accounts/store.ts';
import { kmsKeyService } from '../../../../functions/vault/keys.ts';

const arn = (name: string): string => `arn:aws:kms:embedded:000000000000:key/${name}`;
const keys = (['data', 'secrets', 'vault', 'fingerprint'] as const).map((name) => ({
  name,
  arn: arn(name),
  kind: name === 'fingerprint' ? ('mac' as const) : ('encrypt' as const),
  rotates: true,
}));
const ring = (...names: readonly string[]): Keyring =>
  new Keyring({
    id: names.join(),
    keys: Object.fromEntries(
      names.map((name) => [
        name,
        {
          kind: name === 'fingerprint' ? 'mac' : 'encrypt',
          versions: [
            {
              id: Buffer.from(name.padEnd(16)).toString('hex'),
              secret: Buffer.from(name.padEnd(32)).toString('base64'),
            },
          ],
        },
      ]),
    ),
  });

/** The vault's process: its own keyring, and the stack's. */
const keyrings = [ring('vault', 'fingerprint'), ring('secrets')];
const clientWith = (mayUse: (action: string, arn: string, context?: object) => void = () => {}) =>
  new KeysClient({ keys, keyrings, mayUse });
const client = clientWith();
const kms = client as unknown as KMSClient;
const plain = Buffer.from('plain');

describe('the product', () => {
  it('encrypts secrets that open under their context', async () => {
    const cipher = kmsCipher(kms, arn('secrets'));
    const context = { purpose: 'webhook-secret', scope: 'Scope001', endpoint: 'we1' };
    const encrypted = await cipher.encrypt(plain, context);

    expect(Buffer.from(await cipher.decrypt(encrypted, context)).toString()).toBe('plain');
    await expect(cipher.decrypt(encrypted, { ...context, scope: 'Scope002' })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  });

  it('makes data keys, opens them, and makes fingerprints', async () => {
    const service = kmsKeyService(kms, arn('vault'), arn('fingerprint'));
    const context = { purpose: 'card', scope: 'Scope001', epoch: '2027-01' };
    const { plain: key, wrapped } = await service.generate(context);

    expect(key.length).toBe(32);
    expect(await service.unwrap(wrapped, context)).toEqual(key);
    expect(await service.mac(plain)).toEqual(await service.mac(plain));
    expect((await service.mac(plain)).length).toBe(32);
    expect((await service.generate(context)).plain).not.toEqual(key);
  });
});

describe('rights', () => {
  it('are asked for with every pair of the context', async () => {
    const asked: unknown[] = [];
    const watched = clientWith((...question) => void asked.push(question));
    const EncryptionContext = { purpose: 'card', scope: 'Scope001' };
    const conditions = {
      'kms:EncryptionContext:purpose': 'card',
      'kms:EncryptionContext:scope': 'Scope001',
    };

    const data = await watched.send(
      new GenerateDataKeyCommand({ KeyId: arn('vault'), KeySpec: 'AES_256', EncryptionContext }),
    );
    await watched.send(
      new DecryptCommand({ KeyId: arn('vault'), CiphertextBlob: data.CiphertextBlob, EncryptionContext }),
    );
    await watched.send(new EncryptCommand({ KeyId: arn('secrets'), Plaintext: plain }));
    await watched.send(
      new GenerateMacCommand({ KeyId: arn('fingerprint'), MacAlgorithm: 'HMAC_SHA_256', Message: plain }),
    );

    expect(asked).toEqual([
      ['kms:GenerateDataKey', arn('vault'), conditions],
      ['kms:Decrypt', arn('vault'), conditions],
      ['kms:Encrypt', arn('secrets'), {}],
      ['kms:GenerateMac', arn('fingerprint'), {}],
    ]);
  });

  it('are asked for before anything else', async () => {
    const denied = clientWith((action) => {
      throw new Error(`${action} is refused`);
    });

    for (const command of [
      new EncryptCommand({ KeyId: arn('other'), Plaintext: plain }),
      new EncryptCommand({ KeyId: arn('secrets'), Plaintext: new Uint8Array() }),
    ])
      await expect(denied.send(command)).rejects.toThrow('kms:Encrypt is refused');
  });
});

describe('what KMS refuses', () => {
  const failsWith = async (command: object, name: string): Promise<void> => {
    await expect(client.send(command as EncryptCommand)).rejects.toMatchObject({ name });
  };

  it('a key that is not there, or is in no keyring of this process', async () => {
    for (const name of ['nothing', 'data'])
      await failsWith(new EncryptCommand({ KeyId: arn(name), Plaintext: plain }), 'NotFoundException');
    await failsWith(new EncryptCommand({ KeyId: 'secrets', Plaintext: plain }), 'NotFoundException');
  });

  it('a key of the other usage', async () => {
    await failsWith(new EncryptCommand({ KeyId: arn('fingerprint'), Plaintext: plain }), 'InvalidKeyUsageException');
    const mac = { KeyId: arn('secrets'), MacAlgorithm: 'HMAC_SHA_256', Message: plain } as const;
    await failsWith(new GenerateMacCommand(mac), 'InvalidKeyUsageException');
  });

  it('a ciphertext of another key, and what is none', async () => {
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: arn('vault'), Plaintext: plain }));
    const two = new KeysClient({ keys, keyrings: [ring('vault', 'secrets')], mayUse: () => {} });
    const other = new DecryptCommand({ KeyId: arn('secrets'), CiphertextBlob });

    await expect(two.send(other)).rejects.toMatchObject({ name: 'IncorrectKeyException' });
    await failsWith(other, 'InvalidCiphertextException');
    await failsWith(
      new DecryptCommand({ KeyId: arn('secrets'), CiphertextBlob: Buffer.alloc(60) }),
      'InvalidCiphertextException',
    );
  });

  it('nothing, and more than 4,096 bytes', async () => {
    const encrypt = (bytes: number) => new EncryptCommand({ KeyId: arn('secrets'), Plaintext: Buffer.alloc(bytes) });
    const mac = (bytes: number) =>
      new GenerateMacCommand({
        KeyId: arn('fingerprint'),
        MacAlgorithm: 'HMAC_SHA_256',
        Message: Buffer.alloc(bytes),
      });
    const decrypt = (bytes: number) =>
      new DecryptCommand({ KeyId: arn('secrets'), CiphertextBlob: Buffer.alloc(bytes) });

    for (const command of [encrypt(0), encrypt(4097), mac(0), mac(4097), decrypt(0), decrypt(6145)])
      await failsWith(command, 'ValidationException');
    const { CiphertextBlob } = await client.send(encrypt(4096));
    const opened = await client.send(new DecryptCommand({ KeyId: arn('secrets'), CiphertextBlob }));
    expect(opened.Plaintext!.length).toBe(4096);
    await client.send(mac(4096));
  });
});

describe('what no function uses is refused by its name', () => {
  it.each([
    [new DescribeKeyCommand({ KeyId: arn('secrets') }), 'KMS: DescribeKeyCommand is not known here'],
    [
      new VerifyMacCommand({ KeyId: 'k', Mac: plain, Message: plain, MacAlgorithm: 'HMAC_SHA_256' }),
      'KMS: VerifyMacCommand is not known here',
    ],
    [new DecryptCommand({ CiphertextBlob: plain }), 'KMS: a request without a KeyId is not known here'],
    [new EncryptCommand({ KeyId: 'k', Plaintext: plain, GrantTokens: ['x'] }), 'KMS: GrantTokens is not known here'],
    [
      new EncryptCommand({ KeyId: 'k', Plaintext: plain, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }),
      'KMS: EncryptionAlgorithm is not known here',
    ],
    [new GenerateDataKeyCommand({ KeyId: 'k', KeySpec: 'AES_128' }), 'KMS: KeySpec AES_128 is not known here'],
    [new GenerateDataKeyCommand({ KeyId: 'k', NumberOfBytes: 8 }), 'KMS: NumberOfBytes is not known here'],
    [
      new GenerateMacCommand({ KeyId: 'k', MacAlgorithm: 'HMAC_SHA_512', Message: plain }),
      'KMS: MacAlgorithm HMAC_SHA_512 is not known here',
    ],
  ])('%#', async (command, message) => {
    await expect(client.send(command as unknown as EncryptCommand)).rejects.toThrow(message);
  });
});
