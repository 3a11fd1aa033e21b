import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callbacksOf } from '../../../functions/channels/verifiers.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { deliver } from '../../../functions/sandbox/deliver.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let table: ReturnType<typeof memoryTable>;
let fixture: SandboxFixture;
let status: number;
let received: { path: string | undefined; headers: Record<string, string>; raw: Buffer }[];
const merchant = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  received.push({ path: request.url, headers: request.headers as Record<string, string>, raw: Buffer.concat(chunks) });
  response.writeHead(status).end();
});

beforeEach(async () => {
  received = [];
  status = 200;
  table = memoryTable();
  fixture = await sandboxFixture(table);
  await new Promise<void>((resolve) => merchant.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  merchant.closeAllConnections();
  await new Promise((resolve) => merchant.close(resolve));
  await fixture.sandbox.close();
});

const here = () => `http://127.0.0.1:${(merchant.address() as AddressInfo).port}`;
const deps = (publicUrl = 'http://127.0.0.1:9') => ({ table, clock: fixture.clock, http: httpClient, publicUrl });
const open = () => fixture.sandbox.open(`${here()}/callbacks/{account}`);

describe('deliver', () => {
  test("posts to the account's own address, signed at the time of sending", async () => {
    const { account, callbackSecret } = await open();
    fixture.clock.move(600_000);

    expect(await deliver(deps(), { account, id: 'x', body: '{"id":"x"}' })).toBe(200);

    const { path, headers, raw } = received[0]!;
    expect([path, raw.toString()]).toEqual([`/callbacks/${account}`, '{"id":"x"}']);
    expect(callbacksOf('sandbox')?.plausible(headers, fixture.clock.nowMs())).toBe(true);
    expect(callbackSecret).toMatch(/^sbs_[0-9A-Za-z]{32}$/);
  });

  test('a callback to the stack follows it to another address, and no other callback does', async () => {
    const own = await fixture.sandbox.open('https://old.example/live/v1/channels/sandbox/callbacks/{account}');
    const elsewhere = await open();

    await deliver(deps(here()), { account: own.account, id: 'x', body: '{}' });
    await deliver(deps(`${here()}/v1`), { account: elsewhere.account, id: 'y', body: '{}' });

    expect(received.map(({ path }) => path)).toEqual([
      `/v1/channels/sandbox/callbacks/${own.account}`,
      `/callbacks/${elsewhere.account}`,
    ]);
  });

  test.each([302, 400, 404, 500, 503])('an answer of %i is tried again', async (answered) => {
    const { account } = await open();
    status = answered;

    await expect(deliver(deps(), { account, id: 'x', body: '{}' })).rejects.toThrow(`answered ${answered}`);
  });

  test('an account without an address gets none, and neither does one that is not there', async () => {
    expect(await deliver(deps(), { account: 'sba00000000000000000000', id: 'x', body: '{}' })).toBe('no address');
    expect(received).toEqual([]);
  });
});
