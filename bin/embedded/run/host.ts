/** The functions of one process. Each is made once, from its own platform; two share nothing but what that platform gives them. */
import type { Platform } from '../../../functions/entries/platform.ts';
import type { FunctionModel } from '../wiring/model-types.ts';
import type { Entry } from './entries.ts';
import { type Handler, invokeOnce, TimedOut } from './invocation.ts';

export interface HostDeps {
  readonly functions: readonly FunctionModel[];
  readonly entries: Readonly<Record<string, Entry>>;
  readonly platformOf: (model: FunctionModel) => Platform;
}

export interface Host {
  /** Calls a function by its name in lib/functions.json. Rejects with its error, or with `TimedOut`. */
  invoke(name: string, event: unknown): Promise<unknown>;
}

export function hostOf({ functions, entries, platformOf }: HostDeps): Host {
  const made = new Map(
    functions.map((model) => {
      const entry = entries[model.name];
      if (!entry) throw new Error(`the template has function ${model.name}, and there is no entry of that name`);
      const on = platformOf(model);
      return [model.name, { on, name: model.name, timeoutMs: model.timeoutMs, handler: entry(on) as Handler }] as const;
    }),
  );
  return {
    async invoke(name, event) {
      const invoked = made.get(name);
      if (!invoked) throw new Error(`there is no function ${name}`);
      try {
        return await invokeOnce(invoked, event);
      } catch (error) {
        // What a function reports itself is in its log; these two it cannot.
        if (error instanceof TimedOut) invoked.on.log.error('timed out', { error });
        else invoked.on.log.error('failed', { error: error as Error });
        throw error;
      }
    },
  };
}
