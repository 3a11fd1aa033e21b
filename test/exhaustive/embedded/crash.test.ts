/**
 * The scenarios of the crash suites (test/scenarios) on the runtime itself, with its wiring from the template and faults on demand: functions crash
 * between two calls, services refuse or lose their answers, messages come late and twice. Each operation ends in one of the states that its scenario
 * allows, is answered the same when it is sent again, and the settlement of its day succeeds.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ask } from '../../../bin/embedded/control/client.ts';
import {
  auditAll,
  auditorOf,
  type CreatedMerchant,
  type Execution,
  operatorOf,
  settleAndWait,
  type TrialBalance,
} from '../../../bin/local/operator.ts';
import type { RunningStack } from '../../../bin/local/place.ts';
import { contradictions } from '../../audit/cards.ts';
import { sessionContradictions } from '../../audit/checkout.ts';
import { endOf, SESSION_SCENARIOS } from '../../scenarios/crash-checkout.ts';
import { CONFIRMATION_SCENARIOS } from '../../scenarios/crash-confirmations.ts';
import { HOLD_SCENARIOS } from '../../scenarios/crash-holds.ts';
import { CHARGE_SCENARIOS } from '../../scenarios/crash-legacy-charges.ts';
import { SCENARIOS } from '../../scenarios/crash-operations.ts';
import { WALLET_SCENARIOS } from '../../scenarios/crash-wallets.ts';
import { giveBack } from '../../world/given-up.ts';
import { insistWith, Minutes, NotOnAStack, onAStack } from '../../world/on-a-stack.ts';
import { type Answer, paymentsIn, type Simulation } from '../../world/simulation.ts';
import { type StackProcess, startProcess } from '../../world/stack-process.ts';
import { settleDown } from '../../world/started-app.ts';
import { ofScope, type Tables, tablesOf } from '../../world/tables-of-data.ts';
import { scopeOf } from '../../world/world.ts';

const { SLUICE_SEED: given, SLUICE_RUNS: runs } = process.env;
const seed = given === 'random' ? Date.now() % 1_000_000 : Number(given ?? 7);
/** Merchants that each go through a scenario. */
const COPIES = Number(runs ?? 2);
const RATE = 0.02;
/** Scenarios that consist of requests. The others reach into the channel's books or run the janitor by hand, so only a simulation has them. */
const PORTABLE = 40;
const MINUTE_MS = 60_000;

/** A scenario in the words of both suites. */
interface Scenario {
  readonly name: string;
  readonly before: (sim: Simulation) => Promise<unknown>;
  readonly operation: (sim: Simulation, made: never) => Promise<Answer | undefined>;
  readonly answers: readonly number[];
  /** The end of one merchant's records, and the ends that are right. */
  readonly endOf: (left: Simulation) => string;
  readonly ends: readonly string[];
}

const OF_PAYMENTS = [
  ...SCENARIOS,
  ...HOLD_SCENARIOS,
  ...CHARGE_SCENARIOS,
  ...CONFIRMATION_SCENARIOS,
  ...WALLET_SCENARIOS,
].map(
  ({ name, before, operation, answers = [200], ends }): Scenario => ({
    name,
    before,
    operation,
    answers,
    endOf: ({ world }) => paymentsIn(world).join(';'),
    ends,
  }),
);
const OF_SESSIONS = SESSION_SCENARIOS.map(
  ({ name, before, request, answers = [200], end, unsent, found = [] }): Scenario => ({
    name,
    before,
    operation: request,
    answers,
    endOf,
    ends: [end, ...(unsent === undefined ? [] : [unsent]), ...found],
  }),
);

/** A merchant of a scenario that runs here. */
interface Run {
  readonly scenario: Scenario;
  readonly merchant: CreatedMerchant;
  readonly made: never;
}

let directory: string;
let stack: StackProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-crash-'));
});
afterEach(async () => {
  await stack?.kill();
  stack = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const timeOf = async ({ socket }: RunningStack): Promise<number> =>
  (await ask<{ readonly nowMs: number }>(socket!, 'now')).nowMs;
const advance = ({ socket }: RunningStack, ms: number): Promise<unknown> => ask(socket!, 'advance', { ms });

/** What a scenario takes as now: so far ahead that a session which it lets end in half an hour ends behind all that happens here. */
const aheadOf = async (state: RunningStack): Promise<number> => (await timeOf(state)) + 40 * MINUTE_MS;

/** What was before each operation, without faults. Scenarios that reach into a simulation are left out. */
async function prepared(state: RunningStack): Promise<readonly Run[]> {
  const all = Array.from({ length: COPIES }, () => [...OF_PAYMENTS, ...OF_SESSIONS]).flat();
  const operator = operatorOf(state);
  const nowMs = await aheadOf(state);
  const insist = async (attempt: () => Promise<Answer>): Promise<Answer> => {
    const answer = await attempt();
    // A decline may be what a scenario begins with.
    if (![200, 402].includes(answer.status)) throw new Error(JSON.stringify(answer));
    return answer;
  };
  const ready = await Promise.all(
    all.map(async (scenario): Promise<readonly Run[]> => {
      const merchant = await operator<CreatedMerchant>('create-merchant', { name: 'Demo', delayDays: 0 });
      try {
        const sim = onAStack({ baseUrl: state.baseUrl, ...merchant.test, nowMs, insist });
        return [{ scenario, merchant, made: (await scenario.before(sim)) as never }];
      } catch (error) {
        if (error instanceof NotOnAStack) return [];
        throw error;
      }
    }),
  );
  await settleDown(state.socket!);
  await advance(state, 10_000);
  await settleDown(state.socket!);
  return ready.flat();
}

/** The answers to all operations, all at once. Undefined: the operation reaches into a simulation. */
async function operated(state: RunningStack, ready: readonly Run[]): Promise<ReadonlyMap<Run, Answer>> {
  const minutes = new Minutes(ready.length, () => advance(state, MINUTE_MS + 1_000));
  const nowMs = await aheadOf(state);
  const insist = insistWith(minutes);
  const answers = new Map<Run, Answer>();
  await Promise.all(
    ready.map(async (run) => {
      try {
        const sim = onAStack({ baseUrl: state.baseUrl, ...run.merchant.test, nowMs, insist });
        answers.set(run, (await run.scenario.operation(sim, run.made))!);
      } catch (error) {
        if (!(error instanceof NotOnAStack)) throw error;
      } finally {
        await minutes.done();
      }
    }),
  );
  return answers;
}

/** Time passes without faults, and what was given up is given back, until the books are right. */
async function comeToRest(state: RunningStack): Promise<void> {
  const socket = state.socket!;
  for (let minute = 0; minute < 10; minute++) await advance(state, MINUTE_MS);
  await giveBack(socket);
  await settleDown(socket);
  await vi.waitFor(
    async () => {
      await advance(state, 1_000);
      expect((await operatorOf(state)<TrialBalance>('trial-balance')).balanced).toBe(true);
      expect((await auditAll(auditorOf(state), { settling: 0 })).flatMap((audit) => audit.differences)).toEqual([]);
    },
    { timeout: 60_000, interval: 500 },
  );
}

/** Settles the day of every merchant while time passes. */
async function settled(state: RunningStack): Promise<readonly Execution[]> {
  const date = new Date(await timeOf(state)).toISOString().slice(0, 10);
  let isOver = false;
  const passing = (async () => {
    while (!isOver) {
      await advance(state, 5_000);
      await sleep(20);
    }
  })();
  try {
    return await settleAndWait(operatorOf(state), { date, mode: 'test' }, 120_000);
  } finally {
    isOver = true;
    await passing;
  }
}

it('every operation ends as its scenario allows, is answered the same again, and is settled', async () => {
  stack = await startProcess(directory);
  const ready = await prepared(stack.state);
  await stack.stop();

  stack = await startProcess(directory, `seed=${seed},rate=${RATE}`);
  const answers = await operated(stack.state, ready);
  const attempted = await settled(stack.state);
  await stack.stop();
  expectFaults(readFileSync(join(directory, 'sluice.log'), 'utf8'));

  stack = await startProcess(directory);
  await comeToRest(stack.state);
  const again = await operated(stack.state, [...answers.keys()]);
  const executions = await settled(stack.state);
  await comeToRest(stack.state);
  await stack.stop();
  const tables = await tablesOf(directory);

  expect([...answers].flatMap((run) => wrongIn(...run, again, tables))).toEqual([]);
  expect(attempted.length).toBeGreaterThan(answers.size);
  expect(executions.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
  expect(new Set([...answers.keys()].map(({ scenario }) => scenario.name)).size).toBe(PORTABLE);
});

function wrongIn(
  run: Run,
  { status, body }: Answer,
  again: ReadonlyMap<Run, Answer>,
  tables: Tables,
): readonly string[] {
  const { name, answers, ends, endOf } = run.scenario;
  const table = ofScope(tables, scopeOf(tables, run.merchant));
  const left = { world: { table, clock: { nowMs: () => 0 } }, channel: { sent: new Map() } } as unknown as Simulation;
  const second = again.get(run)!;
  const end = endOf(left);
  return [
    ...(answers.includes(status) ? [] : [`answered ${status} ${JSON.stringify(body)}`]),
    ...changesIn(body, second.body).map((what) => `was answered as ${status}, and again as ${second.status}: ${what}`),
    ...(ends.includes(end) ? [] : [`ended as ${end}`]),
    ...contradictions(left),
    ...sessionContradictions(left),
  ].map((what) => `${name}: ${what}`);
}

/** The members that two answers differ in. */
const changesIn = (first: Answer['body'], second: Answer['body']): readonly string[] =>
  [...new Set([...Object.keys(first), ...Object.keys(second)])]
    .filter((name) => !isDeepStrictEqual(first[name], second[name]))
    .map((name) => `${name} ${JSON.stringify(first[name])}, then ${JSON.stringify(second[name])}`);

/** Each kind has happened that leaves a line in the log. */
function expectFaults(log: string): void {
  const noted = log.split('\n').flatMap((line) => /"fault":"(\w+)"/.exec(line)?.[1] ?? []);
  expect([...new Set(noted)]).toEqual(expect.arrayContaining(['refused', 'lost', 'crash']));
}
