/** The queues, each with a dead-letter queue of its own: encrypted, TLS only, visible again after six times what a consumer may take. */
import { Duration } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type FunctionName, timeoutOf } from './function-names.ts';
import type { Options } from './options.ts';

interface QueueShape {
  readonly consumer: FunctionName;
  /** Deliveries of one message before it goes to the dead-letter queue. */
  readonly tries: number;
  /** Batches that are worked on at a time; together a tenth of an account's usual 1,000 executions, so that the API has the others. */
  readonly concurrency: number;
  readonly fifo?: true;
}

export const QUEUES = {
  callbacks: { consumer: 'payments-on-callback', tries: 5, concurrency: 25, fifo: true },
  deliveries: { consumer: 'notifications-on-delivery', tries: 10, concurrency: 50 },
  features: { consumer: 'risk-on-attempts', tries: 5, concurrency: 10 },
  'books-retry': { consumer: 'ledger-on-retry', tries: 10, concurrency: 5 },
  'fanout-retry': { consumer: 'notifications-on-retry', tries: 10, concurrency: 5 },
  'sandbox-callbacks': { consumer: 'sandbox-on-due', tries: 5, concurrency: 5 },
} as const satisfies Record<string, QueueShape>;

export type QueueName = keyof typeof QUEUES;

export interface QueuePair {
  readonly name: QueueName;
  readonly consumer: FunctionName;
  readonly concurrency: number;
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;
}

const KEPT = Duration.days(14);

export class Queues extends Construct {
  readonly pairs: Readonly<Record<QueueName, QueuePair>>;
  /** Where a stream mapping puts the position of a batch that it gave up. */
  readonly streamFailures: sqs.Queue;

  private readonly overTls: boolean;

  constructor(scope: Construct, id: string, key: kms.IKey, { target }: Pick<Options, 'target'>) {
    super(scope, id);
    // Emulators speak plain HTTP, on loopback.
    this.overTls = target === 'aws';
    const names = Object.keys(QUEUES) as QueueName[];
    const pairs = names.map((name) => [name, this.pair(name, QUEUES[name], key)] as const);
    this.pairs = Object.fromEntries(pairs) as Record<QueueName, QueuePair>;
    this.streamFailures = this.queue('stream-failures', key, {});
  }

  private pair(name: QueueName, { consumer, tries, concurrency, fifo }: QueueShape, key: kms.IKey): QueuePair {
    const order: sqs.QueueProps = fifo
      ? {
          fifo: true,
          deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
          fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        }
      : {};
    const deadLetters = this.queue(`${name}-dead`, key, fifo ? { fifo: true } : {});
    const queue = this.queue(name, key, {
      ...order,
      visibilityTimeout: Duration.seconds(6 * timeoutOf(consumer).toSeconds()),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: tries },
    });
    return { name, consumer, concurrency, queue, deadLetters };
  }

  private queue(name: string, key: kms.IKey, props: sqs.QueueProps): sqs.Queue {
    return new sqs.Queue(this, name, {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: key,
      // Data keys are fetched by the hour, not per message.
      dataKeyReuse: Duration.hours(1),
      enforceSSL: this.overTls,
      retentionPeriod: KEPT,
      ...props,
    });
  }
}
