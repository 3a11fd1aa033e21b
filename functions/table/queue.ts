/** Putting messages on queues, ten at a time, each known to have been taken. */
import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Sends every message or throws; a message may be sent twice when an answer was lost. */
export type SendAll = (bodies: readonly string[]) => Promise<void>;

const BATCH = 10;
/** SQS takes 256 KiB in one call, names and framing included. */
const BATCH_BYTES = 240 * 1024;
const TRIES = 3;

export const queueSender = (client: SQSClient, queueUrl: string): SendAll => {
  const sendBatch = async (bodies: readonly string[]): Promise<readonly string[]> => {
    const entries = bodies.map((MessageBody, index) => ({ Id: `${index}-${randomUUID().slice(0, 8)}`, MessageBody }));
    const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    const failed = new Set((Failed ?? []).map(({ Id }) => Id));
    return entries.filter(({ Id }) => failed.has(Id)).map(({ MessageBody }) => MessageBody);
  };
  return async (bodies) => {
    for (const batch of batchesOf(bodies)) {
      let left = batch;
      for (let attempt = 0; left.length > 0 && attempt < TRIES; attempt++) left = await sendBatch(left);
      if (left.length > 0) throw new Error(`${left.length} messages were not taken`);
    }
  };
};

/** At most ten messages, and no more bytes than one call takes; a message that is too large by itself is for SQS to refuse. */
export function batchesOf(bodies: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last && last.length < BATCH && bytes + size <= BATCH_BYTES) {
      last.push(body);
      bytes += size;
    } else {
      batches.push([body]);
      bytes = size;
    }
  }
  return batches;
}
