/** Faults in functions: calls that are refused, answers that are lost, webhooks that are late or sent twice, and crashes between any two calls. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Platform } from '../../../functions/entries/platform.ts';
import { HttpFailure } from '../../../functions/kernel/http-client.ts';
import type { ExpiringTable } from '../../../functions/table/table.ts';
import type { Sender } from '../run/clients.ts';
import type { Entry } from '../run/entries.ts';
import type { Fault, Faults } from './faults.ts';

/** The function ended in the middle. What it was given is not acknowledged. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/** One call of a function. After its crash it does nothing more outside of itself. */
interface Run {
  crash(error: Crashed): void;
  crashed: Crashed | undefined;
}

/** Functions that a person calls and waits for: these have no faults, so that a stack can be set up and looked into. */
const OF_PEOPLE = new Set([
  'merchants-operator',
  'merchants-audit',
  'merchants-recovery',
  'merchants-treasury',
  'sandbox-open-account',
]);

/** The entries, with faults at everything that they call. */
export function withFaults<Name extends string>(
  entries: Readonly<Record<Name, Entry>>,
  faults: Faults,
): Readonly<Record<Name, Entry>> {
  const wrapped = Object.entries<Entry>(entries).map(([name, entry]): [string, Entry] => [
    name,
    OF_PEOPLE.has(name) ? entry : faulty(entry, faults),
  ]);
  return Object.fromEntries(wrapped) as Record<Name, Entry>;
}

function faulty(entry: Entry, faults: Faults): Entry {
  const runs = new AsyncLocalStorage<Run>();
  return (on) => {
    const places = placesOf(on, faults, runs);
    const sendWebhook = faultyWebhooks(on, faults, places);
    const handler = entry({ ...on, ...servicesOf(on, places.call), sendWebhook });
    return (event, ...context) =>
      new Promise((resolve, reject) => {
        const run: Run = { crash: reject, crashed: undefined };
        const work = runs.run(run, async () => {
          const result = await handler(event, ...context);
          // The crash between its last call and its answer: all is done, and the caller learns nothing.
          places.mayCrash('its end');
          return result;
        });
        work.then(resolve, reject);
      });
  };
}

/** `failure` is the error of a service that did not answer. */
type Call = <T>(what: string, make: () => Promise<T>, failure: (message: string) => Error) => Promise<T>;

interface Places {
  readonly call: Call;
  readonly mayCrash: (what: string) => void;
  /** Logs the fault, and returns it in words. */
  readonly noted: (fault: Fault, what: string) => string;
}

function placesOf({ log }: Platform, faults: Faults, runs: AsyncLocalStorage<Run>): Places {
  const noted: Places['noted'] = (fault, what) => {
    log.warn('chaos', { fault, what });
    return `chaos: ${fault} at ${what}`;
  };
  const mayCrash = (what: string): void => {
    const run = runs.getStore();
    if (run === undefined) return;
    if (run.crashed === undefined && faults.happens('crash')) {
      run.crashed = new Crashed(noted('crash', what));
      run.crash(run.crashed);
    }
    if (run.crashed) throw run.crashed;
  };
  const call: Call = async (what, make, failure) => {
    mayCrash(what);
    if (faults.happens('refused')) throw failure(noted('refused', what));
    const answer = await make();
    mayCrash(what);
    if (faults.happens('lost')) throw failure(noted('lost', what));
    return answer;
  };
  return { call, mayCrash, noted };
}

/** Less than an endpoint may take, and long enough for other webhooks to overtake one. */
const LATE_MS = 2_000;

/**
 * Webhooks as a bad network carries them: late, twice, never, or with a lost answer. Sending never throws: its result says what went wrong, as
 * it does of an endpoint that does not answer.
 */
function faultyWebhooks(
  { sendWebhook, clock }: Pick<Platform, 'sendWebhook' | 'clock'>,
  faults: Faults,
  { mayCrash, noted }: Places,
): Platform['sendWebhook'] {
  const what = 'a webhook';
  return async (options) => {
    if (faults.happens('late')) {
      noted('late', what);
      await clock.sleep(LATE_MS);
    }
    mayCrash(what);
    if (faults.happens('refused')) return { delivered: false, status: noted('refused', what) };
    const isTwice = faults.happens('twice');
    if (isTwice) noted('twice', what);
    const [sent] = await Promise.all([sendWebhook(options), isTwice && sendWebhook(options)]);
    mayCrash(what);
    return faults.happens('lost') ? { delivered: false, status: noted('lost', what) } : sent;
  };
}

const unavailable = (message: string): Error => Object.assign(new Error(message), { name: 'ServiceUnavailable' });

function servicesOf({ table, client, http }: Platform, call: Call): Pick<Platform, 'table' | 'client' | 'http'> {
  const faultyTable: ExpiringTable = {
    get: (...given) => call('get', () => table.get(...given), unavailable),
    getMany: (...given) => call('getMany', () => table.getMany(...given), unavailable),
    query: (...given) => call('query', () => table.query(...given), unavailable),
    commit: (...writes) => call('commit', () => table.commit(...writes), unavailable),
    expiredKeys: (...given) => call('expiredKeys', () => table.expiredKeys(...given), unavailable),
  };
  return {
    table: faultyTable,
    client: (type, options) => {
      const sender = client(type, options) as Sender;
      const faultySender: Sender = {
        send: (command, given) =>
          call((command as object).constructor.name, () => sender.send(command, given), unavailable),
      };
      return faultySender as never;
    },
    http: (request) =>
      call(
        'HTTP',
        () => http(request),
        (message) => new HttpFailure(message),
      ),
  };
}
