/** `npm run bench -- runtime`, with few payments: the figures are those of a stack that paid, delivered and posted all of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ask, type Load, startLoad } from '../../bench/runtime/load.ts';
import type { Asked, HttpTarget, Job } from '../../bench/runtime/load-job.ts';
import { measureSluice } from '../../bench/runtime/sluice.ts';
import { UNNOTED } from '../../bench/runtime/stack.ts';

let load: Load;
beforeEach(() => {
  load = startLoad();
});
afterEach(() => load.stop());

it.runIf(process.platform === 'linux')(
  'the stack’s figures are of all its payments and both its processes',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const lines: string[] = [];
    /** Payments at the end of each part, and the webhooks that had arrived when it was over. */
    const parts: { payments: number; objects: number }[] = [];
    const ask = (async (name: keyof Asked, input: never) => {
      const result: unknown = await load.ask(name, input);
      if (name === 'run') parts.push({ payments: (parts.at(-1)?.payments ?? 0) + (input as Job).requests, objects: 0 });
      if (name === 'delivered') parts.at(-1)!.objects = (result as { objects: number }).objects;
      return result;
    }) as Ask;
    const sizes = { warm: 8, oneClient: 6, sixteenClients: 20, stored: 50 };
    try {
      const figures = await measureSluice({
        folder,
        launcher: UNNOTED,
        ask,
        sizes,
        say: (line) => lines.push(line),
      });

      const { first, later, disk } = figures;
      expect([first.stored, later?.stored]).toEqual([35, 76]);
      expect([first.one.requests, first.sixteen.requests]).toEqual([6, 20]);
      expect([first.memory.processes, figures.atRest.processes]).toEqual([2, 2]);
      expect(Math.min(first.one.cpuMs, later!.sixteen.cpuMs, figures.syncMs.p50)).toBeGreaterThan(0);
      expect(first.sixteen.processed).toBeLessThan(first.sixteen.accepted);
      // Each payment leaves nine items, of which some expire.
      expect(disk.written).toBeGreaterThan(1_000);
      expect(disk.expired).toBeLessThan(disk.written);
      expect(lines.at(-1)).toMatch(
        /^sluice: 76 payments are stored: [\d.]+ and [\d.]+ ms of CPU .* processed a second, \d+ MiB$/,
      );
      // A part is over when each payment's webhook has arrived.
      expect(parts.map(({ payments }) => payments)).toEqual([1, 9, 15, 35, 50, 56, 76, 77]);
      expect(parts.map(({ objects }) => objects)).toEqual(parts.map(({ payments }) => payments));
      // One more has been paid after the last start.
      expect(await load.ask('delivered', undefined)).toEqual({ objects: 77, webhooks: 77 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

describe('the load', () => {
  let server: Server;
  let url: string;
  const seen: (string | undefined)[] = [];
  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      seen.push(String(request.headers['idempotency-key']));
      request.resume();
      request.on('end', () => response.writeHead(seen.length > 3 ? 500 : 200).end('{"status": "succeeded"}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const job = (requests: number, expected = 'succeeded'): Job => {
    const target: HttpTarget = {
      kind: 'http',
      urls: [url],
      headers: { 'idempotency-key': 'key-{n}' },
      body: 'n={n}',
      expect: expected,
    };
    return { target, clients: 1, requests, mostMs: 60_000, first: 7 };
  };

  it('numbers its requests', async () => {
    expect((await load.ask('run', job(3))).requests).toBe(3);
    expect(seen).toEqual(['key-7', 'key-8', 'key-9']);
  });

  it('fails with the response that is no success', async () => {
    await expect(load.ask('run', job(5))).rejects.toThrow('load: ');
    expect(seen).toHaveLength(4);
  });

  it('fails with the response that does not say what it must', async () => {
    await expect(load.ask('run', job(1, 'requires_action'))).rejects.toThrow('200 {"status": "succeeded"}');
  });
});
