import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import type { Fault, Faults } from '../../../../bin/embedded/chaos/faults.ts';
import { Crashed, withFaults } from '../../../../bin/embedded/chaos/functions.ts';
import type { Entry } from '../../../../bin/embedded/run/entries.ts';
import type { Platform } from '../../../../functions/entries/platform.ts';
import { HttpFailure } from '../../../../functions/kernel/http-client.ts';

class Send {}

/** Draws what a test says, one after the other; `-` is none. */
function scripted(...script: readonly (Fault | '-')[]): Faults & { readonly left: () => number } {
  const draws = [...script];
  return {
    happens(fault) {
      if (draws[0] !== fault && draws[0] !== '-') return false;
      return draws.shift() === fault;
    },
    queues: { send: () => undefined, lateMs: () => 0, duplicate: () => undefined },
    left: () => draws.length,
  };
}

/** A platform that notes what reached it. */
function world() {
  const done: string[] = [];
  const did = (what: string, answer?: unknown) => async (): Promise<never> => {
    done.push(what);
    return answer as never;
  };
  const on = {
    table: { get: did('get', { pk: 'a' }), getMany: did('getMany'), query: did('query'), commit: did('commit') },
    client: () => ({ send: did('send') }),
    http: did('HTTP'),
    sendWebhook: did('webhook', { delivered: true, status: '200' }),
    clock: { nowMs: () => 0, sleep: async (ms: number) => void done.push(`${ms} ms`) },
    log: { warn: () => {} },
  } as unknown as Platform;
  return { done, on };
}

type Body = (on: Platform) => Promise<unknown>;

function call(body: Body, faults: Faults, name = 'payments-api') {
  const { done, on } = world();
  const entry: Entry = (given) => () => body(given);
  const result = withFaults({ [name]: entry }, faults)[name]!(on)(undefined as never);
  return { done, result };
}

const payLike: Body = async ({ table, http }) => {
  await table.get('payments', { pk: 'a', sk: 'b' });
  await http({ method: 'POST', url: 'http://127.0.0.1', timeoutMs: 1 });
  await table.commit({ kind: 'delete', table: 'payments', key: { pk: 'a', sk: 'b' }, when: { is: 'present' } });
  return 'paid';
};

it('passes calls and answers on where nothing happens', async () => {
  const { done, result } = call(payLike, scripted());
  expect(await result).toBe('paid');
  expect(done).toEqual(['get', 'HTTP', 'commit']);
});

it('a refused call does nothing, and a lost one has done its work; both are errors of that service', async () => {
  const refused = call(payLike, scripted('refused'));
  await expect(refused.result).rejects.toMatchObject({ name: 'ServiceUnavailable', message: 'chaos: refused at get' });
  expect(refused.done).toEqual([]);

  const lost = call(
    async ({ http }) => http({ method: 'GET', url: 'http://127.0.0.1', timeoutMs: 1 }),
    scripted('lost'),
  );
  await expect(lost.result).rejects.toThrow(new HttpFailure('chaos: lost at HTTP'));
  expect(lost.done).toEqual(['HTTP']);

  const client = call(
    async (on) => on.client<SQSClient>(SQSClient as never).send(new Send() as never),
    scripted('lost'),
  );
  await expect(client.result).rejects.toThrow('chaos: lost at Send');
  expect(client.done).toEqual(['send']);
});

const notify: Body = ({ sendWebhook }) =>
  sendWebhook({ url: 'http://127.0.0.1', payload: '{}', secrets: [], nowMs: 0, allowPrivate: true });

it.each([
  ['refused', { delivered: false, status: 'chaos: refused at a webhook' }, []],
  ['lost', { delivered: false, status: 'chaos: lost at a webhook' }, ['webhook']],
  ['late', { delivered: true, status: '200' }, ['2000 ms', 'webhook']],
  ['twice', { delivered: true, status: '200' }, ['webhook', 'webhook']],
] as const)('a webhook that is %s has the result %j, and arrives as %j', async (fault, expected, arrived) => {
  const { done, result } = call(notify, scripted(fault));
  expect(await result).toEqual(expected);
  expect(done).toEqual(arrived);
});

it.each([
  [0, []],
  [1, ['webhook']],
])('a function that crashes at place %i of a webhook has done %j', async (place, expected) => {
  let asked = 0;
  const faults: Faults = { ...scripted(), happens: (fault) => fault === 'crash' && asked++ === place };
  const { done, result } = call(notify, faults);
  await expect(result).rejects.toThrow(Crashed);
  expect(done).toEqual(expected);
});

// Before and after each of the three calls, and after the last one: `crash` is asked seven times.
it.each([
  [0, []],
  [1, ['get']],
  [2, ['get']],
  [3, ['get', 'HTTP']],
  [4, ['get', 'HTTP']],
  [5, ['get', 'HTTP', 'commit']],
  [6, ['get', 'HTTP', 'commit']],
])('a function that crashes at place %i has done %j', async (place, expected) => {
  let asked = 0;
  const faults: Faults = { ...scripted(), happens: (fault) => fault === 'crash' && asked++ === place };
  const { done, result } = call(payLike, faults);
  await expect(result).rejects.toThrow(Crashed);
  expect(done).toEqual(expected);
});

it('a function that has crashed does nothing more, whatever it catches, and its answer does not count', async () => {
  let asked = 0;
  const faults: Faults = { ...scripted(), happens: (fault) => fault === 'crash' && asked++ === 0 };
  const { done, result } = call(async ({ table }) => {
    await table.get('payments', { pk: 'a', sk: 'b' }).catch(() => undefined);
    await table.query('payments', { pk: 'a' }).catch(() => undefined);
    return 'went on';
  }, faults);
  await expect(result).rejects.toThrow('chaos: crash at get');
  expect(done).toEqual([]);
});

it('a crash is that of one call of the function, not of the one beside it', async () => {
  let asked = 0;
  const faults: Faults = { ...scripted(), happens: (fault) => fault === 'crash' && asked++ === 0 };
  const { on } = world();
  const entry: Entry = (given) => () => payLike(given);
  const handler = withFaults({ a: entry }, faults).a(on);
  const [first, second] = await Promise.allSettled([handler(undefined as never), handler(undefined as never)]);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
});

it('leaves the functions alone that people call', async () => {
  const { result } = call(payLike, { ...scripted(), happens: () => true }, 'merchants-operator');
  expect(await result).toBe('paid');
});
