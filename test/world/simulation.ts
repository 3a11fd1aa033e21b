/**
 * The product in memory, deterministic: one seed decides every id, the clock moves by hand, the channel answers at once. A test
 * breaks one call at a time and lets retries, redeliveries and the janitor find the way back.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fileBank } from '../../functions/channels/file/bank.ts';
import type { CallbackFact, CallbackMessage, FollowUp } from '../../functions/channels/port/port.ts';
import { HttpFailure } from '../../functions/kernel/http-client.ts';
import { BASE62, type Scope } from '../../functions/kernel/ids.ts';
import { CACHE_MS } from '../../functions/kernel/remembered.ts';
import type { Settings } from '../../functions/merchants/merchant.ts';
import { loadSettings, writeSettings } from '../../functions/merchants/store.ts';
import { commitOfItem } from '../../functions/notifications/store.ts';
import type { MadeMerchant } from '../../functions/operator/create.ts';
import { capturedAmount, type Payment } from '../../functions/payments/payment.ts';
import { takeCallback } from '../../functions/recovery/callback.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import { runStep, type SettlementState, type StepName } from '../../functions/settlement/step.ts';
import { packJson } from '../../functions/table/pack.ts';
import { absent } from '../../functions/table/table.ts';
import { recordsOf } from '../audit/records.ts';
import { type Acquirer, acquirer } from '../simulators/acquirer.ts';
import { type AcquirerState, copyOfAcquirer, newAcquirer } from '../simulators/acquirer-state.ts';
import { bankOf, type TestBank } from '../simulators/bank.ts';
import { runMachine } from '../simulators/step-functions.ts';
import { explained, unqueriedClient, type VoidAnswers } from '../simulators/unqueried.ts';
import { apiOf, eventOf } from './api.ts';
import { as, asNone } from './function-grants.ts';
import { type MemoryTable, memoryTable } from './memory-table.ts';
import { nothingOnTheWay, scopeOf, type World, type WorldState, world } from './world.ts';

/** The process died: nothing that it would have done after this happens. */
export class Died extends Error {}
/** The call failed, or its answer was lost; the process goes on. */
export class Unheard extends Error {}

/** Which call breaks, and how. `n` counts table calls and channel calls of the faulty operation, before and after each. */
export interface Fault {
  readonly n: number;
  readonly how: 'dies' | 'fails';
}

/** Which calls belong to an operation that breaks: those of its parallel branches too, after it has given up. */
const faulty = new AsyncLocalStorage<{ readonly fault: Fault; passed: number; dead: boolean }>();

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly replayed: boolean;
}

export interface Simulation {
  readonly world: World;
  readonly channel: Acquirer;
  readonly bank: TestBank;
  readonly scope: Scope;
  readonly request: (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    params?: Record<string, string>,
    key?: string,
  ) => Promise<Answer>;
  /** Runs `operation` with a fault; returns how many points it passed, which is where an enumeration ends. */
  readonly broken: (fault: Fault, operation: () => Promise<unknown>) => Promise<number>;
  /** Delivers the channel's callbacks, each so often; `reversed`: newest first. */
  readonly deliverCallbacks: (options?: { readonly times?: number; readonly reversed?: boolean }) => Promise<void>;
  /** Takes one callback, by default of the merchant's account that has what it is about. */
  readonly takeOne: (fact: CallbackFact, changes?: Partial<CallbackMessage>) => ReturnType<typeof takeCallback>;
  /** The same, where a dispute that comes before its charge stays on its way: the queue brings it again. */
  readonly takeOrKeep: (fact: CallbackFact) => Promise<void>;
  readonly move: (ms: number) => void;
  /** Settles everything up to now (or to `throughMs`), as an execution of the state machine does; nothing else runs meanwhile but the queues. */
  readonly settle: (throughMs?: number) => Promise<SettlementState>;
  readonly janitor: () => Promise<void>;
  /** Changes the merchant's settings, and waits until they are seen everywhere. */
  readonly agree: (changes: Partial<Settings>) => Promise<void>;
  /** Another simulation that goes on from here, without the work under way in this one. */
  readonly fork: () => Simulation;
  /** Called at every point of every call, before and after it takes effect: a wait here lets other work go first. */
  onPoint: ((label: string) => Promise<void>) | undefined;
  /** Called when a request is on its way to the channel and has not arrived. */
  onChannel: ((name: string, reference: string) => Promise<void>) | undefined;
  onBank: ((name: string, reference: string, when: 'before' | 'after') => Promise<void>) | undefined;
}

/** Base62 from a seed, which is kept in `from`. */
const seeded =
  (from: { seed: number }) =>
  (count: number): string =>
    Array.from({ length: count }, () => {
      from.seed = (from.seed + 0x6d2b79f5) | 0;
      let t = Math.imul(from.seed ^ (from.seed >>> 15), 1 | from.seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return BASE62.charAt(((t ^ (t >>> 14)) >>> 0) % 62);
    }).join('');

/** Where a simulation stands; from a copy of it another one goes on. */
interface Standing {
  /** The channel answers no queries. */
  readonly unqueried: VoidAnswers | undefined;
  readonly table: MemoryTable;
  readonly channel: AcquirerState;
  readonly world: WorldState;
  nowMs: number;
  seed: number;
  merchant: MadeMerchant | undefined;
}

const copyOf = ({ table, channel, world: onTheWay, ...rest }: Standing): Standing => ({
  ...rest,
  table: table.clone(),
  channel: copyOfAcquirer(channel),
  world: structuredClone(onTheWay),
});

/** Every simulation with a seed begins alike, so the beginning is made once. */
const begun = new Map<string, Promise<Standing>>();

async function begin(seed: number, unqueried: VoidAnswers | undefined): Promise<Standing> {
  const standing: Standing = {
    unqueried,
    table: memoryTable(),
    channel: newAcquirer(),
    world: nothingOnTheWay(),
    nowMs: Date.UTC(2027, 0, 15, 12),
    seed,
    merchant: undefined,
  };
  standing.merchant = await from(standing).world.merchant();
  // The janitor has run every minute so far: its first run of all would visit hours in which nothing was.
  const cursor = { pk: 'watch', sk: 'cursor', minute: Math.floor(standing.nowMs / 60_000) };
  await standing.table.commit({ kind: 'put', table: 'idempotency', item: cursor, when: absent });
  return standing;
}

/** `unqueried`: the channel answers no queries (test/simulators/unqueried.ts). */
export async function simulate(seed = 1, unqueried?: VoidAnswers): Promise<Simulation> {
  const name = `${seed} ${unqueried}`;
  const beginning = begun.get(name) ?? begin(seed, unqueried);
  if (begun.size < 10) begun.set(name, beginning);
  return from(copyOf(await beginning));
}

function from(standing: Standing): Simulation {
  const { table } = standing;
  // A deadline that races with a call never wins here: time moves only by hand.
  const clock = { nowMs: () => standing.nowMs, sleep: () => new Promise<void>(() => {}) };
  const hooks: Pick<Simulation, 'onPoint' | 'onChannel' | 'onBank'> = {
    onPoint: undefined,
    onChannel: undefined,
    onBank: undefined,
  };
  const point = async (label: string): Promise<void> => {
    const run = faulty.getStore();
    if (run?.dead) throw new Died();
    if (run) {
      run.passed += 1;
      if (run.passed === run.fault.n) {
        run.dead = run.fault.how === 'dies';
        throw run.dead ? new Died() : new Unheard();
      }
    }
    await asNone(() => hooks.onPoint?.(label));
  };
  /** A request or a response that is lost, as an HTTP client reports it. */
  const onTheLine = (label: string): Promise<void> =>
    point(label).catch((error: unknown) => {
      throw error instanceof Unheard ? new HttpFailure('not heard') : error;
    });
  table.onCall = ({ operation, writes, when }) =>
    point(`${when} ${operation} ${writes.map(({ kind }) => kind).join()}`);
  const isBank = (name: string): boolean => name === 'pay' || name === 'queryPayout';
  const channel = acquirer(
    clock.nowMs,
    {
      before: async (name, reference) => {
        await onTheLine(`before ${name}`);
        await asNone(() =>
          isBank(name) ? hooks.onBank?.(name, reference, 'before') : hooks.onChannel?.(name, reference),
        );
      },
      after: async (name, reference) => {
        await onTheLine(`after ${name}`);
        if (isBank(name)) await asNone(() => hooks.onBank?.(name, reference, 'after'));
      },
    },
    standing.channel,
  );
  const { unqueried } = standing;
  const client = unqueried ? unqueriedClient(channel, unqueried, clock.nowMs) : channel.client;
  const bank = bankOf(channel, clock.nowMs);
  const made = world(
    {
      table,
      clock,
      random: seeded(standing),
      channel: () => () => client,
      openSandbox: async ({ further }) => {
        const { account, apiKey, callbackSecret } = await channel.open(further);
        return { account, credentials: { apiKey, callbackSecrets: [callbackSecret] } };
      },
      bank: () => (name) => (name === 'file' ? fileBank(table) : channel.bankClient),
      controls: () => channel.controls,
      onFile: point,
    },
    standing.world,
  );
  const api = apiOf(made);

  /** The account that has what the fact is about, or was asked about it in vain, or the merchant's first. */
  const accountOf = ({ reference }: CallbackFact): string => {
    const { charges, refunds, payouts, accounts, requests } = channel.state;
    const found = charges.get(reference) ?? refunds.get(reference) ?? payouts.get(reference);
    if (found) return found.account;
    const asked = [...requests.values()].map((text) => JSON.parse(text) as FollowUp);
    return asked.find((one) => one.reference === reference)?.account.account ?? [...accounts.keys()][0]!;
  };
  const takeOne: Simulation['takeOne'] = (reported, changes) => {
    const fact = unqueried ? explained(reported, channel) : reported;
    const message: CallbackMessage = {
      channel: 'sandbox',
      account: accountOf(fact),
      livemode: false,
      dedupe: JSON.stringify(fact, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      rawBase64: '',
      receivedMs: standing.nowMs,
      fact,
      ...changes,
    };
    return as('payments-on-callback', () => takeCallback(made.learning, packJson(message)));
  };

  const simulation: Omit<Simulation, keyof typeof hooks> = {
    world: made,
    channel,
    bank,
    get scope() {
      return scopeOf(table, standing.merchant!);
    },
    fork: () => from(copyOf(standing)),
    takeOne,
    move: (ms) => {
      standing.nowMs += ms;
    },
    async request(method, path, params = {}, key) {
      const body = new URLSearchParams(params).toString();
      const headers = {
        authorization: `Bearer ${standing.merchant!.test.secretKey}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      const result = await api(eventOf(method, path, headers, Buffer.from(method === 'POST' ? body : '')));
      return {
        status: result.statusCode!,
        body: JSON.parse(result.body!) as Record<string, unknown>,
        replayed: result.headers?.['idempotent-replayed'] === 'true',
      };
    },
    async broken(fault, operation) {
      const run = { fault, passed: 0, dead: false };
      await faulty.run(run, () => operation().catch(() => undefined));
      return run.passed;
    },
    async takeOrKeep(fact) {
      await takeOne(fact).catch((error: unknown) => {
        if (fact.about !== 'dispute') throw error;
        channel.callbacks.push(fact);
      });
    },
    async deliverCallbacks({ times = 1, reversed = false } = {}) {
      const facts = channel.callbacks.splice(0);
      if (reversed) facts.reverse();
      for (let time = 0; time < times; time++) for (const fact of facts) await simulation.takeOrKeep(fact);
    },
    settle: (throughMs = standing.nowMs) =>
      runMachine<SettlementState>(
        { scope: scopeOf(table, standing.merchant!), date: '2027-01-15', throughMs, force: true, status: 'waiting' },
        (step, state) => runStep(made.settlement, step as StepName, state),
        async (seconds) => {
          standing.nowMs += seconds * 1_000;
          await made.runQueues();
        },
      ),
    async agree(changes) {
      const settings = await loadSettings(table, simulation.scope);
      await table.commit(writeSettings(simulation.scope, { ...settings, ...changes, version: settings.version + 1 }));
      standing.nowMs += CACHE_MS + 1;
    },
    async janitor() {
      const { failures } = await made.janitor(standing.nowMs);
      made.failures.push(...failures.map(({ error }) => String(error)));
    },
  };
  return Object.defineProperties(hooks, Object.getOwnPropertyDescriptors(simulation)) as Simulation;
}

export interface EndState {
  readonly payments: readonly string[];
  readonly refunds: readonly string[];
  readonly disputes: readonly string[];
  readonly entries: readonly string[];
  readonly events: readonly string[];
  readonly channel: readonly string[];
}

export const paymentsIn = (world: Parameters<typeof recordsOf>[0]): readonly string[] =>
  recordsOf(world).payments.map(describePayment).sort();

const describePayment = (payment: Payment): string =>
  `${payment.status} captured ${capturedAmount(payment)} refunded ${payment.refunded} attempts ${payment.attempts.map((attempt) => attempt.status).join(',')}${payment.pending ? ' pending' : ''}`;

/** The end state, without the times and ids that differ from run to run. */
export function endState(sim: Simulation): EndState {
  const { refunds, disputes, journal } = recordsOf(sim.world);
  const describeRefund = (refund: Refund): string => `${refund.status} ${refund.amount}`;
  const events = sim.world.table
    .items('events')
    .flatMap((item) => (item.pk.includes('#e#') ? commitOfItem(item).types : []));
  return {
    payments: paymentsIn(sim.world),
    refunds: refunds.map(describeRefund).sort(),
    disputes: disputes
      .map(
        ({ status, amount, submissions, pending }) => `${status} ${amount} ${submissions}${pending ? ' pending' : ''}`,
      )
      .sort(),
    entries: journal
      .map(
        ({ entry }) => `${entry.type} ${entry.legs.map((leg) => `${leg.side} ${leg.account} ${leg.amount}`).join(' ')}`,
      )
      .sort(),
    // Whether `processing` (or `pending`) was announced depends on who looked when; what became of it does not.
    events: events.filter((type) => type !== 'payment_intent.processing' && type !== 'charge.pending').sort(),
    channel: [...sim.channel.charges.values()]
      .map((charge) => `${charge.authorized} captured ${charge.captured}`)
      .sort(),
  };
}
