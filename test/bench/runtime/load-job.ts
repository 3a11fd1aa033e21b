/** What the load generator's process is asked for, and replies. */

/** `{n}` in a body or header stands for the number of the request. */
export interface HttpTarget {
  readonly kind: 'http';
  /** Requests go to them in turn. */
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the response must hold, as a regular expression. */
  readonly expect: string;
}

/** Requests over one connection for each client, without HTTP. */
export interface PostgresTarget {
  readonly kind: 'postgres';
  /** The folder whose node_modules has the package `pg`. */
  readonly packages: string;
  readonly port: number;
  readonly statement: string;
  readonly value: string;
}

export type Target = HttpTarget | PostgresTarget;

export interface Job {
  readonly target: Target;
  readonly clients: number;
  readonly requests: number;
  /** No request begins later. */
  readonly mostMs: number;
  /** The number of the first request. */
  readonly first: number;
}

export interface JobResult {
  readonly requests: number;
  /** From the first request to the last response. */
  readonly ms: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Messages to the process, by name. */
export interface Asked {
  readonly run: { readonly input: Job; readonly result: JobResult };
  /** The address of the webhook receiver. */
  readonly receiver: { readonly input: undefined; readonly result: string };
  /** How many different objects the webhooks of this event type were about, and how many webhooks there were. */
  readonly delivered: {
    readonly input: undefined;
    readonly result: { readonly objects: number; readonly webhooks: number };
  };
}

export interface Question {
  readonly id: number;
  readonly name: keyof Asked;
  readonly input: unknown;
}

export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
