/** Measures a floor or another product the way Sluice is measured. */
import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../bin/local/failure.ts';
import type { Compared, Measured } from '../runtime/comparison.ts';
import type { Ask } from '../runtime/load.ts';
import { Measurement, type PhaseOptions } from '../runtime/measure.ts';
import { idle, memoryOf } from '../runtime/process-tree.ts';
import type { Peer } from './peer.ts';

export interface PeerSizes {
  /** How long requests begin in each part, in ms. */
  readonly warmMs: number;
  readonly partMs: number;
}

const MOST_REQUESTS = 1_000_000;
const LONGEST_IDLE_MS = 10_000;
const LOOK_MS = 10;
const LONGEST_DRAIN_MS = 60_000;

/** What cannot be installed or started has a reason in place of figures. */
export async function measurePeer(
  { name, install, start }: Peer,
  { ask, folder, sizes }: { readonly ask: Ask; readonly folder: string; readonly sizes: PeerSizes },
): Promise<Compared> {
  const missing = install();
  if (missing !== undefined) return { name, figures: missing };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    return { name, figures: await measured(start, folder, ask, sizes) };
  } catch (error) {
    return { name, figures: firstLine(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replaceAll('|', '/');

async function measured(
  start: Peer['start'],
  folder: string,
  ask: Ask,
  { warmMs, partMs }: PeerSizes,
): Promise<Measured> {
  const peer = await start(folder, await ask('receiver', undefined));
  try {
    await idle(peer.pid, LONGEST_IDLE_MS);
    const rest = memoryOf(peer.pid);
    const before = (await ask('delivered', undefined)).objects;
    const drained = async (requests: number): Promise<void> => {
      if (peer.sendsWebhooks) await delivered(ask, before + requests);
    };
    const measurement = new Measurement(ask);
    const part = (options: Omit<PhaseOptions, 'requests'>) =>
      measurement.phase({ pid: peer.pid, target: peer.target, drained }, { requests: MOST_REQUESTS, ...options });
    await part({ clients: 16, mostMs: warmMs });
    const one = await part({ clients: 1, mostMs: partMs });
    const sixteen = await part({ clients: 16, mostMs: partMs });
    const after = memoryOf(peer.pid);
    const memory = { restPss: rest.all.pss, afterPss: after.all.pss, processes: after.processes };
    return { one, sixteen, ...memory, startMs: peer.startMs };
  } finally {
    await peer.stop();
  }
}

async function delivered(ask: Ask, expected: number): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_DRAIN_MS;
  for (;;) {
    const { objects } = await ask('delivered', undefined);
    if (objects >= expected) return;
    if (performance.now() > deadlineMs) throw new Failure(`${expected - objects} webhooks are missing`);
    await sleep(LOOK_MS);
  }
}
