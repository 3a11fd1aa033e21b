/** What operators may ask of a running stack. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StackClock } from '../clock.ts';
import type { Commands } from '../control/server.ts';
import { isOutside } from '../keys/keyring-file.ts';
import { countsOf, look, purgeQueue, redrive } from '../queues/operator.ts';
import type { Store } from '../store/store.ts';
import type { Advance } from './advance.ts';
import type { Triggers } from './triggers.ts';

export interface CommandsDeps {
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
  readonly store: Store;
  readonly clock: StackClock;
  readonly triggers: Triggers;
  readonly advance: Advance;
  readonly directory: string | undefined;
  readonly keysFolder: string;
}

/** The functions that IAM lets operators call. */
const OPERATORS = new Set(['merchants-operator', 'merchants-audit', 'merchants-recovery', 'merchants-treasury']);
/** What a look at a queue shows. */
const SHOWN = 10;

export function commandsOf({ invoke, store, clock, triggers, advance, directory, keysFolder }: CommandsDeps): Commands {
  const { queues, stream } = triggers;
  const hasOwnKeys = (): boolean => directory !== undefined && isOutside(keysFolder, directory);
  return {
    async invoke({ name, event }: { readonly name: string; readonly event: Readonly<Record<string, unknown>> }) {
      if (!OPERATORS.has(name)) throw new Error(`${name} is not for operators`);
      if (event.live === true && !hasOwnKeys())
        throw new Error(
          'Live keys need keyrings that are not beside the data: start with --keys DIR, outside the data.',
        );
      return invoke(name, event);
    },
    advance: async ({ ms }: { readonly ms: number }) => ({ nowMs: await advance(ms) }),
    now: async () => ({ nowMs: clock.nowMs() }),
    async backup({ file }: { readonly file: string }) {
      if (typeof file !== 'string') throw new Error('file must be a path.');
      const path = resolve(file);
      if (existsSync(path)) throw new Error(`${path} is there already.`);
      await store.backup(path);
      return { path };
    },
    queues: async () => countsOf(queues),
    stream: async () => ({ behind: stream.behind() }),
    look: async ({ queue }: { readonly queue: string }) => look(queues, queue, SHOWN),
    redrive: async ({ queue }: { readonly queue: string }) => ({ messages: await redrive(queues, queue) }),
    purge: async ({ queue }: { readonly queue: string }) => ({ messages: await purgeQueue(queues, queue) }),
    replay: async ({ name }: { readonly name: string }) => ({ changes: await stream.replay(name) }),
  };
}
