import { expect, it } from 'vitest';
import { type Message, messageIdOf, nextId } from '../../../../bin/embedded/queues/message.ts';
import { failedOf } from '../../../../bin/embedded/queues/sqs-event.ts';

const message = (id: number): Message => ({
  id,
  body: 'a',
  group: undefined,
  dedupe: undefined,
  sentMs: 0,
  receives: 1,
  firstMs: 0,
  receivedMs: 0,
});
const BATCH = [message(1), message(2), message(3)];
const item = (itemIdentifier: unknown) => ({ itemIdentifier });
const [ONE, TWO] = [item('00000000-0000-8001-8000-000000000000'), item('00000000-0000-8002-8000-000000000000')];

it.each([
  ['nothing', undefined, []],
  ['null', null, []],
  ['an empty object', {}, []],
  ['null instead of a list', { batchItemFailures: null }, []],
  ['an empty list', { batchItemFailures: [] }, []],
  ['two of three', { batchItemFailures: [TWO, ONE] }, [1, 2]],
  ['one, twice', { batchItemFailures: [ONE, ONE] }, [1]],
  ['an unknown message', { batchItemFailures: [ONE, item('x')] }, [1, 2, 3]],
  ['an empty identifier', { batchItemFailures: [item('')] }, [1, 2, 3]],
  ['a null identifier', { batchItemFailures: [item(null)] }, [1, 2, 3]],
  ['an entry with another key', { batchItemFailures: [{ id: 'x' }] }, [1, 2, 3]],
  ['an entry that is no object', { batchItemFailures: ['x'] }, [1, 2, 3]],
  ['no list', { batchItemFailures: 'x' }, [1, 2, 3]],
  ['a text', 'done', [1, 2, 3]],
])('an answer of %s: the messages that failed', (_, answer, failed) => {
  expect(failedOf(BATCH, answer).map(({ id }) => id)).toEqual(failed);
});

it('ids grow with time, within a millisecond, and over a clock that was set back', () => {
  const first = nextId(0, 1_700_000_000_000);
  const ids = [first, nextId(first, 1_700_000_000_000), nextId(first, 1_700_000_000_001), nextId(first, 5)];

  expect(ids).toEqual([1_740_800_000_000_000, 1_740_800_000_000_001, 1_740_800_000_001_024, 1_740_800_000_000_001]);
});

it('a message id has the form of a UUID, and no two are the same', () => {
  expect([messageIdOf(1_740_800_000_000_000), messageIdOf(2 ** 53 - 1)]).toEqual([
    '0062f3f9-5a00-8000-8000-000000000000',
    '01ffffff-ffff-8fff-8000-000000000000',
  ]);
});
