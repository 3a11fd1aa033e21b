/** What Lambda puts on the queue of a mapping when it gives up records of a stream: their position. */
import { randomUUID } from 'node:crypto';
import type { ChangeRecord } from '../table/changes.ts';
import type { GaveUp } from './attempts.ts';

export interface Failure {
  readonly changes: readonly ChangeRecord[];
  readonly why: GaveUp;
  readonly calls: number;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly nowMs: number;
}

/** The message, in the form of docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html. */
export function failureMessage({ changes, why, calls, functionArn, streamArn, nowMs }: Failure): string {
  const [first, last] = [changes[0]!, changes.at(-1)!];
  return JSON.stringify({
    requestContext: {
      requestId: randomUUID(),
      functionArn,
      condition: why,
      approximateInvokeCount: calls,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000000000000000000-00000000',
      startSequenceNumber: String(first.sequence),
      endSequenceNumber: String(last.sequence),
      approximateArrivalOfFirstRecord: new Date(first.ms).toISOString(),
      approximateArrivalOfLastRecord: new Date(last.ms).toISOString(),
      batchSize: changes.length,
      streamArn,
    },
  });
}
