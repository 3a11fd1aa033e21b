import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kmsCipher } from '../../../functions/channels/accounts/store.ts';
import { kmsKeyService } from '../../../functions/vault/keys.ts';

/** A KMS that only records its requests. */
let asked: { operation: string; body: Record<string, unknown> }[] = [];
const base64 = (text: string) => Buffer.from(text).toString('base64');
const server = createServer(async (incoming, outgoing) => {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  asked.push({
    operation: String(incoming.headers['x-amz-target']),
    body: JSON.parse(text) as Record<string, unknown>,
  });
  outgoing
    .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    .end(JSON.stringify({ Plaintext: base64('plain'), CiphertextBlob: base64('cipher'), Mac: base64('mac') }));
});
let kms: KMSClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kms = new KMSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
});
afterAll(() => {
  kms.destroy();
  server.close();
});
beforeEach(() => {
  asked = [];
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const context = { purpose: 'card', scope: 'Scope001', epoch: '2027-01' };

describe('what KMS is asked', () => {
  test("a data key is made and unwrapped under its context, by the vault's key", async () => {
    const service = kmsKeyService(kms, 'vault-key', 'mac-key');

    const made = await service.generate(context);
    const unwrapped = await service.unwrap(made.wrapped, context);

    expect([text(made.plain), text(made.wrapped), text(unwrapped)]).toEqual(['plain', 'cipher', 'plain']);
    expect(asked).toEqual([
      {
        operation: 'TrentService.GenerateDataKey',
        body: { KeyId: 'vault-key', KeySpec: 'AES_256', EncryptionContext: context },
      },
      {
        operation: 'TrentService.Decrypt',
        body: { KeyId: 'vault-key', CiphertextBlob: base64('cipher'), EncryptionContext: context },
      },
    ]);
  });

  test('a fingerprint is a MAC by the other key', async () => {
    expect(text(await kmsKeyService(kms, 'vault-key', 'mac-key').mac(Buffer.from('message')))).toBe('mac');
    expect(asked).toEqual([
      {
        operation: 'TrentService.GenerateMac',
        body: { KeyId: 'mac-key', MacAlgorithm: 'HMAC_SHA_256', Message: base64('message') },
      },
    ]);
  });

  test('credentials are sealed and opened under theirs', async () => {
    const cipher = kmsCipher(kms, 'secrets-key');
    const account = { purpose: 'channel-credentials', channel: 'sandbox', account: 'a' };

    await cipher.decrypt(await cipher.encrypt(Buffer.from('x'), account), account);

    expect(asked).toEqual([
      {
        operation: 'TrentService.Encrypt',
        body: { KeyId: 'secrets-key', Plaintext: base64('x'), EncryptionContext: account },
      },
      {
        operation: 'TrentService.Decrypt',
        body: { KeyId: 'secrets-key', CiphertextBlob: base64('cipher'), EncryptionContext: account },
      },
    ]);
  });
});
