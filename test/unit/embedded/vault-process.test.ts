import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startVault, type VaultProcess, type VaultSetup } from '../../../bin/embedded/vault/parent.ts';

const MESSAGES = pathToFileURL('bin/embedded/vault/messages.ts').href;
const CHILD = `
import { connected } from ${JSON.stringify(MESSAGES)};
let setup;
const { call } = connected(process, {
  setUp: async (given) => {
    setup = given;
    if (given.stackName === 'broken') throw new Error('no keys');
    return 'keyring 1';
  },
  setClock: async (ms) => { setup = { ...setup, clockOffsetMs: ms }; },
  invoke: async (name, event) => {
    if (name === 'die') process.exit(7);
    if (name === 'read') return call('table', 'get', event);
    return { name, event, setup, pid: process.pid };
  },
});
process.on('disconnect', () => process.exit());
`;
const setup = (given: Partial<VaultSetup> = {}): VaultSetup => ({
  names: ['vault-api'],
  address: 'http://127.0.0.1:1',
  stackName: 'Sluice',
  template: {},
  keyring: { file: 'v', mayCreate: true },
  sharedKeyring: 's',
  clockOffsetMs: 5,
  ...given,
});

let folder: string;
let program: string;
let running: VaultProcess | undefined;
const failures: string[] = [];
const bound: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-vault-'));
  program = join(folder, 'child.ts');
  writeFileSync(program, CHILD);
  failures.length = 0;
  bound.length = 0;
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true });
});
const start = async (given: Partial<VaultSetup> = {}): Promise<VaultProcess> => {
  const calls = { table: async (operation: string, key: object) => ({ operation, key, n: 5n }) };
  running = await startVault(
    {
      setup: () => setup(given),
      setUp: async (id) => void bound.push(id),
      calls,
      failed: (how) => void failures.push(how),
    },
    program,
  );
  return running;
};
interface Told {
  readonly setup: VaultSetup;
  readonly pid: number;
}

it('runs in a process of its own, which knows where it is', async () => {
  const vault = await start();
  const told = (await vault.invoke('vault-api', { a: 1 })) as Told;
  expect(told).toMatchObject({ name: 'vault-api', event: { a: 1 }, setup: setup() });
  expect(told.pid).not.toBe(process.pid);
  expect(bound).toEqual(['keyring 1']);
});

it('reads its tables through this process', async () => {
  expect(await (await start()).invoke('read', { pk: 'x' })).toEqual({ operation: 'get', key: { pk: 'x' }, n: 5n });
});

it('follows the clock', async () => {
  const vault = await start();
  await vault.setClock(99);
  expect(((await vault.invoke('vault-api', {})) as Told).setup.clockOffsetMs).toBe(99);
});

it('is started again when it dies; the call that it had is not repeated', async () => {
  const vault = await start();
  const before = (await vault.invoke('vault-api', {})) as Told;
  await expect(vault.invoke('die', {})).rejects.toThrow("the vault's process ended (code 7)");
  const after = (await vault.invoke('vault-api', {})) as Told;
  expect(after.pid).not.toBe(before.pid);
  expect(failures).toEqual(["the vault's process ended (code 7) and is started again"]);
});

it('that cannot start fails the start, and is not tried for ever', async () => {
  await expect(start({ stackName: 'broken' })).rejects.toThrow('no keys');
});

it('ends when it is stopped, and is not started again', async () => {
  const vault = await start();
  const { pid } = (await vault.invoke('vault-api', {})) as Told;
  await vault.stop();
  running = undefined;
  await sleep(50);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(failures).toEqual([]);
});
