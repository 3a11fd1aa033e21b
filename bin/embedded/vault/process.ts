/** The program of the vault's process. `startVault` starts it, and it ends with its parent. */
import { type Clock, systemClock } from '../../../functions/kernel/clock.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { sendWebhook } from '../../../functions/notifications/sender.ts';
import type { ExpiringTable } from '../../../functions/table/table.ts';
import { faultsOf } from '../chaos/faults.ts';
import { withFaults } from '../chaos/functions.ts';
import { KeysClient } from '../keys/client.ts';
import { openKeyring } from '../keys/keyring-file.ts';
import { type Host, hostOf } from '../run/host.ts';
import { platformOf } from '../run/platform.ts';
import { type Model, modelOf } from '../wiring/model.ts';
import type { FunctionModel } from '../wiring/model-types.ts';
import type { Template } from '../wiring/resolve.ts';
import { VAULT_ENTRIES } from './entries.ts';
import { keysOf, SHARED_KEYS, VAULT_KEYS } from './keys.ts';
import { connected } from './messages.ts';
import type { VaultSetup } from './parent.ts';

let host: Host | undefined;
let offsetMs = 0;
const clock: Clock = { nowMs: () => systemClock.nowMs() + offsetMs, sleep: (ms) => systemClock.sleep(ms) };

const main = connected(process as unknown as Parameters<typeof connected>[0], {
  async setUp({ names, address, stackName, channelsAt, template, clockOffsetMs, chaos, ...keyrings }: VaultSetup) {
    offsetMs = clockOffsetMs;
    const model = modelOf(template as Template, { address, stackName, channelsAt });
    const { keyring, sendersFor } = await keysFor(model, keyrings);
    host = hostOf({
      functions: names.map((name) => model.functions.get(name)!),
      entries: chaos ? withFaults(VAULT_ENTRIES, faultsOf(chaos)) : VAULT_ENTRIES,
      platformOf: platformOf({
        model,
        clock,
        tableFor,
        sendersFor,
        http: httpClient,
        sendWebhook,
        // One process writes the file: a line is lost with that process, never half a line.
        writeLog: (line) => void main.call('log', line).catch(() => {}),
      }),
    });
    return keyring.id;
  },
  async setClock(ms: number) {
    offsetMs = ms;
  },
  async invoke(name: string, event: unknown) {
    return host!.invoke(name, event);
  },
});

async function keysFor(
  model: Model,
  { keyring: { file, mayCreate }, sharedKeyring }: Pick<VaultSetup, 'keyring' | 'sharedKeyring'>,
) {
  const keyring = await openKeyring({ file, mayCreate, keys: keysOf(model, VAULT_KEYS) });
  const shared = await openKeyring({ file: sharedKeyring, mayCreate: false, keys: keysOf(model, SHARED_KEYS) });
  const keys = [...model.keys.values()];
  const none = (command: object) =>
    Promise.reject(new Error(`${command.constructor.name}: not in the vault's process`));
  const absent = { send: none };
  return {
    keyring,
    sendersFor: (_: FunctionModel, mayUse: ConstructorParameters<typeof KeysClient>[0]['mayUse']) => ({
      kms: new KeysClient({ keys, keyrings: [keyring, shared], mayUse }),
      lambda: absent,
      s3: absent,
      sfn: absent,
      sqs: absent,
    }),
  };
}

/** The tables of the main process. It checks the function's rights as well: what this process claims is not believed. */
function tableFor({ name }: FunctionModel): ExpiringTable {
  const call =
    (operation: string) =>
    (...given: readonly unknown[]): Promise<never> =>
      main.call('table', name, operation, given) as Promise<never>;
  return {
    get: call('get'),
    getMany: call('getMany'),
    query: call('query'),
    commit: call('commit'),
    expiredKeys: call('expiredKeys'),
  };
}

process.on('disconnect', () => process.exit());
// A signal to the group (Ctrl-C, a terminal that closes, a supervisor) reaches this process too: the main process decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
