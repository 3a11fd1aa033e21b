/** One call of a function: its context, and the time that it has. */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Context } from 'aws-lambda';

export type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** The function took longer than it may. What it was given is not acknowledged; what it still does, it does. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

export interface Invoked {
  readonly name: string;
  readonly timeoutMs: number;
  readonly handler: Handler;
}

/** Calls the function. Rejects with its error, or with `TimedOut`. */
export async function invokeOnce({ name, timeoutMs, handler }: Invoked, event: unknown): Promise<unknown> {
  const endsMs = performance.now() + timeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`${name} took longer than ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([handler(event, contextOf(name, endsMs)), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const contextOf = (functionName: string, endsMs: number): Context =>
  ({
    functionName,
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(endsMs - performance.now())),
  }) as Context;
