import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { credentialStore, loadAccount, openChannelAccount } from '../../../../functions/channels/accounts/store.ts';
import { type CallbacksDeps, serveCallback } from '../../../../functions/channels/callbacks/callbacks.ts';
import { writeCallback } from '../../../../functions/channels/callbacks/store.ts';
import { credentialsOf } from '../../../../functions/channels/credentials.ts';
import type { CallbackMessage } from '../../../../functions/channels/port/port.ts';
import { callbacksOf } from '../../../../functions/channels/verifiers.ts';
import type { Scope } from '../../../../functions/kernel/ids.ts';
import { packJson, unpackJson } from '../../../../functions/table/pack.ts';
import { type SandboxFixture, SCOPE, sandboxFixture } from '../../../simulators/sandbox-channel.ts';
import type { SignedCallback } from '../../../simulators/sandbox-server.ts';
import { memoryTable } from '../../../world/memory-table.ts';
import { fakeCipher } from './cipher.ts';

let fixture: SandboxFixture;
let table: ReturnType<typeof memoryTable>;
let cipher: ReturnType<typeof fakeCipher>;
let deps: CallbacksDeps;
let queued: { message: CallbackMessage; group: string; deduplication: string }[];
let signed: SignedCallback;

beforeEach(async () => {
  table = memoryTable();
  cipher = fakeCipher();
  queued = [];
  fixture = await sandboxFixture(table);
  await register(SCOPE);
  const credentials = credentialStore({ table, cipher, clock: fixture.clock });
  deps = {
    clock: fixture.clock,
    callbacks: callbacksOf,
    account: (account) => loadAccount(table, account),
    credentials: credentials.open,
    enqueue: async (message, group, deduplication) => {
      queued.push({ message, group, deduplication });
    },
  };
  await fixture.channel.authorize(fixture.request('pm_card_visa'));
  signed = await fixture.sandbox.signed(fixture.sandbox.due[0]!);
});
afterEach(() => fixture.sandbox.close());

async function register(scope: Scope) {
  const { apiKey, callbackSecret } = fixture.opened;
  const credentials = { apiKey, callbackSecrets: [callbackSecret] };
  await table.commit(
    await openChannelAccount(cipher, credentialsOf('sandbox'), {
      ...fixture.account,
      scope,
      livemode: false,
      environment: 'test',
      credentials,
    }),
  );
}

interface Changes {
  readonly channel?: string;
  readonly account?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: Uint8Array;
}

function receive({ method = 'POST', headers = signed.headers, raw = signed.raw, ...changes }: Changes = {}) {
  const { channel, account } = { ...fixture.account, ...changes };
  return serveCallback(deps, { method, path: `/v1/channels/${channel}/callbacks/${account}`, headers, body: raw });
}
const refusal = async (changes: Changes) => {
  const { answer } = await receive(changes);
  return { status: answer.status, body: (JSON.parse(answer.body) as { error: unknown }).error };
};

describe('receiving a callback', () => {
  test("a genuine one is queued in its payment's group, as it came", async () => {
    await receive();

    expect(queued.length).toBe(1);
    const { message, group, deduplication } = queued[0]!;
    expect(group).toBe(message.fact.reference);
    expect(deduplication).toMatch(/^[0-9a-f]{64}$/);
    expect(Buffer.from(message.rawBase64, 'base64')).toEqual(signed.raw);
    expect(message).toMatchObject({ ...fixture.account, livemode: false, receivedMs: fixture.clock.nowMs() });
    expect(unpackJson(packJson(message))).toEqual(message);
  });

  test('the same one twice has the same deduplication id; it is queued again, for the first may be lost', async () => {
    await receive();
    await receive();

    expect(queued[1]?.deduplication).toBe(queued[0]?.deduplication);
  });

  test('several facts in one callback are queued one by one, each in its own group, and stored under its own name', async () => {
    const request = fixture.order('alipay', { amount: 9918n });
    await fixture.payer(request, 'approve');
    const refund = fixture.refundOf(request, 18n);
    await fixture.channel.refund(refund);
    signed = await fixture.sandbox.signed(fixture.sandbox.due.at(-1)!);

    await receive();
    await receive();
    const messages = queued.slice(0, 2).map(({ message }) => message);

    expect(queued.map(({ group }) => group)).toEqual([
      refund.reference,
      request.reference,
      refund.reference,
      request.reference,
    ]);
    expect(messages.map(({ dedupe }) => dedupe)).toEqual([
      `${refund.reference}.refund.succeeded`,
      `${refund.reference}.refund.succeeded.2`,
    ]);
    expect(messages.map(({ fact }) => [fact.about, fact.outcome.kind])).toEqual([
      ['refund', 'succeeded'],
      ['attempt', 'captured'],
    ]);
    expect(new Set(queued.map(({ deduplication }) => deduplication)).size).toBe(2);
    await Promise.all(messages.map((message) => table.commit(writeCallback(message))));
  });

  test('several facts of which one is about another scope are refused whole', async () => {
    const request = fixture.order('alipay', { amount: 9918n });
    await fixture.payer(request, 'approve');
    await fixture.channel.refund(fixture.refundOf(request, 18n));
    const due = fixture.sandbox.due.at(-1)!;
    const elsewhere = `Scope002${request.reference.slice(8)}`;
    const body = due.callback.body.replaceAll(`"reference":"${request.reference}"`, `"reference":"${elsewhere}"`);
    signed = await fixture.sandbox.signed({ ...due, callback: { ...due.callback, body } });

    expect(body).toContain(elsewhere);
    expect(await refusal({})).toMatchObject({ status: 400 });
    expect(queued).toEqual([]);
  });

  test('several facts of which one cannot be queued are sent again (503)', async () => {
    const request = fixture.order('alipay', { amount: 9918n });
    await fixture.payer(request, 'approve');
    await fixture.channel.refund(fixture.refundOf(request, 18n));
    signed = await fixture.sandbox.signed(fixture.sandbox.due.at(-1)!);
    const { enqueue } = deps;
    deps = {
      ...deps,
      enqueue: (message, group, deduplication) =>
        message.fact.about === 'attempt' ? Promise.reject(new Error('SQS')) : enqueue(message, group, deduplication),
    };

    expect(await refusal({})).toMatchObject({ status: 503 });
    expect(queued.length).toBe(1);
  });

  test('another content under the same id has another: what it says of money is not dropped by the queue', async () => {
    await receive();
    const [due] = fixture.sandbox.due;
    const body = due!.callback.body.replace('"captured"', '"authorised"');
    signed = await fixture.sandbox.signed({ ...due!, callback: { ...due!.callback, body } });
    await receive();

    expect(queued.map(({ message }) => message.dedupe)).toEqual([queued[0]!.message.dedupe, queued[0]!.message.dedupe]);
    expect(queued[1]?.deduplication).not.toBe(queued[0]?.deduplication);
  });

  test('an unknown channel and an unknown account are the same 404', async () => {
    const unknownChannel = await refusal({ channel: 'nobank' });

    expect(unknownChannel.status).toBe(404);
    expect(await refusal({ account: 'sba00000000000000000000' })).toEqual(unknownChannel);
    expect(await refusal({ account: '../../../etc' })).toEqual(unknownChannel);
    expect(await refusal({ channel: '__proto__' })).toEqual(unknownChannel);
    expect(JSON.stringify(unknownChannel)).not.toContain('nobank');
  });

  test('a forged one is a 400 that repeats nothing, and writes nothing', async () => {
    const raw = Buffer.from(signed.raw.toString().replace('captured', 'capture<'));
    const items = await loadAccount(table, fixture.account);

    const forged = await refusal({ raw });

    expect(forged).toEqual({
      status: 400,
      body: { type: 'invalid_request_error', message: 'The callback could not be verified.' },
    });
    expect(queued).toEqual([]);
    expect(await loadAccount(table, fixture.account)).toEqual(items);
  });

  test('headers that cannot be genuine cost no key service call', async () => {
    await refusal({ headers: {} });
    await refusal({ headers: { 'sandbox-signature': 't=1,v1=00' } });

    expect(cipher.opened).toBe(0);
  });

  test('however many forgeries come, credentials are opened once in five minutes', async () => {
    const headers = {
      'sandbox-signature': signed.headers['sandbox-signature']!.replace(/v1=.*/, `v1=${'0'.repeat(64)}`),
    };

    for (let i = 0; i < 20; i++) await refusal({ headers });

    expect(cipher.opened).toBe(1);
    fixture.clock.move(5 * 60_000);
    await refusal({ headers: (await fixture.sandbox.signed(fixture.sandbox.due[0]!)).headers, raw: Buffer.from('{}') });
    expect(cipher.opened).toBe(2);
  });

  test('64 KiB are the most', async () => {
    expect((await refusal({ raw: Buffer.alloc(65_537) })).status).toBe(413);
    expect((await refusal({ raw: Buffer.alloc(65_536) })).status).toBe(400);
  });

  test('a fact about another scope is refused, though signed', async () => {
    await table.commit({
      kind: 'delete',
      table: 'channels',
      key: { pk: `a#sandbox#${fixture.account.account}`, sk: 'account' },
      when: { is: 'present' },
    });
    await register('Scope002' as Scope);

    expect((await refusal({})).status).toBe(400);
    expect(queued).toEqual([]);
  });

  test('when the queue cannot be reached the channel is asked to send again (503)', async () => {
    deps = { ...deps, enqueue: () => Promise.reject(new Error('SQS at 10.0.0.1 is down')) };

    expect(await refusal({})).toEqual({
      status: 503,
      body: { type: 'api_error', message: 'The callback could not be taken. Please send it again.' },
    });
  });
});

describe('answering over HTTP', () => {
  const post = (path: string, method = 'POST') =>
    serveCallback(deps, { method, path, headers: signed.headers, body: signed.raw });

  test('a genuine callback is acknowledged', async () => {
    const { answer, line } = await post(`/v1/channels/sandbox/callbacks/${fixture.account.account}`);

    expect(answer).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"received":true}' });
    expect(line).toMatchObject({ status: 200, channel: 'sandbox', reference: queued[0]?.group });
  });

  test.each([
    ['/v1/channels'],
    ['/v1/channels/sandbox/callbacks'],
    ['/v1/channels/sandbox/callbacks/a/b'],
    ['/v1/channels/%00/callbacks/%00'],
    ['/v1/channels/nobank/callbacks/x'],
  ])('%s is the 404 of an unknown account', async (path) => {
    const unknown = await post('/v1/channels/sandbox/callbacks/sba00000000000000000000');

    expect(await post(path)).toEqual(unknown);
    expect(unknown.answer.status).toBe(404);
    expect(JSON.stringify(unknown)).not.toContain('sba0');
  });

  test.each(['GET', 'HEAD'])('%s is a probe: refused in the words of the channel, and no alarm', async (method) => {
    const { answer, unverified } = await receive({ method });

    expect([answer.status, answer.body]).toEqual([
      400,
      '{"error":{"type":"invalid_request_error","message":"The callback could not be verified."}}',
    ]);
    expect([unverified, queued, cipher.opened]).toEqual([false, [], 0]);
  });

  test('an empty POST is a probe too, and a forged one raises the alarm', async () => {
    expect(await receive({ raw: Buffer.alloc(0) })).toMatchObject({ answer: { status: 400 }, unverified: false });
    expect(await receive({ raw: Buffer.from('{}') })).toMatchObject({ answer: { status: 400 }, unverified: true });
    expect([queued, cipher.opened]).toEqual([[], 1]);
  });

  test.each(['PUT', 'DELETE'])('%s is the 404 of an unknown account', async (method) => {
    expect((await receive({ method })).answer.status).toBe(404);
  });

  test('an outage of ours is a 500 that says nothing of its cause, and a line that does', async () => {
    deps = { ...deps, account: () => Promise.reject(new Error('table at 10.0.0.1')) };

    const { answer, line } = await post(`/v1/channels/sandbox/callbacks/${fixture.account.account}`);

    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('10.0.0.1');
    expect(JSON.stringify(line)).toContain('10.0.0.1');
  });
});
