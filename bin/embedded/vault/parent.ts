/**
 * The vault's process, seen from the main one. It runs the functions that may use the vault's keys, so that card numbers in clear text and those keys
 * are in its memory alone (I16). Its tables are reached through this process: what it keeps in them is ciphertext.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChaosSettings } from '../chaos/faults.ts';
import { type Calls, type Connection, connected } from './messages.ts';

/** What the process receives when it starts. */
export interface VaultSetup {
  /** The functions that it runs. */
  readonly names: readonly string[];
  readonly address: string;
  readonly stackName: string;
  readonly channelsAt?: string | undefined;
  /** The template, resolved as in the main process. */
  readonly template: object;
  /** The file of its own keyring, and whether it may be made: the stack has no data yet. */
  readonly keyring: { readonly file: string; readonly mayCreate: boolean };
  /** The file of the keyring that the main process has too. */
  readonly sharedKeyring: string;
  readonly clockOffsetMs: number;
  readonly chaos?: ChaosSettings | undefined;
}

export interface VaultProcess {
  /** Calls one of its functions. Rejects with the function's error, and where the process ends before it answers. */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Its clock follows the stack's. */
  setClock(offsetMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface VaultDeps {
  readonly setup: () => VaultSetup;
  /** The process has its keyring, of this id. Rejects where it is not the one of this stack. */
  readonly setUp: (keyringId: string) => Promise<void>;
  /** What the process may ask of this one. */
  readonly calls: Calls;
  readonly failed: (message: string) => void;
}

const PROGRAM = fileURLToPath(new URL('./process.ts', import.meta.url));

/** Starts the process, and again when it ends by itself after it was ready once. Resolves once it answers. */
export async function startVault(deps: VaultDeps, program = PROGRAM): Promise<VaultProcess> {
  let stopping = false;
  let current = begin(deps, program, ended);
  function ended(how: string, wasReady: boolean): void {
    if (stopping || !wasReady) return;
    deps.failed(`the vault's process ended (${how}) and is started again`);
    current = begin(deps, program, ended);
    // Calls find out by themselves.
    current.ready.catch(() => {});
  }
  const call = async (name: string, ...given: readonly unknown[]): Promise<unknown> => {
    const { connection, ready } = current;
    await ready;
    return connection.call(name, ...given);
  };
  const stop = (): Promise<void> => {
    stopping = true;
    return current.end();
  };
  await current.ready.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    invoke: (name, event) => call('invoke', name, event),
    setClock: async (offsetMs) => void (await call('setClock', offsetMs)),
    stop,
  };
}

interface Begun {
  readonly connection: Connection;
  readonly ready: Promise<unknown>;
  end(): Promise<void>;
}

function begin(
  { setup, setUp, calls }: VaultDeps,
  program: string,
  ended: (how: string, wasReady: boolean) => void,
): Begun {
  const child: ChildProcess = fork(program, { serialization: 'advanced', execArgv: process.execArgv });
  const connection = connected(child, calls);
  let isReady = false;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      const how = signal ?? `code ${code}`;
      connection.lost(new Error(`the vault's process ended (${how})`));
      resolve();
      ended(how, isReady);
    });
  });
  return {
    connection,
    ready: connection.call('setUp', setup()).then(async (keyringId) => {
      await setUp(keyringId as string);
      isReady = true;
    }),
    async end() {
      // Without its parent's channel the process ends by itself.
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}
