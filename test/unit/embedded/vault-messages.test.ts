import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Calls, connected } from '../../../bin/embedded/vault/messages.ts';
import { Conflict } from '../../../functions/table/table.ts';

/** Two ends of one channel, as the processes have them: messages are copies. */
function pair(here: Calls, there: Calls) {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const peer = (own: EventEmitter, other: EventEmitter) => ({
    on: own.on.bind(own),
    send: (message: unknown) => queueMicrotask(() => other.emit('message', structuredClone(message))),
  });
  const first = connected(peer(ends[0], ends[1]) as never, here);
  return { first, second: connected(peer(ends[1], ends[0]) as never, there) };
}

describe('a call to the other process', () => {
  it('returns what the other gives, bigints, bytes and sets included', async () => {
    const item = { pk: 'a', sk: 'b', n: 5n, bytes: new Uint8Array([1]), names: new Set(['x']) };
    const { first } = pair({}, { read: async (key: object) => ({ key, item }) });
    expect(await first.call('read', { pk: 'a' })).toEqual({ key: { pk: 'a' }, item });
  });

  it('goes both ways, and answers out of order find their calls', async () => {
    const later = (name: string, ms: number) => new Promise((resolve) => setTimeout(() => resolve(name), ms));
    const { first, second } = pair(
      { wait: (name: string, ms: number) => later(`first ${name}`, ms) },
      { wait: (name: string, ms: number) => later(`second ${name}`, ms) },
    );
    expect(
      await Promise.all([first.call('wait', 'a', 20), first.call('wait', 'b', 1), second.call('wait', 'c', 5)]),
    ).toEqual(['second a', 'second b', 'first c']);
  });

  it('rejects with a conflict that the product knows as one', async () => {
    const old = { pk: 'a', sk: 'b', version: 3n };
    const { first } = pair({}, { commit: () => Promise.reject(new Conflict(2, old)) });
    const error = await first.call('commit').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Conflict);
    expect(error).toMatchObject({ index: 2, old });
  });

  it('rejects with the name and the message of any other error, and with nothing else of it', async () => {
    const error = Object.assign(new RangeError('too far'), { card: '4242424242424242' });
    const { first } = pair({}, { fail: () => Promise.reject(error) });
    const thrown: unknown = await first.call('fail').catch((caught: unknown) => caught);
    expect(thrown).toMatchObject({ name: 'RangeError', message: 'too far' });
    expect(thrown).not.toHaveProperty('card');
  });

  it.each(['missing', 'toString'])('%s does not exist', async (name) => {
    await expect(pair({}, {}).first.call(name)).rejects.toThrow(`there is no call ${name}`);
  });

  it('fails when the other process is lost', async () => {
    const { first } = pair({}, { wait: () => new Promise(() => {}) });
    const waiting = first.call('wait');
    first.lost(new Error('the vault ended'));
    await expect(waiting).rejects.toThrow('the vault ended');
  });
});
