/** The function behind the delayed queue: posts callbacks that are due. Those that were not taken stay on the queue. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { DueCallback } from '../sandbox/callback.ts';
import { deliver } from '../sandbox/deliver.ts';
import type { Platform } from './platform.ts';

export function create({ env, clock, table, http, log }: Platform) {
  const deps = { table, clock, http, publicUrl: env.PUBLIC_URL! };

  /** Undefined when the callback was taken, else the message's id. */
  const taken = async (record: SQSRecord): Promise<string | undefined> => {
    const due = JSON.parse(record.body) as DueCallback;
    try {
      const status = await deliver(deps, due);
      log.info('callback', { callback: due.id, account: due.account, status });
      return undefined;
    } catch (error) {
      log.warn('callback not taken', { callback: due.id, account: due.account, error: String(error) });
      return record.messageId;
    }
  };

  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const results = await Promise.all(event.Records.map(taken));
    const failed = results.filter((itemIdentifier) => itemIdentifier !== undefined);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
