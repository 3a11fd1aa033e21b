/** Starts that cannot be: each says why in one line, ends by itself, and leaves no process. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Ended, type NotStarted, startProcess } from '../../world/stack-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-start-'));
let data = '';
let count = 0;

beforeEach(() => {
  count += 1;
  data = join(folder, `${count}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function stoppedAfterFirstStart(): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  const stack = await startProcess(data);
  expect(await stack.stop()).toEqual({ code: 0, stderr: '' });
}

const refused = (directory: string): Promise<Ended> =>
  startProcess(directory).then(
    async (stack) => stack.stop(),
    (error: NotStarted) => error.ended,
  );

it.each([
  ['the keys of the demo merchant are broken', 'demo-merchant.json', '{"secretKey', /holds no keys\. Remove it/],
  ['the keys of the demo merchant are missing', 'demo-merchant.json', '{}', /holds no keys\. Remove it/],
  ['a keyring is broken', 'keys/vault.json', '{', /keyring .*: is no keyring of this release/],
  ['the data is something else', 'sluice.db', 'no database '.repeat(100), /is not a store of Sluice/],
])('%s', async (_, file, content, message) => {
  await stoppedAfterFirstStart();
  writeFileSync(join(data, file), content);

  const { code, stderr } = await refused(data);

  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(message)]);
  expect(code).toBe(1);
});

it('the data is cut off', async () => {
  await stoppedAfterFirstStart();
  truncateSync(join(data, 'sluice.db'), 50_000);

  expect(await refused(data)).toEqual({ code: 1, stderr: expect.stringMatching(/^.* is damaged: .*\n$/) });
});

it('another process has the data', async () => {
  mkdirSync(data, { mode: 0o700 });
  const stack = await startProcess(data);
  try {
    expect(await refused(data)).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^another process uses the data.*\n$/),
    });
  } finally {
    await stack.stop();
  }
});

it('the path is too long for a socket file', async () => {
  data = join(folder, 'x'.repeat(100));
  mkdirSync(data);

  expect(await refused(data)).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^.*: a socket file's path has .*\n$/),
  });
});

it('other users cannot read the data, in a directory that they may enter', async () => {
  mkdirSync(data, { mode: 0o755 });
  const stack = await startProcess(data);
  try {
    const open = readdirSync(data).filter((name) => (statSync(join(data, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  } finally {
    await stack.stop();
  }
});

it('a directory whose name has spaces and other alphabets', async () => {
  data = join(folder, "söme dïr 数据 'q'");

  await stoppedAfterFirstStart();

  expect(JSON.parse(readFileSync(join(data, 'demo-merchant.json'), 'utf8'))).toHaveProperty('secretKey');
});
