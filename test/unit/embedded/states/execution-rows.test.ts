import { beforeEach, expect, it } from 'vitest';
import {
  type Execution,
  endExecution,
  executionOf,
  insertExecution,
  moveExecution,
  runningExecutions,
} from '../../../../bin/embedded/states/execution-rows.ts';
import { memoryStore, type Store } from '../../../../bin/embedded/store/store.ts';
import { MACHINE } from './world.ts';

let store: Store;
let execution: Execution;
beforeEach(async () => {
  store = memoryStore();
  execution = await store.commit((db) => executionOf(db, insertExecution(db, MACHINE, 'day', '{}', 1))!);
});

const position = (state: string) => ({ state, input: {}, retries: [], isRetrying: false });
const move = (state: string, from = execution): Promise<boolean> => {
  const transition = { position: position(state), effect: { kind: 'wait', ms: 5 } } as const;
  return store.commit((db) => moveExecution(db, from, transition, 10));
};
const stored = (): Execution => store.read((db) => executionOf(db, execution.id)!);

it('a move is stored once: one that follows the same position comes too late', async () => {
  expect(await move('A')).toBe(true);
  expect(await move('B')).toBe(false);

  expect(JSON.parse(stored().position!)).toEqual(position('A'));
  expect(stored()).toMatchObject({ moves: 1, dueMs: 15, status: 'RUNNING' });
  expect(await move('B', stored())).toBe(true);
});

it('an execution ends once, and does not move afterwards', async () => {
  const end = (from: Execution) => store.commit((db) => endExecution(db, from, { status: 'TIMED_OUT' }, 20));
  await move('A');

  expect(await end(execution)).toBe(false);
  expect(await end(stored())).toBe(true);
  expect(stored()).toMatchObject({ status: 'TIMED_OUT', endedMs: 20, position: null, dueMs: null });
  expect(await move('B', stored())).toBe(false);
  expect(await end(stored())).toBe(false);
  expect(store.read(runningExecutions)).toEqual([]);
});
