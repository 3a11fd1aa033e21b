/** The parts of the stack, each by the name that lib/ has for it. */

export interface FunctionModel {
  /** As in lib/functions.json. */
  readonly name: string;
  /** What callers name it by: the environment variable of a caller has it. */
  readonly physicalName: string;
  readonly arn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly reservedConcurrency: number | undefined;
  /** The role that the grants know. */
  readonly role: string;
}

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  /** Order and duplicates: undefined is a standard queue. */
  readonly fifo: { readonly dedupeScope: 'messageGroup' | 'queue' } | undefined;
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly retentionMs: number;
  /** Where a message goes after so many deliveries. */
  readonly redrive: { readonly to: string; readonly afterReceives: number } | undefined;
}

/** Names of the partition key and the sort key. */
export interface TableKey {
  readonly partition: string;
  readonly sort: string;
}

export interface Table {
  readonly name: string;
  readonly arn: string;
  readonly key: TableKey;
  /** Sparse indexes that hold keys only, by name. */
  readonly indexes: ReadonlyMap<string, TableKey>;
  /** The attribute with the epoch second from which an item may be removed. */
  readonly ttlAttribute: string | undefined;
  /** The ARN of the stream of both images, if the table has one. */
  readonly streamArn: string | undefined;
}

interface Mapping {
  /** Logical id of the mapping, the same in every release. */
  readonly id: string;
  readonly function: string;
  readonly batchSize: number;
}

export interface QueueMapping extends Mapping {
  readonly queue: string;
  /** The answer names the messages that failed. Otherwise all of a batch fail together. */
  readonly reportsFailures: boolean;
  readonly maxConcurrency: number;
}

/** A stream is read from its oldest record. */
export interface StreamMapping extends Mapping {
  readonly table: string;
  readonly bisectOnError: boolean;
  readonly maxRetries: number;
  readonly maxRecordAgeMs: number;
  /** The queue that gets the position of a batch that was given up. */
  readonly onFailure: string;
}

/** A call that fails is not repeated: the next one does its work. */
export interface Rule {
  /** Logical id of the rule, the same in every release. */
  readonly id: string;
  readonly everyMs: number;
  readonly function: string;
  /** What the function is called with; undefined is the event of a schedule. */
  readonly input: unknown;
}

export interface Key {
  readonly name: string;
  readonly arn: string;
  readonly kind: 'encrypt' | 'mac';
  readonly rotates: boolean;
}

export interface Bucket {
  readonly name: string;
  readonly physicalName: string;
  readonly arn: string;
}

export interface Machine {
  readonly name: string;
  readonly arn: string;
  /** In Amazon’s states language; states/ reads it. */
  readonly definition: unknown;
  readonly role: string;
}

export interface Route {
  /** Segments below the stage; the last one may be `{proxy+}`, one or more segments. Empty is the root. */
  readonly path: readonly string[];
  readonly function: string;
  readonly timeoutMs: number;
}

/** What API Gateway answers itself. */
export interface GatewayResponse {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `$context.error.messageString` in it stands for the message as JSON. */
  readonly body: string;
}

/** A REST API: each function gets the whole request as an event of format 1.0, its path with the escapes that were sent. */
export interface Api {
  readonly stage: string;
  /** Every method of each path. */
  readonly routes: readonly Route[];
  readonly responses: readonly GatewayResponse[];
}
