/** Callbacks as they are stored, and callbacks during a rotation of the credentials. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  credentialStore,
  encryptCredentials,
  loadAccount,
  openChannelAccount,
  putAccount,
} from '../../../../functions/channels/accounts/store.ts';
import { type CallbacksDeps, serveCallback } from '../../../../functions/channels/callbacks/callbacks.ts';
import {
  listCallbacks,
  loadCallback,
  newestCallbackMs,
  writeCallback,
} from '../../../../functions/channels/callbacks/store.ts';
import { credentialsOf } from '../../../../functions/channels/credentials.ts';
import type { CallbackMessage } from '../../../../functions/channels/port/port.ts';
import { callbacksOf } from '../../../../functions/channels/verifiers.ts';
import { absent } from '../../../../functions/table/table.ts';
import { type SandboxFixture, SCOPE, sandboxFixture } from '../../../simulators/sandbox-channel.ts';
import type { SignedCallback } from '../../../simulators/sandbox-server.ts';
import { memoryTable } from '../../../world/memory-table.ts';
import { fakeCipher } from './cipher.ts';

let fixture: SandboxFixture;
let table: ReturnType<typeof memoryTable>;
let cipher: ReturnType<typeof fakeCipher>;
let deps: CallbacksDeps;
let queued: CallbackMessage[];
let signed: SignedCallback;

beforeEach(async () => {
  table = memoryTable();
  cipher = fakeCipher();
  queued = [];
  fixture = await sandboxFixture(table);
  const { apiKey, callbackSecret } = fixture.opened;
  await table.commit(
    await openChannelAccount(cipher, credentialsOf('sandbox'), {
      ...fixture.account,
      scope: SCOPE,
      livemode: false,
      environment: 'test',
      credentials: { apiKey, callbackSecrets: [callbackSecret] },
    }),
  );
  deps = {
    clock: fixture.clock,
    callbacks: callbacksOf,
    account: (account) => loadAccount(table, account),
    credentials: credentialStore({ table, cipher, clock: fixture.clock }).open,
    enqueue: async (message) => void queued.push(message),
  };
  await fixture.channel.authorize(fixture.request('pm_card_visa'));
  signed = await fixture.sandbox.signed(fixture.sandbox.due[0]!);
});
afterEach(() => fixture.sandbox.close());

const receive = ({ headers = signed.headers }: { readonly headers?: Readonly<Record<string, string>> } = {}) => {
  const { channel, account } = fixture.account;
  const path = `/v1/channels/${channel}/callbacks/${account}`;
  return serveCallback(deps, { method: 'POST', path, headers, body: signed.raw });
};

describe('the stored callback', () => {
  test('is kept raw and with its fact, once per message of the queue, newest first', async () => {
    await receive();
    const message = queued[0]!;
    const later = { ...message, receivedMs: message.receivedMs + 1 };

    await table.commit(writeCallback(message));
    await table.commit(writeCallback(later));

    await expect(table.commit(writeCallback({ ...message }))).rejects.toThrow('condition');
    const { callbacks, after } = await listCallbacks(table, fixture.account, { limit: 1 });
    const next = await listCallbacks(table, fixture.account, { limit: 5, after });
    expect([...callbacks, ...next.callbacks].map((stored) => stored.message)).toEqual([later, message]);
    expect(Buffer.from(callbacks[0]!.raw)).toEqual(signed.raw);
    expect(await loadCallback(table, fixture.account, callbacks[0]!.id)).toEqual(callbacks[0]);
    const [item] = table.items('channels').filter(({ pk }) => pk.startsWith('cb#'));
    expect(Number(item!.expiresAt) * 1000).toBeGreaterThan(fixture.clock.nowMs());
  });

  test('keeps bytes that are no text as they came', async () => {
    await receive();
    const rawBase64 = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x28]).toString('base64');
    await table.commit(writeCallback({ ...queued[0]!, rawBase64 }));
    const [stored] = (await listCallbacks(table, fixture.account, { limit: 1 })).callbacks;

    expect([Buffer.from(stored!.raw).toString('base64'), stored!.message!.rawBase64]).toEqual([rawBase64, rawBase64]);
  });

  test('of 0.1, which has its bytes alone, comes after all others', async () => {
    await receive();
    const message = queued[0]!;
    await table.commit({
      kind: 'put',
      table: 'channels',
      item: {
        pk: `cb#sandbox#${fixture.account.account}`,
        sk: 'zz.captured',
        raw: signed.raw,
        receivedMs: message.receivedMs - 1,
      },
      when: absent,
    });
    await table.commit(writeCallback(message));

    const { callbacks } = await listCallbacks(table, fixture.account, { limit: 5 });

    expect(callbacks.map((stored) => [stored.dedupe, stored.message !== undefined])).toEqual([
      [message.dedupe, true],
      ['zz.captured', false],
    ]);
    expect(await newestCallbackMs(table, fixture.account)).toBe(message.receivedMs);
    expect(await newestCallbackMs(table, { channel: 'sandbox', account: 'other' })).toBeUndefined();
  });
});

describe('a rotation', () => {
  const NEXT = { apiKey: 'next', callbackSecrets: ['next'] };
  const rotated = async (end = false) => {
    const { before: _, ...stored } = (await loadAccount(table, fixture.account))!;
    const encrypted = await encryptCredentials(cipher, credentialsOf('sandbox'), stored, NEXT);
    const before = { encrypted: stored.encrypted, rotatedMs: fixture.clock.nowMs() };
    const version = stored.version + 1;
    await table.commit(putAccount(end ? { ...stored, version } : { ...stored, version, encrypted, before }));
  };

  test('leaves two valid at once: what either signs is taken, at once', async () => {
    await receive();
    await rotated();
    const t = String(Math.floor(fixture.clock.nowMs() / 1000));
    const v1 = createHmac('sha256', 'next').update(`${t}.`).update(signed.raw).digest('hex');

    expect((await receive()).answer.status).toBe(200);
    expect((await receive({ headers: { 'sandbox-signature': `t=${t},v1=${v1}` } })).answer.status).toBe(200);
    expect((await receive({ headers: { 'sandbox-signature': `t=${t},v1=${'0'.repeat(64)}` } })).answer.status).toBe(
      400,
    );
  });

  test('that has ended leaves the new ones alone', async () => {
    await rotated();
    await rotated(true);

    expect((await receive()).answer.status).toBe(400);
  });
});
