import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { QueueClient } from '../../../../bin/embedded/queues/client.ts';
import { look } from '../../../../bin/embedded/queues/operator.ts';
import { callbackQueue } from '../../../../functions/sandbox/queue.ts';
import { queueSender } from '../../../../functions/table/queue.ts';
import { mapping, quiet, testQueues } from '../../../world/queues.ts';

const URL = { jobs: 'http://127.0.0.1/jobs', callbacks: 'http://127.0.0.1/callbacks' };

function client() {
  const world = testQueues(async () => undefined, { mappings: [] });
  const used: string[] = [];
  const sqs = new QueueClient({
    queues: world.queues,
    mayUse: (action, arn) => {
      used.push(`${action} ${arn}`);
      if (arn.endsWith(':jobs-dead')) throw new Error('AccessDenied');
    },
    patient: false,
  });
  const bodies = (name: string) => look(world.queues, name, 100).map(({ body }) => body);
  return { ...world, sqs, used, bodies };
}

describe('sending', () => {
  it('stores a message once the function may send to the queue', async () => {
    const { sqs, used, bodies } = client();

    const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl: URL.jobs, MessageBody: 'a' }));

    expect(MessageId).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8000-0{12}$/);
    expect(bodies('jobs')).toEqual(['a']);
    expect(used).toEqual(['sqs:SendMessage arn:aws:sqs:us-east-1:000000000000:jobs']);
  });

  it('stores nothing where the function may not', async () => {
    const { sqs, bodies } = client();
    const QueueUrl = 'http://127.0.0.1/jobs-dead';

    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))).rejects.toThrow('AccessDenied');

    expect(bodies('jobs-dead')).toEqual([]);
  });

  it('sends the good entries of a batch and reports the others', async () => {
    const { sqs, bodies } = client();

    const { Successful, Failed } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: URL.jobs,
        Entries: [
          { Id: '1', MessageBody: 'a' },
          { Id: '2', MessageBody: 'b\u0000' },
          { Id: '3', MessageBody: 'c', DelaySeconds: 901 },
          { Id: '4', MessageBody: 'd', DelaySeconds: 0 },
        ],
      }),
    );

    expect(Successful!.map(({ Id }) => Id)).toEqual(['1', '4']);
    expect(Failed!.map(({ Id, Code }) => `${Id} ${Code}`)).toEqual([
      '2 InvalidMessageContents',
      '3 InvalidParameterValue',
    ]);
    expect(bodies('jobs')).toEqual(['a', 'd']);
  });

  it('serves the senders of the product', async () => {
    const { sqs, bodies } = client();
    const many = Array.from({ length: 23 }, (_, n) => `m${n}`);

    await queueSender(sqs as unknown as SQSClient, URL.jobs)(many);
    await callbackQueue(
      sqs as unknown as SQSClient,
      URL.jobs,
    )([{ callback: { id: 'cb' }, delayMs: 0 } as unknown as Parameters<ReturnType<typeof callbackQueue>>[0][number]]);

    expect(bodies('jobs')).toEqual([...many, '{"id":"cb"}']);
  });
});

describe('SQS refuses', () => {
  const entry = (n: number, body = 'a') => ({ Id: String(n), MessageBody: body });
  const batch = (...Entries: readonly ReturnType<typeof entry>[]) =>
    new SendMessageBatchCommand({ QueueUrl: URL.jobs, Entries: [...Entries] });
  const one = (more: object) => new SendMessageCommand({ QueueUrl: URL.jobs, MessageBody: 'a', ...more });
  const fifo = (more: object) =>
    one({ QueueUrl: URL.callbacks, MessageGroupId: 'g', MessageDeduplicationId: 'd', ...more });

  it.each([
    ['an unknown queue', one({ QueueUrl: 'http://127.0.0.1/none' }), 'QueueDoesNotExist'],
    ['an empty body', one({ MessageBody: '' }), 'MissingParameter'],
    ['a body over 256 KiB', one({ MessageBody: 'é'.repeat(131_073) }), 'InvalidParameterValue'],
    ['a character that XML does not have', one({ MessageBody: 'a\uFFFF' }), 'InvalidMessageContents'],
    ['half of a character', one({ MessageBody: 'a\uD800' }), 'InvalidMessageContents'],
    ['a delay over 15 minutes', one({ DelaySeconds: 901 }), 'InvalidParameterValue'],
    ['a group of a standard queue', one({ MessageGroupId: 'g' }), 'InvalidParameterValue'],
    ['no group of a FIFO queue', fifo({ MessageGroupId: undefined }), 'MissingParameter'],
    ['no deduplication id of a FIFO queue', fifo({ MessageDeduplicationId: undefined }), 'InvalidParameterValue'],
    ['a group with a space', fifo({ MessageGroupId: 'a b' }), 'InvalidParameterValue'],
    [
      'a deduplication id over 128 characters',
      fifo({ MessageDeduplicationId: 'x'.repeat(129) }),
      'InvalidParameterValue',
    ],
    ['a delay of a message of a FIFO queue', fifo({ DelaySeconds: 1 }), 'InvalidParameterValue'],
  ])('%s', async (_, command, name) => {
    const { sqs } = client();
    await expect(sqs.send(command)).rejects.toMatchObject({ name });
  });

  it.each([
    ['an empty batch', batch(), 'EmptyBatchRequest'],
    ['eleven entries', batch(...Array.from({ length: 11 }, (_, n) => entry(n))), 'TooManyEntriesInBatchRequest'],
    ['an Id twice', batch(entry(1), entry(1)), 'BatchEntryIdsNotDistinct'],
    ['256 KiB in sum', batch(entry(1, 'a'.repeat(200_000)), entry(2, 'a'.repeat(62_145))), 'BatchRequestTooLong'],
  ])('%s', async (_, command, name) => {
    const { sqs } = client();
    await expect(sqs.send(command)).rejects.toMatchObject({ name });
  });

  it('nothing of 256 KiB, of a batch of ten, and of the longest names', async () => {
    const { sqs, bodies } = client();

    await sqs.send(one({ MessageBody: 'a'.repeat(262_144) }));
    await sqs.send(batch(...Array.from({ length: 10 }, (_, n) => entry(n, 'b'.repeat(26_214)))));
    await sqs.send(one({ MessageBody: 'tab\t line\n 付款 🙂 ~', DelaySeconds: 900 }));
    await sqs.send(fifo({ MessageGroupId: '!'.repeat(128), MessageDeduplicationId: '~'.repeat(128) }));

    expect([bodies('jobs').length, bodies('callbacks').length]).toEqual([12, 1]);
  });
});

describe('the client refuses by name', () => {
  it('a command that the product does not use', async () => {
    const { sqs } = client();
    const command = new ReceiveMessageCommand({ QueueUrl: URL.jobs }) as unknown as SendMessageCommand;
    await expect(sqs.send(command)).rejects.toThrow('ReceiveMessageCommand is not known');
  });

  it('a member that the product does not use', async () => {
    const { sqs } = client();
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' } };
    const command = new SendMessageCommand({ QueueUrl: URL.jobs, MessageBody: 'a', MessageAttributes });
    await expect(sqs.send(command)).rejects.toThrow('MessageAttributes of a message is not known');
  });
});

it('two consumers of one queue are refused, and a consumer of a queue that is not there', () => {
  const make =
    (...names: readonly string[]) =>
    () =>
      testQueues(async () => undefined, { mappings: names.map((name) => mapping(name)) });

  expect(make('jobs', 'jobs')).toThrow('two consumers');
  expect(make('none')).toThrow('no queue none');
  expect(make('jobs', 'callbacks')).not.toThrow();
});

it('a message that a commit of its own work adds is delivered', async () => {
  const seen: string[] = [];
  const { queues, store } = testQueues(async (records) => void seen.push(...records.map(({ body }) => body)));
  await queues.start();

  await store.commit((db) => queues.add(db, 'jobs', 'position'));
  await quiet();

  expect(seen).toEqual(['position']);
});
