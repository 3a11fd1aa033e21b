/** The requests of a scenario (test/scenarios) on a running stack, as one merchant there makes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Keys } from '../../bin/local/operator.ts';
import type { Answer, Simulation } from './simulation.ts';
import type { World } from './world.ts';

/** The scenario reaches into a simulation: what the channel's books hold, or what a test alone decides. */
export class NotOnAStack extends Error {}

export interface OnAStack extends Keys {
  readonly baseUrl: string;
  /** The stack's time when this begins. */
  readonly nowMs: number;
  /** Repeats a request until it has its answer. */
  readonly insist: (attempt: () => Promise<Answer>) => Promise<Answer>;
}

/**
 * The part of a simulation that sends requests. A stack delivers by itself what is on its way, on its own time, so `deliverCallbacks`, `runQueues` and
 * `move` do nothing. Anything else throws `NotOnAStack`.
 */
export function onAStack({ baseUrl, secretKey, nowMs, insist }: OnAStack): Simulation {
  const attempt = async (
    method: string,
    path: string,
    params: Readonly<Record<string, string>>,
    key?: string,
  ): Promise<Answer> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${secretKey}`, ...(key !== undefined && { 'idempotency-key': key }) },
      ...(method === 'POST' && { body: new URLSearchParams(params) }),
    });
    const replayed = response.headers.get('idempotent-replayed') === 'true';
    return { status: response.status, body: (await response.json()) as Answer['body'], replayed };
  };
  const known: Partial<Simulation> = {
    request: (method, path, params = {}, key) => insist(() => attempt(method, path, params, key)),
    deliverCallbacks: async () => {},
    move: () => {},
    world: only<World>('world', { runQueues: async () => {}, clock: { nowMs: () => nowMs, sleep: async () => {} } }),
  };
  return only<Simulation>('', known);
}

/** The members, and no others. */
const only = <T extends object>(name: string, members: Partial<T>): T =>
  new Proxy(members, {
    get(from, member) {
      if (Object.hasOwn(from, member)) return Reflect.get(from, member);
      throw new NotOnAStack(`${name} ${String(member)}`);
    },
  }) as T;

/** A key whose request crashed is free a minute later. The minute passes once no client gets on without it. */
export class Minutes {
  private readonly pass: () => Promise<unknown>;
  private working: number;
  private waiting: (() => void)[] = [];

  constructor(clients: number, pass: () => Promise<unknown>) {
    this.working = clients;
    this.pass = pass;
  }

  async next(): Promise<void> {
    const passed = new Promise<void>((resolve) => this.waiting.push(resolve));
    await this.passIfAllWait();
    return passed;
  }

  async done(): Promise<void> {
    this.working -= 1;
    await this.passIfAllWait();
  }

  private async passIfAllWait(): Promise<void> {
    if (this.waiting.length < this.working || this.working === 0) return;
    const waiting = this.waiting.splice(0);
    await this.pass();
    for (const go of waiting) go();
  }
}

const MOST_TRIES = 60;

/** Asks until there is an answer, always with the same key, as a client does that knows nothing of what happened. */
export const insistWith =
  (minutes: Minutes): OnAStack['insist'] =>
  async (attempt) => {
    for (let tries = 1; ; tries++) {
      // Without an answer, the request may have arrived.
      const answer = await attempt().catch(() => undefined);
      const status = answer?.status ?? 500;
      if (answer && status < 500 && status !== 409 && status !== 429) return answer;
      if (tries === MOST_TRIES) throw new Error(`no answer: ${JSON.stringify(answer)}`);
      await (status === 409 ? minutes.next() : sleep(tries * 20));
    }
  };
