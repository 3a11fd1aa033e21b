import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask } from '../../../bin/embedded/control/client.ts';
import { type RunningControl, serveControl } from '../../../bin/embedded/control/server.ts';

let folder: string;
let socket: string;
let running: RunningControl | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-control-'));
  socket = join(folder, 'control');
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true });
});

const synced = async (): Promise<void> => {};

it.each(['there', new Error('not there')])(
  'an answer (%s) leaves once all that it may show is on disk',
  async (answer) => {
    const order: string[] = [];
    const hello = async () => {
      order.push('command');
      if (answer instanceof Error) throw answer;
      return answer;
    };
    running = await serveControl(socket, { hello }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('on disk');
    });
    await ask(socket, 'hello').catch(() => {});
    expect([...order, 'answered']).toEqual(['command', 'on disk', 'answered']);
  },
);

it('an answer is an error where the disk failed', async () => {
  running = await serveControl(socket, { hello: async () => 'there' }, () => Promise.reject(new Error('no disk')));
  await expect(ask(socket, 'hello')).rejects.toThrow('no disk');
});

it('a command gets its input, and the caller its result', async () => {
  running = await serveControl(socket, { twice: async (input: { n: number }) => ({ n: input.n * 2 }) }, synced);
  expect(await ask(socket, 'twice', { n: 4 })).toEqual({ n: 8 });
});

it('an error comes back with its name and message', async () => {
  const fail = async () => {
    throw new RangeError('too far');
  };
  running = await serveControl(socket, { fail }, synced);
  await expect(ask(socket, 'fail')).rejects.toMatchObject({ name: 'RangeError', message: 'too far' });
});

it.each(['unknown', 'toString', '__proto__'])('there is no command %s', async (name) => {
  running = await serveControl(socket, {}, synced);
  await expect(ask(socket, name)).rejects.toThrow(`there is no command ${name}`);
});

it('only the owner may open the socket', async () => {
  running = await serveControl(socket, {}, synced);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
});

it('a file that a killed process left is replaced, and none is left at the end', async () => {
  writeFileSync(socket, '');
  running = await serveControl(socket, { hello: async () => 'there' }, synced);
  expect(await ask(socket, 'hello')).toBe('there');
  await running.stop();
  running = undefined;
  await expect(ask(socket, 'hello')).rejects.toMatchObject({ code: 'ENOENT' });
});
