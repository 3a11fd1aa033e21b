/** Measuring one server under load: CPU of all its processes per request, latency, and the rate. */
import type { Ask } from './load.ts';
import type { Target } from './load-job.ts';
import { cpuOf } from './process-tree.ts';

/** A server that is measured. */
export interface Subject {
  /** Its first process: what that started is counted too. */
  readonly pid: number;
  readonly target: Target;
  /** Resolves when nothing is left to do of what was accepted so far, this many requests in all. */
  readonly drained: (requests: number) => Promise<void>;
}

export interface Phase {
  readonly requests: number;
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Requests a second, from the first request to the last response. */
  readonly accepted: number;
  /** Requests a second, from the first request until nothing is left to do. */
  readonly processed: number;
  /** When the last response came, on the clock of `performance`. */
  readonly respondedMs: number;
  /** From the last response until nothing is left to do. */
  readonly backlogMs: number;
}

export interface PhaseOptions {
  readonly clients: number;
  readonly requests: number;
  /** No request begins later. */
  readonly mostMs?: number;
}

const LONGEST_MS = 24 * 3_600_000;

/** Numbers of requests go on from one phase to the next, so that each payment has an idempotency key of its own. */
export class Measurement {
  private readonly ask: Ask;
  /** Requests so far. */
  count = 0;

  constructor(ask: Ask) {
    this.ask = ask;
  }

  async phase({ pid, target, drained }: Subject, options: PhaseOptions): Promise<Phase> {
    const before = cpuOf(pid);
    const job = { mostMs: LONGEST_MS, ...options, target, first: this.count };
    const { requests, ms, p50Ms, p95Ms } = await this.ask('run', job);
    const respondedMs = performance.now();
    this.count += requests;
    await drained(this.count);
    const backlogMs = performance.now() - respondedMs;
    return {
      requests,
      cpuMs: (cpuOf(pid) - before) / requests,
      p50Ms,
      p95Ms,
      accepted: (requests / ms) * 1000,
      processed: (requests / (ms + backlogMs)) * 1000,
      respondedMs,
      backlogMs,
    };
  }
}
