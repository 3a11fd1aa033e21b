/** Lambda entry behind the delayed queue: posts callbacks that are due; those that were not taken stay on the queue. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { systemClock } from '../kernel/clock.ts';
import { httpClient } from '../kernel/http-client.ts';
import { logger } from '../kernel/log.ts';
import type { DueCallback } from '../sandbox/callback.ts';
import { deliver } from '../sandbox/deliver.ts';
import { dynamoTable } from '../table/dynamo-table.ts';

const log = logger('sandbox-on-due');
const deps = {
  table: dynamoTable(),
  clock: systemClock,
  http: httpClient,
  publicUrl: process.env.PUBLIC_URL!,
};

export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const results = await Promise.all(event.Records.map(taken));
  return {
    batchItemFailures: results.flatMap((itemIdentifier) => (itemIdentifier === undefined ? [] : [{ itemIdentifier }])),
  };
};

/** Undefined when the callback was taken, else the message's id. */
async function taken(record: SQSRecord): Promise<string | undefined> {
  const due = JSON.parse(record.body) as DueCallback;
  try {
    const status = await deliver(deps, due);
    log.info('callback', { callback: due.id, account: due.account, status });
    return undefined;
  } catch (error) {
    log.warn('callback not taken', { callback: due.id, account: due.account, error: String(error) });
    return record.messageId;
  }
}
