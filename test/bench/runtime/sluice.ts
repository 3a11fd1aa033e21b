/** The embedded runtime under load: a payment with its callback, journal entries, risk, search notes and one delivered webhook. */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ask as askControl } from '../../../bin/embedded/control/client.ts';
import { Failure } from '../../../bin/local/failure.ts';
import { type StoreSize, sizeOf, syncMs } from './disk.ts';
import type { Ask } from './load.ts';
import { Measurement, type Phase } from './measure.ts';
import { addMerchant, allDone, paymentOf, postedFor } from './payments.ts';
import { idle, memoryOf, type TreeMemory } from './process-tree.ts';
import { type Launcher, type Stack, startStack } from './stack.ts';

export interface Sizes {
  /** Payments before anything is measured. */
  readonly warm: number;
  readonly oneClient: number;
  readonly sixteenClients: number;
  /** Payments to store before everything is measured once more. Undefined: it is measured once. */
  readonly stored?: number | undefined;
}

export interface UnderLoad {
  readonly one: Phase;
  readonly sixteen: Phase;
  /** Payments that are stored at its end. */
  readonly stored: number;
  readonly memory: TreeMemory;
}

export interface Start {
  readonly readyMs: number;
  /** From the start of the process to the response to a payment. */
  readonly paidMs: number;
}

export interface SluiceFigures {
  readonly syncMs: { readonly p50: number; readonly p95: number };
  /** The second start of a directory. */
  readonly start: Start;
  readonly atRest: TreeMemory;
  readonly first: UnderLoad;
  /** With many payments stored. */
  readonly later: UnderLoad | undefined;
  /** A start with all payments stored. */
  readonly lastStart: Start;
  readonly disk: Disk;
}

/** Bytes per payment. */
export interface Disk {
  /** Growth of the store's file. */
  readonly written: number;
  /** Growth of its pages in use, after a day and a half in which nothing was paid. */
  readonly expired: number;
  /** Of the functions' log, which is not part of the store. */
  readonly log: number;
}

export interface SluiceOptions {
  /** A folder of its own. What is in it is removed. */
  readonly folder: string;
  readonly launcher: Launcher;
  readonly ask: Ask;
  readonly sizes: Sizes;
  readonly say: (line: string) => void;
}

const MINUTE_MS = 60_000;
/** Idempotency items expire after a day. */
const EXPIRED_MS = 36 * 3_600_000;
const EXPIRY_MINUTES = 10;
/** Payments between two lines about the progress. */
const CHUNK = 10_000;

/** Measures a new stack. Throws a Failure where a payment is not paid, not delivered or not posted. */
export async function measureSluice(options: SluiceOptions): Promise<SluiceFigures> {
  const { folder, sizes, say } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = new Run(options);
  try {
    const sync = syncMs(folder);
    const empty = await run.make();
    const { start, atRest } = await run.secondStart();
    await run.pay(16, sizes.warm);
    say(`sluice: ready, ${sizes.warm} payments to warm up are done`);
    const first = await run.underLoad();
    const later = sizes.stored === undefined ? undefined : await run.filled(sizes.stored);
    const written = await run.ended();
    const log = statSync(join(folder, 'data/sluice.log')).size;
    const payments = run.count;
    const lastStart = await run.start();
    const expired = await run.expired();
    const disk = {
      written: (written.file - empty.file) / payments,
      // The last start has added one.
      expired: (expired.used - empty.used) / (payments + 1),
      log: log / payments,
    };
    return { syncMs: sync, start, atRest, first, later, lastStart, disk };
  } finally {
    await run.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The stack of one directory, which is restarted, and its payments. */
class Run {
  private readonly options: SluiceOptions;
  private readonly data: string;
  private readonly measurement: Measurement;
  private stack: Stack | undefined;
  private secretKey = '';
  /** What one payment adds to the merchant's balance. */
  private net = 0;

  constructor(options: SluiceOptions) {
    this.options = options;
    this.data = join(options.folder, 'data');
    this.measurement = new Measurement(options.ask);
  }

  get count(): number {
    return this.measurement.count;
  }

  private get running(): Stack {
    if (this.stack === undefined) throw new Error('the stack does not run');
    return this.stack;
  }

  async stop(): Promise<void> {
    const { stack } = this;
    this.stack = undefined;
    await stack?.stop();
  }

  /** The first start of the directory, with which template and bundle are there, and the merchant. Returns the size without payments. */
  async make(): Promise<StoreSize> {
    const { ask, launcher } = this.options;
    this.stack = await startStack(this.data, launcher);
    this.secretKey = await addMerchant(this.stack.state, await ask('receiver', undefined));
    return this.ended();
  }

  /** Stops the stack, and returns the size of its store. */
  async ended(): Promise<StoreSize> {
    if (this.count > 0) await this.checkPosted();
    await this.stop();
    return sizeOf(join(this.data, 'sluice.db'));
  }

  async start(): Promise<Start> {
    this.stack = await startStack(this.data, this.options.launcher);
    const { respondedMs } = await this.pay(1, 1);
    return { readyMs: this.stack.readyMs, paidMs: respondedMs - this.stack.startedMs };
  }

  async secondStart(): Promise<{ readonly start: Start; readonly atRest: TreeMemory }> {
    const start = await this.start();
    this.net = await postedFor(this.running.state, this.secretKey);
    await idle(this.running.pid, MINUTE_MS);
    return { start, atRest: memoryOf(this.running.pid) };
  }

  pay(clients: number, requests: number): Promise<Phase> {
    const { state, pid } = this.running;
    const drained = (payments: number): Promise<void> => allDone(this.options.ask, state, payments);
    return this.measurement.phase({ pid, target: paymentOf(state, this.secretKey), drained }, { clients, requests });
  }

  async underLoad(): Promise<UnderLoad> {
    const { sizes, say } = this.options;
    const one = await this.pay(1, sizes.oneClient);
    const sixteen = await this.pay(16, sizes.sixteenClients);
    const memory = memoryOf(this.running.pid);
    // A run of many payments takes half an hour: what was measured is on the terminal, whatever comes after it.
    const mib = Math.round(memory.all.own / 1024 ** 2);
    const cpu = `${one.cpuMs.toFixed(2)} and ${sixteen.cpuMs.toFixed(2)} ms of CPU with 1 and 16 clients`;
    const rates = `${sixteen.accepted.toFixed(0)} accepted and ${sixteen.processed.toFixed(0)} processed a second`;
    say(`sluice: ${this.count} payments are stored: ${cpu}, p50 ${one.p50Ms.toFixed(1)} ms, ${rates}, ${mib} MiB`);
    return { one, sixteen, stored: this.count, memory };
  }

  /** Stores so many payments in all, then measures again. */
  async filled(stored: number): Promise<UnderLoad> {
    while (this.count < stored) {
      const { processed } = await this.pay(16, Math.min(CHUNK, stored - this.count));
      this.options.say(`sluice: ${this.count} payments are stored (${processed.toFixed(0)} a second)`);
    }
    return this.underLoad();
  }

  /** The ledger has posted every payment once. */
  private async checkPosted(): Promise<void> {
    const found = await postedFor(this.running.state, this.secretKey);
    const expected = this.net * this.count;
    if (found !== expected)
      throw new Failure(`The ledger has posted ${found} for ${this.count} payments, not ${expected}.`);
  }

  /** Moves the time until idempotency items have expired, and removed items' pages are free. */
  async expired(): Promise<StoreSize> {
    const { socket } = this.running.state;
    await askControl(socket!, 'advance', { ms: EXPIRED_MS });
    await idle(this.running.pid, EXPIRY_MINUTES * MINUTE_MS);
    await this.stop();
    return sizeOf(join(this.data, 'sluice.db'));
  }
}
