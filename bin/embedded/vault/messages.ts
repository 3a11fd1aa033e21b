/** Calls between the main process and the vault's: each has a number, and its answer the same one. */
import type { ChildProcess } from 'node:child_process';
import { Conflict, type Item } from '../../../functions/table/table.ts';

/** One process of the two, as the other sees it. */
type Peer = Pick<ChildProcess, 'send' | 'on'>;

export type Calls = Readonly<Record<string, (...given: readonly never[]) => Promise<unknown>>>;

interface Asked {
  readonly ask: number;
  readonly name: string;
  readonly given: readonly unknown[];
}
type Told = { readonly answer: number } & ({ readonly result: unknown } | { readonly error: Failed });

interface Failed {
  readonly name: string;
  readonly message: string;
  readonly conflict?: { readonly index: number; readonly old: Item | undefined };
}

export interface Connection {
  /** Calls the other process. */
  readonly call: (name: string, ...given: readonly unknown[]) => Promise<unknown>;
  /** The other process ended: what it has not answered, it never will. */
  readonly lost: (error: Error) => void;
}

/** Serves `calls` to the other process, and calls it. */
export function connected(peer: Peer, calls: Calls): Connection {
  const open = new Map<
    number,
    { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }
  >();
  let asked = 0;
  const send = (message: Asked | Told): void => void peer.send(message);
  const serve = async ({ ask, name, given }: Asked): Promise<void> => {
    try {
      const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (!call) throw new Error(`there is no call ${name}`);
      send({ answer: ask, result: await call(...(given as never[])) });
    } catch (error) {
      send({ answer: ask, error: failed(error as Error) });
    }
  };
  peer.on('message', (message: Asked | Told) => {
    if ('ask' in message) return void serve(message);
    const waiting = open.get(message.answer);
    open.delete(message.answer);
    if ('error' in message) waiting?.reject(thrown(message.error));
    else waiting?.resolve(message.result);
  });
  return {
    call: (name, ...given) =>
      new Promise((resolve, reject) => {
        asked += 1;
        open.set(asked, { resolve, reject });
        send({ ask: asked, name, given });
      }),
    lost(error) {
      for (const { reject } of open.values()) reject(error);
      open.clear();
    },
  };
}

const failed = (error: Error): Failed => ({
  name: error.name,
  message: error.message,
  ...(error instanceof Conflict && { conflict: { index: error.index, old: error.old } }),
});

/** A conflict is one again: the product knows it by its class. */
function thrown({ name, message, conflict }: Failed): Error {
  if (conflict) return new Conflict(conflict.index, conflict.old);
  return Object.assign(new Error(message), { name });
}
