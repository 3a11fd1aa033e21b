import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Gate } from '../../../../bin/embedded/streams/gate.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A gate with room as set, and the requests that went on. */
function gate(first: number) {
  const state = { room: first };
  const passed: string[] = [];
  const gate_ = new Gate(() => state.room);
  const ask = (name: string): void => void gate_.accept().then(() => passed.push(name));
  return { state, passed, ask, gate: gate_ };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

it('lets requests go on while there is room', async () => {
  const { passed, ask } = gate(1);

  ask('a');
  ask('b');
  await turn();

  expect(passed).toEqual(['a', 'b']);
});

it('holds requests back without room, lets as many go on as there is room then, in order, and no later one before them', async () => {
  const { state, passed, ask, gate: opened } = gate(0);

  for (const name of ['a', 'b', 'c']) ask(name);
  await turn();
  expect(passed).toEqual([]);
  state.room = 2;
  ask('d');
  opened.open();
  await turn();
  expect(passed).toEqual(['a', 'b']);
  opened.open();
  await turn();

  expect(passed).toEqual(['a', 'b', 'c', 'd']);
});

it('holds a request for ten seconds at most', async () => {
  const { passed, ask } = gate(0);

  ask('a');
  await vi.advanceTimersByTimeAsync(9_999);
  expect(passed).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);

  expect(passed).toEqual(['a']);
});

it('lets all go on at the end', async () => {
  const { passed, ask, gate: closed } = gate(0);

  ask('a');
  ask('b');
  closed.release();
  await turn();

  expect(passed).toEqual(['a', 'b']);
});
