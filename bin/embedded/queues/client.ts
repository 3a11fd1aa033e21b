/** The client of SQS as functions use it: it sends messages. Any other command is refused by its name. */
import {
  BatchEntryIdsNotDistinct,
  BatchRequestTooLong,
  EmptyBatchRequest,
  QueueDoesNotExist,
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  type SendMessageBatchCommandOutput,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SendMessageCommandOutput,
  SQSServiceException,
  TooManyEntriesInBatchRequest,
} from '@aws-sdk/client-sqs';
import type { Queue } from '../wiring/model-types.ts';
import { MOST_BYTES, MOST_MESSAGES, messageIdOf, type Outgoing, type Refusal, refusalOf } from './message.ts';
import type { Queues } from './queues.ts';

export interface ClientOptions {
  readonly queues: Queues;
  /** Throws where the function may not do this to the resource. */
  readonly mayUse: (action: string, resourceArn: string) => void;
  /** No request waits for what this function sends. */
  readonly patient: boolean;
}

const KNOWN: ReadonlySet<string> = new Set([
  'Id',
  'QueueUrl',
  'MessageBody',
  'DelaySeconds',
  'MessageGroupId',
  'MessageDeduplicationId',
]);

export class QueueClient {
  private readonly options: ClientOptions;
  private readonly byUrl: ReadonlyMap<string, Queue>;

  constructor(options: ClientOptions) {
    this.options = options;
    this.byUrl = new Map([...options.queues.queues.values()].map((queue) => [queue.url, queue]));
  }

  send(command: SendMessageCommand): Promise<SendMessageCommandOutput>;
  send(command: SendMessageBatchCommand): Promise<SendMessageBatchCommandOutput>;
  async send(command: object): Promise<SendMessageCommandOutput | SendMessageBatchCommandOutput> {
    if (command instanceof SendMessageCommand) return this.sendOne(command.input);
    if (command instanceof SendMessageBatchCommand) return this.sendBatch(command.input);
    throw new Error(`SQS: ${command.constructor.name} is not known here`);
  }

  private async sendOne(input: SendMessageCommandInput): Promise<SendMessageCommandOutput> {
    const queue = this.queueOf(input.QueueUrl);
    const message = outgoing(input);
    const refusal = refusalOf(queue, message);
    if (refusal) throw failure(refusal);
    const [id] = await this.options.queues.send(queue.name, [message], this.options);
    return { MessageId: messageIdOf(id!), $metadata: {} };
  }

  /** Entries that SQS would refuse are reported as failed, and the others are sent. */
  private async sendBatch({
    QueueUrl,
    Entries = [],
  }: SendMessageBatchCommandInput): Promise<SendMessageBatchCommandOutput> {
    const queue = this.queueOf(QueueUrl);
    checkBatch(Entries);
    const entries = Entries.map((entry) => ({ Id: entry.Id, message: outgoing(entry) }));
    const judged = entries.map((entry) => ({ ...entry, refusal: refusalOf(queue, entry.message) }));
    const good = judged.filter(({ refusal }) => !refusal);
    const messages = good.map(({ message }) => message);
    const ids = messages.length > 0 ? await this.options.queues.send(queue.name, messages, this.options) : [];
    return {
      Successful: good.map(({ Id }, index) => ({
        Id,
        MessageId: messageIdOf(ids[index]!),
        MD5OfMessageBody: undefined,
      })),
      Failed: judged.flatMap(({ Id, refusal }) =>
        refusal ? [{ Id, Code: refusal.code, Message: refusal.message, SenderFault: true }] : [],
      ),
      $metadata: {},
    };
  }

  private queueOf(url: string | undefined): Queue {
    const queue = url === undefined ? undefined : this.byUrl.get(url);
    if (!queue) throw new QueueDoesNotExist({ message: `there is no queue ${url}`, $metadata: {} });
    this.options.mayUse('sqs:SendMessage', queue.arn);
    return queue;
  }
}

function checkBatch(entries: readonly SendMessageBatchRequestEntry[]): void {
  const $metadata = {};
  if (entries.length === 0) throw new EmptyBatchRequest({ message: 'the batch has no entries', $metadata });
  if (entries.length > MOST_MESSAGES)
    throw new TooManyEntriesInBatchRequest({ message: `the batch has more than ${MOST_MESSAGES} entries`, $metadata });
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new BatchEntryIdsNotDistinct({ message: 'two entries have one Id', $metadata });
  const bytes = entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
  if (bytes > MOST_BYTES)
    throw new BatchRequestTooLong({ message: `the batch has more than ${MOST_BYTES} bytes`, $metadata });
}

/** Throws for a member that no function of the product uses: without effect here, it would be lost silently. */
function outgoing(input: SendMessageCommandInput | SendMessageBatchRequestEntry): Outgoing {
  for (const [name, value] of Object.entries(input))
    if (value !== undefined && !KNOWN.has(name)) throw new Error(`SQS: ${name} of a message is not known here`);
  const { MessageBody = '', DelaySeconds, MessageGroupId, MessageDeduplicationId } = input;
  return {
    body: MessageBody,
    ...(DelaySeconds !== undefined && { delaySeconds: DelaySeconds }),
    ...(MessageGroupId !== undefined && { group: MessageGroupId }),
    ...(MessageDeduplicationId !== undefined && { dedupe: MessageDeduplicationId }),
  };
}

const failure = ({ code, message }: Refusal): SQSServiceException =>
  new SQSServiceException({ name: code, message, $fault: 'client', $metadata: {} });
