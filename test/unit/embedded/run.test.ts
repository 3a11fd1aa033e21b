import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../../bin/embedded/gateway/gateway.ts';
import { clientsOf, type Sender } from '../../../bin/embedded/run/clients.ts';
import { ENTRIES } from '../../../bin/embedded/run/entries.ts';
import { hostOf } from '../../../bin/embedded/run/host.ts';
import { TimedOut } from '../../../bin/embedded/run/invocation.ts';
import { invokeSender } from '../../../bin/embedded/run/invoke-client.ts';
import { localHttp } from '../../../bin/embedded/run/local-http.ts';
import { VAULT_ENTRIES } from '../../../bin/embedded/vault/entries.ts';
import type { FunctionModel } from '../../../bin/embedded/wiring/model-types.ts';
import type { Platform } from '../../../functions/entries/platform.ts';
import { type HttpClient, HttpFailure } from '../../../functions/kernel/http-client.ts';
import functions from '../../../lib/functions.json' with { type: 'json' };

const model = (name: string, timeoutMs = 1_000): FunctionModel => ({
  name,
  physicalName: `Sluice-${name}`,
  arn: `arn:aws:lambda:local:0:function:${name}`,
  environment: {},
  timeoutMs,
  memoryMb: 128,
  reservedConcurrency: undefined,
  role: `${name}-role`,
});
const error = vi.fn<(message: string, facts: object) => void>();
const platform = { log: { error } } as unknown as Platform;

it('every function of lib/functions.json has its entry', () => {
  expect(Object.keys({ ...ENTRIES, ...VAULT_ENTRIES }).toSorted()).toEqual(Object.keys(functions).toSorted());
});

describe('a function', () => {
  const host = (entry: (event: unknown, context: Context) => Promise<unknown>, timeoutMs?: number) =>
    hostOf({
      functions: [model('one', timeoutMs)],
      entries: { one: () => entry },
      platformOf: () => platform,
    });

  it('gets its event and the time that it has', async () => {
    const entry = async (event: unknown, context: Context) => [event, context.getRemainingTimeInMillis()];
    const [event, remaining] = (await host(entry).invoke('one', { a: 1 })) as [unknown, number];
    expect(event).toEqual({ a: 1 });
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(1_000);
  });

  it('that takes longer than it may is reported, and its result is not taken', async () => {
    error.mockClear();
    await expect(host(() => new Promise(() => {}), 20).invoke('one', {})).rejects.toThrow(TimedOut);
    expect(error).toHaveBeenCalledWith('timed out', { error: new TimedOut('one took longer than 0.02 s') });
  });

  it('that fails is reported', async () => {
    error.mockClear();
    await expect(host(() => Promise.reject(new Error('no'))).invoke('one', {})).rejects.toThrow('no');
    expect(error).toHaveBeenCalledWith('failed', { error: new Error('no') });
  });

  it('is made once', async () => {
    let made = 0;
    const entry = (): never => {
      made += 1;
      return (async () => 'done') as never;
    };
    const once = hostOf({ functions: [model('one')], entries: { one: entry }, platformOf: () => platform });
    await once.invoke('one', {});
    await once.invoke('one', {});
    expect(made).toBe(1);
  });

  it('of the template without an entry stops the start', () => {
    expect(() => hostOf({ functions: [model('two')], entries: {}, platformOf: () => platform })).toThrow(
      'the template has function two, and there is no entry of that name',
    );
  });
});

describe('Invoke', () => {
  const allowed = { mayInvoke: () => {} };
  const command = (payload: unknown = { a: 1n.toString() }) =>
    new InvokeCommand({ FunctionName: 'other', Payload: Buffer.from(JSON.stringify(payload)) });
  const payloadOf = (answer: object): unknown =>
    JSON.parse(Buffer.from((answer as { Payload: Uint8Array }).Payload).toString());

  it('hands the payload over and the result back as JSON', async () => {
    const sender = invokeSender({ ...allowed, invoke: async (name, event) => ({ name, event }) });
    expect(payloadOf(await sender.send(command()))).toEqual({ name: 'other', event: { a: '1' } });
  });

  it('reports an error of the function in the answer', async () => {
    const sender = invokeSender({ ...allowed, invoke: () => Promise.reject(new TypeError('no')) });
    const answer = await sender.send(command());
    expect(answer).toMatchObject({ FunctionError: 'Unhandled' });
    expect(payloadOf(answer)).toEqual({ errorType: 'TypeError', errorMessage: 'no' });
  });

  it('is refused to a caller without the right, before anything runs', async () => {
    const invoke = vi.fn<() => Promise<object>>(async () => ({}));
    const mayInvoke = (): never => {
      throw new Error('AccessDenied');
    };
    await expect(invokeSender({ invoke, mayInvoke }).send(command())).rejects.toThrow('AccessDenied');
    expect(invoke).not.toHaveBeenCalled();
  });

  it('ends when its caller gives up', async () => {
    const sender = invokeSender({ ...allowed, invoke: () => new Promise<never>(() => {}) });
    await expect(sender.send(command(), { abortSignal: AbortSignal.timeout(10) })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('is the only command', async () => {
    const sender = invokeSender({ ...allowed, invoke: async () => ({}) });
    await expect(sender.send(new ListFunctionsCommand({}))).rejects.toThrow('ListFunctionsCommand');
  });
});

it('a client is the adapter of its class, and other services do not exist', () => {
  const sender = (): Sender => ({ send: async () => ({}) });
  const senders = { kms: sender(), lambda: sender(), s3: sender(), sfn: sender(), sqs: sender() };
  const client = clientsOf(senders);
  class IAMClient {}

  expect(client(LambdaClient)).toBe(senders.lambda);
  expect(client(SQSClient)).toBe(senders.sqs);
  expect(() => client(IAMClient)).toThrow('IAMClient: the embedded runtime has no such service');
});

describe('HTTP to the stack’s own address', () => {
  const origin = 'http://127.0.0.1:4010';
  const beyond = vi.fn<HttpClient>(async () => ({ status: 204, headers: {}, body: Buffer.alloc(0) }));

  it('goes to the gateway with its bytes, and to no socket', async () => {
    const http = localHttp(
      origin,
      async (request) => ({ status: 200, headers: { 'X-Seen': JSON.stringify(request) }, body: 'é' }),
      beyond,
    );
    const answer = await http({
      method: 'POST',
      url: `${origin}/v1/sandbox/charges?x=1`,
      headers: { Authorization: 'Bearer k' },
      body: 'ab',
      timeoutMs: 1_000,
    });
    expect(answer.body.toString()).toBe('é');
    expect(JSON.parse(String(answer.headers['x-seen']))).toMatchObject({
      method: 'POST',
      path: '/v1/sandbox/charges',
      query: 'x=1',
      headers: { authorization: 'Bearer k', accept: 'application/json' },
    });
    expect(beyond).not.toHaveBeenCalled();
  });

  it.each([`${origin}0/v1/sandbox`, 'https://example.com/v1', 'http://127.0.0.1:4010.example.com/v1/x'])(
    '%s is another address',
    async (url) => {
      beyond.mockClear();
      const handle = vi.fn<Gateway>();
      await localHttp(origin, handle, beyond)({ method: 'GET', url, timeoutMs: 1_000 });
      expect(beyond).toHaveBeenCalledOnce();
      expect(handle).not.toHaveBeenCalled();
    },
  );

  it('has one deadline: a late answer is none', async () => {
    const http = localHttp(origin, () => new Promise<never>(() => {}), beyond);
    await expect(http({ method: 'GET', url: `${origin}/v1`, timeoutMs: 10 })).rejects.toThrow(
      new HttpFailure('no answer within 10 ms'),
    );
  });

  it('takes no answer that is too long', async () => {
    const http = localHttp(origin, async () => ({ status: 200, headers: {}, body: 'x'.repeat(11) }), beyond);
    await expect(http({ method: 'GET', url: `${origin}/v1`, timeoutMs: 1_000, maximumBytes: 10 })).rejects.toThrow(
      HttpFailure,
    );
  });
});
