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

it('a command gets its input, and the caller its result', async () => {
  running = await serveControl(socket, { twice: async (input: { n: number }) => ({ n: input.n * 2 }) });
  expect(await ask(socket, 'twice', { n: 4 })).toEqual({ n: 8 });
});

it('an error comes back with its name and message', async () => {
  running = await serveControl(socket, {
    fail: async () => {
      throw new RangeError('too far');
    },
  });
  await expect(ask(socket, 'fail')).rejects.toMatchObject({ name: 'RangeError', message: 'too far' });
});

it.each(['unknown', 'toString', '__proto__'])('there is no command %s', async (name) => {
  running = await serveControl(socket, {});
  await expect(ask(socket, name)).rejects.toThrow(`there is no command ${name}`);
});

it('only the owner may open the socket', async () => {
  running = await serveControl(socket, {});
  expect(statSync(socket).mode & 0o777).toBe(0o600);
});

it('a file that a killed process left is replaced, and none is left at the end', async () => {
  writeFileSync(socket, '');
  running = await serveControl(socket, { hello: async () => 'there' });
  expect(await ask(socket, 'hello')).toBe('there');
  await running.stop();
  running = undefined;
  await expect(ask(socket, 'hello')).rejects.toMatchObject({ code: 'ENOENT' });
});
