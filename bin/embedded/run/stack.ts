/** A whole stack in this process and the vault's. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { sendWebhook } from '../../../functions/notifications/sender.ts';
import { type ChaosSettings, faultsOf } from '../chaos/faults.ts';
import { withFaults } from '../chaos/functions.ts';
import { openClock, type StackClock } from '../clock.ts';
import { serveControl } from '../control/server.ts';
import { withClockRoute } from '../gateway/clock-route.ts';
import { durable, type Gateway, gateway, refusals } from '../gateway/gateway.ts';
import { gatewayServer } from '../gateway/server.ts';
import { bindKeyring, boundKeyring } from '../keys/bound.ts';
import { openKeyring } from '../keys/keyring-file.ts';
import { memoryStore, openStore, type Store, type StoreOptions } from '../store/store.ts';
import { storeTable } from '../table/store-table.ts';
import type { Written } from '../table/write.ts';
import { VAULT_ENTRIES } from '../vault/entries.ts';
import { keysOf, SHARED_KEYS } from '../vault/keys.ts';
import { startVault } from '../vault/parent.ts';
import { vaultTables } from '../vault/tables.ts';
import { type Model, modelOf } from '../wiring/model.ts';
import type { Template } from '../wiring/resolve.ts';
import { advanceWith } from './advance.ts';
import { afterSync, onceSynced } from './after-sync.ts';
import { commandsOf } from './commands.ts';
import { ENTRIES } from './entries.ts';
import { hostOf } from './host.ts';
import { localHttp } from './local-http.ts';
import { localWebhooks } from './local-webhooks.ts';
import { lineLogger } from './log.ts';
import { logFile } from './log-file.ts';
import { platformOf } from './platform.ts';
import { rightsOf } from './rights.ts';
import { Started } from './started.ts';
import { triggersOf } from './triggers.ts';

export interface StackOptions {
  /** Of the API; 0: any free one. */
  readonly port: number;
  /** Where everything is kept. Undefined: in memory, and gone at the end. */
  readonly directory: string | undefined;
  /** A folder for the socket file, and for what a stack in memory keeps in files. Only its owner may enter. */
  readonly runFolder: string;
  /** A folder for the keyrings. */
  readonly keysFolder: string;
  readonly template: Template;
  readonly stackName: string;
  /** Addresses that stand for the hosts of channels (functions/channels/addresses.ts). */
  readonly channelsAt?: string | undefined;
  /** The program of the vault's process. */
  readonly vaultProgram: string;
  /** Faults on demand. Undefined: none but those that happen. */
  readonly chaos?: ChaosSettings | undefined;
  readonly disk?: StoreOptions['disk'] | undefined;
  /** What a person should know of: the vault died, for example. */
  readonly failed: (message: string) => void;
  /** The disk failed: the process must end at once, by SIGKILL (store.ts). */
  readonly onStop: NonNullable<StoreOptions['onStop']>;
}

export interface EmbeddedStack {
  readonly baseUrl: string;
  readonly socket: string;
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
  stop(): Promise<void>;
}

/** What functions may take to end when the stack stops: what they had not finished is done again by the next start. */
const STOP_MS = 5_000;

export async function startStack(options: StackOptions): Promise<EmbeddedStack> {
  const started = new Started();
  try {
    return { ...(await start(options, started)), stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function start(options: StackOptions, started: Started): Promise<Omit<EmbeddedStack, 'stop'>> {
  const { directory, runFolder, template, stackName, channelsAt, chaos, disk, failed, onStop } = options;
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  const log = logFile(directory === undefined ? undefined : join(directory, 'sluice.log'));
  started.add(() => log.end());
  const onFull = (): void => failed(`the disk of ${directory} is full: writes are refused until it has space`);
  const store =
    directory === undefined ? memoryStore() : await openStore(directory, { onStop, onFull, ...(disk && { disk }) });
  started.add(() => store.close());
  const server = await gatewayServer(options.port);
  started.add(() => server.stop());
  const baseUrl = `http://127.0.0.1:${server.port}`;
  const model = modelOf(template, { address: baseUrl, stackName, channelsAt });
  const clock = openClock(store);
  const secrets = await openSecrets(options, model, store);

  const isOfVault = (name: string): boolean => Object.hasOwn(VAULT_ENTRIES, name);
  // What leaves this process waits for it, and so no crash takes back what others have seen.
  const synced = (): Promise<void> => store.synced();
  const invokeVault = afterSync(synced, (name: string, event: unknown) => vault.invoke(name, event));
  const invoke = (name: string, event: unknown): Promise<unknown> =>
    isOfVault(name) ? invokeVault(name, event) : host.invoke(name, event);
  const runtimeLog = lineLogger('runtime', () => clock.nowMs(), log.write);
  const faults = chaos && faultsOf(chaos);
  const triggers = triggersOf({ store, clock, log: runtimeLog, model, invoke, chaos: faults?.queues });
  const written = {
    nowMs: () => clock.nowMs(),
    // One commit in six is of the table that has a stream.
    onWritten: (writes: readonly Written[]) => {
      if (writes.some(({ write }) => write.table === 'payments')) triggers.stream.notice();
    },
  };
  const tables = { prompt: storeTable(store, written), patient: storeTable(store, { ...written, patient: true }) };
  const gate = { api: model.api, invoke };
  // Calls of the stack's own functions do not wait for consumers: a consumer may be what makes them.
  const within: Gateway = gateway({ ...gate, admitted: async () => {} });
  const handle: Gateway = gateway({ ...gate, admitted: () => triggers.stream.accept() });
  const folder = join(directory ?? runFolder, 'files');
  const host = hostOf({
    functions: [...model.functions.values()].filter(({ name }) => !isOfVault(name)),
    entries: faults ? withFaults(ENTRIES, faults) : ENTRIES,
    platformOf: platformOf({
      model,
      clock,
      ...rightsOf({ model, keyring: secrets.keyring, triggers, tables, folder, synced, invoke }),
      http: localHttp(baseUrl, within, afterSync(synced, httpClient)),
      sendWebhook: afterSync(synced, localWebhooks(sendWebhook)),
      writeLog: log.write,
    }),
  });
  const vault = await startVault(
    {
      setup: () => ({
        names: Object.keys(VAULT_ENTRIES),
        address: baseUrl,
        stackName,
        channelsAt,
        template,
        keyring: { file: join(options.keysFolder, 'vault.json'), mayCreate: isUnbound(store, 'vault') },
        sharedKeyring: secrets.file,
        clockOffsetMs: offsetOf(clock),
        chaos,
      }),
      setUp: (id) => bindKeyring(store, 'vault', { id }),
      calls: { ...vaultTables(model, tables.prompt, synced), log: async (line: string) => log.write(line) },
      failed,
    },
    options.vaultProgram,
  );
  started.add(() => vault.stop());
  started.add(() => triggers.stop(STOP_MS));
  const advance = advanceWith({ clock, triggers, moved: () => vault.setClock(offsetOf(clock)) });
  const socket = join(runFolder, 'control');
  const control = await serveControl(
    socket,
    commandsOf({ invoke, store, clock, triggers, advance, ...options }),
    synced,
  );
  started.add(() => control.stop());
  await triggers.start();
  const refuse = refusals(model.api);
  const all = withClockRoute({ handle, nowMs: () => clock.nowMs(), advance, refuse });
  server.serve({ handle: durable(all, synced, refuse), refuse });
  // Before the vault and the triggers: a request under way needs both.
  started.add(() => server.stop());
  return { baseUrl, socket, invoke: (name, event) => onceSynced(synced, invoke(name, event)) };
}

/** What the stack's clock is ahead of the system's. */
const offsetOf = (clock: StackClock): number => clock.nowMs() - Date.now();

const isUnbound = (store: Store, name: string): boolean => boundKeyring(store, name) === undefined;

async function openSecrets({ keysFolder }: StackOptions, model: Model, store: Store) {
  const file = join(keysFolder, 'secrets.json');
  const keyring = await openKeyring({
    file,
    keys: keysOf(model, SHARED_KEYS),
    mayCreate: isUnbound(store, 'secrets'),
  });
  await bindKeyring(store, 'secrets', keyring);
  return { keyring, file };
}
