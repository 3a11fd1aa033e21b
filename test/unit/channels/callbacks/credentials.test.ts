import { beforeEach, describe, expect, test } from 'vitest';
import { credentialStore, loadAccount, openChannelAccount } from '../../../../functions/channels/accounts/store.ts';
import { credentialsOf } from '../../../../functions/channels/credentials.ts';
import { sandboxCredentials, sandboxMaterial } from '../../../../functions/channels/sandbox/credentials.ts';
import { SCOPE } from '../../../simulators/sandbox-channel.ts';
import { handClock } from '../../../simulators/sandbox-server.ts';
import { memoryTable } from '../../../world/memory-table.ts';
import { fakeCipher } from './cipher.ts';

const account = { channel: 'sandbox', account: 'sba00000000000000000000' };
const CREDENTIALS = { apiKey: 'key-0', callbackSecrets: ['hook-0'] };
const clock = handClock();
let table: ReturnType<typeof memoryTable>;
let cipher: ReturnType<typeof fakeCipher>;

const added = (credentials: unknown) =>
  openChannelAccount(cipher, credentialsOf('sandbox'), {
    ...account,
    scope: SCOPE,
    livemode: false,
    environment: 'test',
    credentials,
  });
const store = () => credentialStore({ table, cipher, clock });

beforeEach(async () => {
  table = memoryTable();
  cipher = fakeCipher();
  await table.commit(await added(CREDENTIALS));
});

describe('credentials', () => {
  test('do not open in the row of another account', async () => {
    const other = { channel: 'sandbox', account: 'sba11111111111111111111' };
    const stored = (await loadAccount(table, account))!;
    const { open } = store();

    await expect(open({ ...stored, ...other }, sandboxCredentials)).rejects.toThrow('InvalidCiphertextException');
  });

  test('of an account that is not there are an error that names it', async () => {
    const { credentials } = store();

    await expect(credentials({ channel: 'sandbox', account: 'unknown' }, sandboxCredentials)).rejects.toThrow(
      'no account unknown',
    );
  });

  test.each([
    ['a member is missing', { apiKey: 'secret-key' }, 'callbackSecrets'],
    ['a member has another type', { apiKey: 7, callbackSecrets: ['secret-hook'] }, 'apiKey'],
    [
      'there is a member too many',
      { apiKey: 'secret-key', callbackSecrets: ['secret-hook'], extra: 'secret-' },
      'extra',
    ],
    ['there is no secret', { apiKey: 'secret-key', callbackSecrets: [] }, 'callbackSecrets'],
    ['they are text', 'secret-key', 'all'],
  ])('are refused when the account is added where %s, and the error repeats none of them', async (_, wrong, member) => {
    const error = (await added(wrong).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toContain(member);
    expect(error.message).not.toContain('secret-');
  });

  test('of a channel that is not there have no schema', () => {
    expect(() => credentialsOf('nobank')).toThrow('no channel nobank');
    expect(() => credentialsOf('__proto__')).toThrow('no channel');
  });

  test('that are stored in another shape do not open, and the error repeats none of them', async () => {
    const stored = (await loadAccount(table, account))!;
    const { open } = store();
    for (const plain of ['{"apiKey":"secret-key"}', 'secret-key']) {
      const encrypted = await cipher.encrypt(Buffer.from(plain), {
        purpose: 'channel-credentials',
        ...account,
      });

      const error = (await open({ ...stored, encrypted }, sandboxCredentials).catch((e: unknown) => e)) as Error;

      expect(error.message).toMatch(/credentials of account sba\w+ are not those of channel sandbox/);
      expect(error.message).not.toContain('secret-');
    }
  });

  test('are opened in the part that a schema reads: the keys of callbacks come without the key that sends requests', async () => {
    const { credentials } = store();

    expect(await credentials(account, sandboxMaterial)).toEqual({ callbackSecrets: ['hook-0'] });
    expect(await credentials(account, sandboxCredentials)).toEqual(CREDENTIALS);
  });

  test('are decrypted once in five minutes', async () => {
    const { credentials } = store();

    for (let each = 0; each < 5; each++) await credentials(account, sandboxCredentials);
    expect(cipher.opened).toBe(1);
    clock.move(5 * 60_000);
    await credentials(account, sandboxCredentials);
    expect(cipher.opened).toBe(2);
  });

  test('are in no member of a stored account in clear', async () => {
    const item = await table.get('channels', { pk: 'a#sandbox#sba00000000000000000000', sk: 'account' });
    const { encrypted, ...stored } = (await loadAccount(table, account))!;

    expect(encrypted).toEqual(item?.sealed);
    expect(stored).toEqual({ ...account, scope: SCOPE, livemode: false, environment: 'test', version: 0 });
  });
});
