import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { type CallbacksDeps, serveCallback } from '../../../../functions/channels/callbacks/callbacks.ts';
import type { Callbacks, CallbackVerdict } from '../../../../functions/channels/port/callback.ts';
import type { CallbackMessage } from '../../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../../functions/kernel/ids.ts';
import { SCOPE } from '../../../simulators/sandbox-channel.ts';
import { handClock } from '../../../simulators/sandbox-server.ts';

const ANSWERS: Readonly<Record<CallbackVerdict, string>> = {
  taken: 'success',
  refused: 'fail',
  too_large: 'too long',
  send_again: 'again',
  failed: 'error',
};
const material = z.object({ publicKey: z.string() });
type Material = z.infer<typeof material>;

let queued: CallbackMessage[];
let deps: CallbacksDeps;

beforeEach(() => {
  queued = [];
  deps = {
    clock: handClock(),
    callbacks: () => undefined,
    account: async (account) => ({
      ...account,
      scope: SCOPE,
      livemode: false,
      environment: 'test',
      version: 0,
      encrypted: new Uint8Array(),
    }),
    credentials: async (_, schema) => z.parse(schema, { privateKey: 'secret-key', publicKey: 'public-key' }),
    enqueue: async (message) => void queued.push(message),
  };
});

/** A channel with words of its own, and a certificate that it may not know yet. */
function under(verify: Callbacks<Material>['verify']): void {
  const callbacks: Callbacks<Material> = {
    material,
    plausible: () => true,
    verify,
    acknowledge: (verdict) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: ANSWERS[verdict] }),
  };
  deps = { ...deps, callbacks: (name) => (name === 'wordy' ? callbacks : undefined) };
}

const receive = (body: Uint8Array = Buffer.from('signed')) =>
  serveCallback(deps, { method: 'POST', path: '/v1/channels/wordy/callbacks/a1', headers: {}, body });
const reference = `${SCOPE}0ABCDEF0ZZZZZZZZZZZZZZ1` as ChannelReference;
const DISPUTE = {
  dispute: {
    id: 'd1',
    kind: 'chargeback',
    amount: 1n,
    currency: 'usd',
    fee: 0n,
    reason: 'general',
    openedMs: 1,
    dueMs: 2,
  },
  outcome: { kind: 'opened' },
} as const;
const verified = async () =>
  ({ kind: 'verified', dedupe: 'n1', facts: [{ about: 'attempt', reference, outcome: { kind: 'pending' } }] }) as const;

describe('the answer of a channel', () => {
  test('acknowledges in its own words, once every fact is queued', async () => {
    under(verified);

    const { answer, line, unverified } = await receive();

    expect(answer).toEqual({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'success' });
    expect(line).toMatchObject({ verdict: 'taken', dedupe: 'n1', reference });
    expect([queued.length, unverified]).toEqual([1, false]);
  });

  test('refuses in its own words, whatever the status, and raises the alarm', async () => {
    under(async () => ({ kind: 'refused' }));

    expect(await receive()).toMatchObject({ answer: { status: 200, body: 'fail' }, unverified: true });
    expect(queued).toEqual([]);
  });

  test('acknowledges what is verified and about no object of ours, queues nothing and raises no alarm', async () => {
    under(async () => ({ kind: 'noted' }));

    const { answer, line, unverified } = await receive();

    expect([answer.body, unverified, queued]).toEqual(['success', false, []]);
    expect(line).toMatchObject({ verdict: 'taken' });
  });

  test('queues a dispute under the name that the channel gives its payment, in order with others of it', async () => {
    const facts = [{ about: 'dispute_of', reference: 'pi_1', ...DISPUTE }] as const;
    under(async () => ({ kind: 'verified', dedupe: 'n1', facts }));
    const groups: string[] = [];
    deps = {
      ...deps,
      enqueue: async (message, group) => {
        queued.push(message);
        groups.push(group);
      },
    };

    expect((await receive()).answer.body).toBe('success');

    expect(groups).toEqual(['pi_1']);
    expect(queued.map(({ fact }) => fact)).toEqual(facts);
  });

  test('a certificate that is not known yet makes the channel send again, without an alarm', async () => {
    under(async () => ({ kind: 'unknown_key' }));

    expect(await receive()).toMatchObject({ answer: { body: 'again' }, unverified: false });
    expect(queued).toEqual([]);
  });

  test('a queue that cannot be reached makes the channel send again', async () => {
    under(verified);
    deps = { ...deps, enqueue: () => Promise.reject(new Error('SQS')) };

    expect(await receive()).toMatchObject({ answer: { body: 'again' }, line: { verdict: 'send_again' } });
  });

  test('an error of ours is answered in its own words, and the line names the cause', async () => {
    under(() => Promise.reject(new Error('a certificate at 10.0.0.1')));

    const { answer, line } = await receive();

    expect(answer.body).toBe('error');
    expect(JSON.stringify(line)).toContain('10.0.0.1');
  });

  test('what is too large, and an empty probe, are refused in its own words', async () => {
    under(verified);

    expect((await receive(Buffer.alloc(65_537))).answer.body).toBe('too long');
    expect((await receive(new Uint8Array())).answer.body).toBe('fail');
  });

  test('verification has the key material alone, and no credentials that send requests', async () => {
    let given: unknown;
    under(async (_raw, _headers, keys) => {
      given = keys;
      return { kind: 'refused' };
    });

    await receive();

    expect(given).toEqual({ publicKey: 'public-key' });
  });
});
