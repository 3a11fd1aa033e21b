/** When a payment counts as fully processed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningControl, serveControl } from '../../../bin/embedded/control/server.ts';
import type { Ask } from '../../bench/runtime/load.ts';
import { Measurement } from '../../bench/runtime/measure.ts';
import { allDone } from '../../bench/runtime/payments.ts';

let folder: string;
let control: RunningControl;
/** What is seen by each look, and then no work. */
let behind: number[];
let inFlight: number[];
let objects: number[];
let looks: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-done-'));
  looks = [];
  control = await serveControl(
    join(folder, 'control'),
    {
      stream: async () => {
        looks.push('stream');
        return { behind: behind.shift() ?? 0 };
      },
      queues: async () => {
        looks.push('queues');
        return [{ queue: 'webhooks', ready: 0, delayed: 3, inFlight: inFlight.shift() ?? 0 }];
      },
    },
    async () => {},
  );
});
afterEach(async () => {
  await control.stop();
  rmSync(folder, { recursive: true });
});

const ask = (async () => {
  looks.push('webhooks');
  return { objects: objects.shift() ?? 5, webhooks: 0 };
}) as unknown as Ask;
const state = (): Parameters<typeof allDone>[1] => ({
  baseUrl: '',
  secretKey: '',
  publishableKey: '',
  stack: 'Sluice',
  socket: join(folder, 'control'),
});

it('the webhooks have arrived, the stream is read, and no queue has a message that is due', async () => {
  [objects, behind, inFlight] = [[3, 4], [7], [1, 2]];

  await allDone(ask, state(), 5);

  const once = ['webhooks', 'stream', 'queues'];
  expect(looks).toEqual(['webhooks', 'webhooks', 'webhooks', 'stream', ...once, ...once, ...once]);
});

it('a part is over when its work is done, and the next one goes on with the numbers', async () => {
  const jobs: unknown[] = [];
  const run = (async (_name: string, job: { readonly requests: number }) => {
    jobs.push(job);
    return { requests: job.requests, ms: 500, p50Ms: 1, p95Ms: 2 };
  }) as unknown as Ask;
  const measurement = new Measurement(run);
  const drainedAt: number[] = [];
  const target = { kind: 'http', urls: [], headers: {}, body: '', expect: '' } as const;
  const drained = async (requests: number): Promise<void> => void drainedAt.push(requests);
  const subject = { pid: process.pid, target, drained };

  const first = await measurement.phase(subject, { clients: 1, requests: 100 });
  await measurement.phase(subject, { clients: 16, requests: 50, mostMs: 9 });

  expect(drainedAt).toEqual([100, 150]);
  expect(jobs).toMatchObject([
    { clients: 1, requests: 100, first: 0 },
    { clients: 16, requests: 50, first: 100, mostMs: 9 },
  ]);
  expect(first.accepted).toBe(200);
  expect(first.processed).toBeLessThanOrEqual(200);
});
