/** Lists while the stream is held back, and the same lists once it has taken everything (I17). */
import { expect } from 'vitest';
import type { Simulation } from '../world/simulation.ts';

export interface ListedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly object: Record<string, unknown> };
}

export const typesOf = (listed: readonly ListedEvent[]) => listed.map(({ type }) => type);

/** What is not known before the stream comes: which request made a payment whose first image is gone, and whether a webhook is on its way. */
const known = (listed: readonly ListedEvent[]): unknown =>
  JSON.parse(JSON.stringify(listed.map(({ id, type, data }) => ({ id, type, data }))));

/** Requests to this simulation, each of which succeeds, and what its lists show. The client's next request is later. */
export function heldBack(sim: () => Simulation) {
  const post = async (path: string, params: Record<string, string> = {}, key?: string) => {
    const { status, body } = await sim().request('POST', path, params, key);
    expect([status, body.error]).toEqual([200, undefined]);
    sim().move(5);
    return body;
  };
  const get = async (path: string) => {
    const { status, body } = await sim().request('GET', path);
    expect([status, body.error]).toEqual([200, undefined]);
    return body;
  };
  const list = async (path: string) => (await get(path)).data as readonly ListedEvent[];
  const events = () => list('/v1/events?limit=100');
  return {
    post,
    get,
    list,
    events,
    idsOf: async (path: string) => (await list(path)).map(({ id }) => id),
    /** The events before the stream and after it: the same, object by object. */
    sameOnceProjected: async (): Promise<readonly ListedEvent[]> => {
      const before = await events();
      await sim().world.runQueues();
      expect(known(before)).toEqual(known(await events()));
      return before;
    },
    /** Notes that lists read of what was just written. */
    notes: () =>
      sim()
        .world.table.items('idempotency')
        .filter(({ pk }) => pk.includes('#w#')),
  };
}
