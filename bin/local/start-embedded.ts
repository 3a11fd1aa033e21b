/** `npm start` on the embedded runtime: one process and the vault's, with their data in a directory. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { embeddedBundle } from '../embedded/bundle.ts';
import type { ChaosSettings } from '../embedded/chaos/faults.ts';
import type { EmbeddedStack, StackOptions } from '../embedded/run/stack.ts';
import { embeddedTemplate } from '../embedded/wiring/template.ts';
import { Failure } from './failure.ts';
import { localPath, ROOT } from './files.ts';
import type { Say } from './install-emulator.ts';
import type { CreatedMerchant, Keys } from './operator.ts';
import { DEFAULT_STACK, type RunningStack } from './place.ts';

export interface EmbeddedOptions {
  readonly say: Say;
  readonly port: number;
  /** Undefined: in memory. */
  readonly directory: string | undefined;
  /** A folder for the keyrings. Default: in the directory. */
  readonly keys: string | undefined;
  readonly chaos?: ChaosSettings | undefined;
  /** Addresses that stand for the hosts of channels (functions/channels/addresses.ts). */
  readonly channelsAt?: string | undefined;
  readonly disk?: StackOptions['disk'];
}

export interface StartedEmbedded {
  readonly state: RunningStack;
  /** Whether the merchant of the keys was there before. */
  readonly isKept: boolean;
  stop(): Promise<void>;
}

/** Starts the stack, with a demo merchant. What is missing (the template, the bundle) is made first. */
export async function startEmbedded({
  say,
  port,
  directory,
  keys,
  chaos,
  channelsAt,
  disk,
}: EmbeddedOptions): Promise<StartedEmbedded> {
  const folder = localPath('embedded', 'runtime');
  const { template, from } = await embeddedTemplate({
    root: ROOT,
    cacheFile: localPath('embedded', 'template.json'),
    settings: {},
  });
  if (from === 'synthesis') say('start: the template is made, once for each state of its sources');
  const bundle = await embeddedBundle(ROOT, folder);
  if (bundle.from === 'build') say('start: the functions are bundled, once for each state of their sources');
  const { startStack } = (await import(pathToFileURL(bundle.main).href)) as {
    readonly startStack: (options: StackOptions) => Promise<EmbeddedStack>;
  };
  const runFolder = directory ?? localPath('run', String(process.pid));
  const stack = await started(startStack, {
    port,
    directory,
    runFolder,
    keysFolder: keys ?? join(runFolder, 'keys'),
    template,
    stackName: DEFAULT_STACK,
    vaultProgram: bundle.vault,
    chaos,
    channelsAt,
    disk,
    failed: (message) => console.error(message),
    onStop: ({ message }) => {
      writeSync(2, `${message}\n`);
      process.kill(process.pid, 'SIGKILL');
    },
  });
  const { keys: demoKeys, isKept } = await demoMerchant(stack, directory).catch(async (error: unknown) => {
    await stack.stop();
    throw error;
  });
  const state = { baseUrl: stack.baseUrl, ...demoKeys, socket: stack.socket, stack: DEFAULT_STACK };
  return {
    state,
    isKept,
    async stop() {
      await stack.stop();
      if (directory === undefined) rmSync(runFolder, { recursive: true, force: true });
    },
  };
}

/** What a person can do something about, by name: the bundle has classes of its own. */
const REASONS = new Set(['Failure', 'StoreLocked', 'StoreUnreadable']);

/** Throws a Failure where the data is in use or not ours, the port is taken or a keyring is missing. */
async function started(
  startStack: (options: StackOptions) => Promise<EmbeddedStack>,
  options: StackOptions,
): Promise<EmbeddedStack> {
  try {
    return await startStack(options);
  } catch (error) {
    if (error instanceof Error && REASONS.has(error.name)) throw new Failure(error.message, { cause: error });
    throw error;
  }
}

/** The demo merchant's keys, which are in no table: a file beside the data has them, for its owner only. */
async function demoMerchant(
  stack: EmbeddedStack,
  directory: string | undefined,
): Promise<{ readonly keys: Keys; readonly isKept: boolean }> {
  const file = directory && join(directory, 'demo-merchant.json');
  if (file && existsSync(file)) return { keys: keysIn(file), isKept: true };
  const answer = (await stack.invoke('merchants-operator', {
    command: 'create-merchant',
    name: 'Demo',
    delayDays: 0,
  })) as CreatedMerchant;
  const keys: Keys = answer.test;
  if (file) {
    // A start that is killed meanwhile leaves no part of it.
    writeFileSync(`${file}.new`, `${JSON.stringify(keys, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
  return { keys, isKept: false };
}

function keysIn(file: string): Keys {
  try {
    const keys = JSON.parse(readFileSync(file, 'utf8')) as Partial<Keys>;
    if (typeof keys.secretKey === 'string' && typeof keys.publishableKey === 'string') return keys as Keys;
  } catch {
    // The same advice as for a file without keys.
  }
  throw new Failure(`${file} holds no keys. Remove it: the next start makes a new demo merchant.`);
}

/** A directory as a person would name it. */
export const shown = (directory: string): string => {
  const near = relative(process.cwd(), directory);
  return near.startsWith('..') ? directory : near;
};

/** Where the data of this checkout is. */
export function dataDirectory(given: string | undefined): string {
  const directory = given ?? localPath('data');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
