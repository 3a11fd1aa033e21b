/** What calls functions by itself: queues, the stream, rules and state machines, on one store and one clock. */
import { commitPatiently, type Log } from '../background.ts';
import type { StackClock } from '../clock.ts';
import { Queues } from '../queues/queues.ts';
import { Schedules } from '../schedules/schedules.ts';
import { loadMachine } from '../states/definition.ts';
import { Executions } from '../states/executions.ts';
import type { Store } from '../store/store.ts';
import { Stream } from '../streams/stream.ts';
import type { Model } from '../wiring/model.ts';

export interface TriggersDeps {
  readonly store: Store;
  readonly clock: StackClock;
  readonly log: Log;
  readonly model: Model;
  /** Calls a function by its name in lib/functions.json. */
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
}

export interface Triggers {
  readonly queues: Queues;
  readonly stream: Stream;
  readonly executions: Executions;
  start(): Promise<void>;
  /** Calls nothing more, and waits for the calls that run. Returns whether they ended within the limit. */
  stop(limitMs: number): Promise<boolean>;
}

/** Changes that may wait for the stream's consumers before requests wait for them. */
const MOST_BEHIND = 400;

export function triggersOf({ store, clock, log, model, invoke }: TriggersDeps): Triggers {
  const { functions, queueMappings, streamMappings, rules, machines } = model;
  const queues = new Queues({
    store,
    clock,
    log,
    queues: [...model.queues.values()],
    mappings: queueMappings,
    invoke,
  });
  const [streamArn] = [...model.tables.values()].flatMap((table) => table.streamArn ?? []);
  const stream = new Stream({
    store,
    clock,
    log,
    streamArn: streamArn!,
    mappings: streamMappings,
    arnOfFunction: (name) => functions.get(name)!.arn,
    invoke,
    enqueue: (db, queue, body) => queues.add(db, queue, body),
    mostBehind: MOST_BEHIND,
  });
  const schedules = new Schedules({ store, clock, log, rules, invoke });
  const byArn = new Map([...functions.values()].map(({ arn, name }) => [arn, name]));
  const executions = new Executions({
    store,
    commit: (work) => commitPatiently(store, work),
    clock,
    machines: new Map([...machines.values()].map(({ arn, definition }) => [arn, loadMachine(definition)])),
    invoke: (arn, payload) => invoke(byArn.get(arn)!, payload),
    log,
  });
  return {
    queues,
    stream,
    executions,
    async start() {
      await queues.start();
      stream.start();
      executions.resume();
      await schedules.start();
    },
    async stop(limitMs) {
      const stops = [schedules.stop(limitMs), executions.close(limitMs), stream.stop(limitMs), queues.stop(limitMs)];
      return (await Promise.all(stops)).every(Boolean);
    },
  };
}
