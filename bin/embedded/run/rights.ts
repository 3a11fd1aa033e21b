/** What each function of the main process gets in place of AWS's services, with the rights of its role. */
import type { ExpiringTable } from '../../../functions/table/table.ts';
import { FolderClient } from '../files/folder.ts';
import { KeysClient } from '../keys/client.ts';
import type { Keyring } from '../keys/keyring.ts';
import { QueueClient } from '../queues/client.ts';
import { StatesClient } from '../states/client.ts';
import type { StoreTable } from '../table/store-table.ts';
import type { Model } from '../wiring/model.ts';
import type { FunctionModel } from '../wiring/model-types.ts';
import { invokeSender } from './invoke-client.ts';
import type { Parts } from './platform.ts';
import type { Triggers } from './triggers.ts';

export interface RightsDeps {
  readonly model: Model;
  readonly keyring: Keyring;
  readonly triggers: Pick<Triggers, 'queues' | 'executions'>;
  /** The tables for work that a request waits for, and for work in the background. */
  readonly tables: { readonly prompt: StoreTable; readonly patient: StoreTable };
  /** Where files are kept. */
  readonly folder: string;
  /** Resolves once all that was committed so far is on disk. */
  readonly synced: () => Promise<void>;
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
}

export function rightsOf({
  model,
  keyring,
  triggers,
  tables,
  folder,
  synced,
  invoke,
}: RightsDeps): Pick<Parts, 'tableFor' | 'sendersFor'> {
  const background = backgroundOf(model);
  const keys = [...model.keys.values()];
  const machines = [...model.machines.values()];
  const [bucket] = model.buckets.values();
  const named = new Map([...model.functions.values()].map((each) => [each.physicalName, each]));
  const called = (physicalName: string): FunctionModel => {
    const found = named.get(physicalName);
    if (!found)
      throw Object.assign(new Error(`Function not found: ${physicalName}`), { name: 'ResourceNotFoundException' });
    return found;
  };
  return {
    tableFor: ({ name }): ExpiringTable => (background.has(name) ? tables.patient : tables.prompt),
    sendersFor: ({ name }, mayUse) => ({
      kms: new KeysClient({ keys, keyrings: [keyring], mayUse }),
      lambda: invokeSender({
        invoke: (other, event) => invoke(called(other).name, event),
        mayInvoke: (other) => mayUse('lambda:InvokeFunction', called(other).arn),
      }),
      s3: new FolderClient({ bucket: bucket!, folder, synced, mayUse }),
      sfn: new StatesClient({ executions: triggers.executions, machines, mayUse }),
      sqs: new QueueClient({ queues: triggers.queues, mayUse, patient: background.has(name) }),
    }),
  };
}

/** Functions that no request waits for: those that a queue, the stream, a rule or a machine calls, and nothing else. */
function backgroundOf({ functions, queueMappings, streamMappings, rules, machines, api }: Model): ReadonlySet<string> {
  const definitions = JSON.stringify([...machines.values()].map(({ definition }) => definition));
  const called = [...queueMappings, ...streamMappings, ...rules].map((trigger) => trigger.function);
  const tasks = [...functions.values()].filter(({ arn }) => definitions.includes(`"${arn}"`)).map(({ name }) => name);
  const requested = new Set(api.routes.map((route) => route.function));
  return new Set([...called, ...tasks].filter((name) => !requested.has(name)));
}
