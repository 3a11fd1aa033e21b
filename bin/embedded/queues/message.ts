/** Messages as SQS takes them: their limits and their ids. */
import type { Queue } from '../wiring/model-types.ts';

/** A message for a queue. Group and deduplication id are those of a FIFO queue. */
export interface Outgoing {
  readonly body: string;
  readonly delaySeconds?: number;
  readonly group?: string;
  readonly dedupe?: string;
}

/** A message as a consumer receives it. */
export interface Message {
  readonly id: number;
  readonly body: string;
  readonly group: string | undefined;
  readonly dedupe: string | undefined;
  readonly sentMs: number;
  /** Deliveries, this one included. */
  readonly receives: number;
  readonly firstMs: number;
  readonly receivedMs: number;
}

/** Bytes of a message, and of all messages of one call. */
export const MOST_BYTES = 256 * 1024;
/** Messages of one call. */
export const MOST_MESSAGES = 10;
const LONGEST_DELAY_SECONDS = 900;

/** Characters that SQS refuses in a body: those that XML 1.0 does not have. */
const REFUSED = /[^\t\n\r -\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const NAME = /^[!-~]{1,128}$/;

export interface Refusal {
  readonly code: 'InvalidMessageContents' | 'InvalidParameterValue' | 'MissingParameter';
  readonly message: string;
}

/** Why SQS would refuse the message, or undefined. */
export function refusalOf(queue: Queue, { body, delaySeconds, group, dedupe }: Outgoing): Refusal | undefined {
  const invalid = (message: string): Refusal => ({ code: 'InvalidParameterValue', message });
  const missing = (message: string): Refusal => ({ code: 'MissingParameter', message });
  if (body === '') return missing('MessageBody is empty');
  if (Buffer.byteLength(body) > MOST_BYTES) return invalid(`MessageBody has more than ${MOST_BYTES} bytes`);
  if (REFUSED.test(body))
    return { code: 'InvalidMessageContents', message: 'MessageBody has a character that is not allowed' };
  if (!queue.fifo) {
    if (group !== undefined || dedupe !== undefined)
      return invalid(`${queue.name} is a standard queue: groups and deduplication ids are for FIFO queues`);
    if (delaySeconds !== undefined && !isDelay(delaySeconds))
      return invalid(`DelaySeconds is not between 0 and ${LONGEST_DELAY_SECONDS}`);
    return undefined;
  }
  if (delaySeconds) return invalid(`${queue.name} is a FIFO queue: a message has no delay of its own`);
  if (group === undefined) return missing('MessageGroupId is missing');
  if (dedupe === undefined) return invalid('MessageDeduplicationId is missing');
  if (!NAME.test(group)) return invalid('MessageGroupId has a wrong form');
  if (!NAME.test(dedupe)) return invalid('MessageDeduplicationId has a wrong form');
  return undefined;
}

const isDelay = (seconds: number): boolean =>
  Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_DELAY_SECONDS;

const PER_MS = 1024;

/** Ids grow with time, also over restarts. They are the order of a FIFO queue. */
export const nextId = (lastId: number, nowMs: number): number => Math.max(lastId + 1, nowMs * PER_MS);

/** The id as SQS writes one. */
export function messageIdOf(id: number): string {
  const hex = id.toString(16).padStart(15, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-8000-000000000000`;
}
