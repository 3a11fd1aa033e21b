/** What calls functions by itself: queues, the stream, rules and state machines, on one store and one clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { commitPatiently, type Log } from '../background.ts';
import type { StackClock } from '../clock.ts';
import type { QueueChaos } from '../queues/chaos.ts';
import { Queues } from '../queues/queues.ts';
import { Schedules } from '../schedules/schedules.ts';
import { loadMachine } from '../states/definition.ts';
import { Executions } from '../states/executions.ts';
import type { Store } from '../store/store.ts';
import { Stream } from '../streams/stream.ts';
import type { Model } from '../wiring/model.ts';
import { ExpiredItems } from './expired-items.ts';

export interface TriggersDeps {
  readonly store: Store;
  readonly clock: StackClock;
  readonly log: Log;
  readonly model: Model;
  /** Calls a function by its name in lib/functions.json. */
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
  readonly chaos?: QueueChaos | undefined;
}

export interface Triggers {
  readonly queues: Queues;
  readonly stream: Stream;
  readonly executions: Executions;
  start(): Promise<void>;
  /** Resolves when the rules that are due have run, and the stream's consumers have read what that changed. */
  caughtUp(): Promise<void>;
  /** Calls nothing more, and waits for the calls that run. Returns whether they ended within the limit. */
  stop(limitMs: number): Promise<boolean>;
}

/** Changes that may wait for the stream's consumers before requests wait for them. */
const MOST_BEHIND = 400;

const TURN_MS = 5;
/** A rule's function has no longer time. */
const LONGEST_RUN_MS = 60_000;
/** A consumer that waits for a retry is not waited for. */
const LONGEST_READ_MS = 2_000;

export function triggersOf({ store, clock, log, model, invoke, chaos }: TriggersDeps): Triggers {
  const { functions, queueMappings, streamMappings, rules, machines } = model;
  const queues = new Queues({
    store,
    clock,
    log,
    queues: [...model.queues.values()],
    mappings: queueMappings,
    invoke,
    chaos,
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
  const expired = new ExpiredItems({ store, clock, log, model });
  return {
    queues,
    stream,
    executions,
    async start() {
      await queues.start();
      stream.start();
      executions.resume();
      await schedules.start();
      expired.start();
    },
    async caughtUp() {
      // Timers whose time has come are called in the next turns of the event loop.
      await sleep(TURN_MS);
      await schedules.idle(LONGEST_RUN_MS);
      for (let waited = 0; stream.behind() > 0 && waited < LONGEST_READ_MS; waited += TURN_MS) await sleep(TURN_MS);
    },
    async stop(limitMs) {
      const called = [schedules.stop(limitMs), executions.close(limitMs), stream.stop(limitMs), queues.stop(limitMs)];
      const stops = [...called, expired.stop(limitMs)];
      return (await Promise.all(stops)).every(Boolean);
    },
  };
}
