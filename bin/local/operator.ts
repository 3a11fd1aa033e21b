/** The operator function, called with IAM credentials: what the command line and the tests can ask of the platform's own people. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ask, Refused } from '../embedded/control/client.ts';
import { Failure } from './failure.ts';
import { type AwsPlace, clientOptions, nameOfPlace } from './place.ts';

export interface Keys {
  readonly secretKey: string;
  readonly publishableKey: string;
}
export interface CreatedMerchant {
  readonly merchant: string;
  readonly test: Keys;
  readonly live?: Keys;
}
/** The settlement of one scope: what was started, and once it was asked for, what became of it. */
export interface Execution {
  readonly execution: string;
  readonly scope: string;
  readonly merchant: string;
  readonly status: string;
  readonly output?: unknown;
}
export interface TrialBalance {
  readonly rows: readonly {
    readonly mode: string;
    readonly currency: string;
    readonly account: string;
    readonly debit: string;
    readonly credit: string;
    readonly balance: string;
  }[];
  readonly balanced: boolean;
}

/** What a repair found missing, and wrote unless it was a dry run. */
export interface Repair {
  readonly counts: Readonly<Record<string, number>>;
  readonly audit: { readonly balanced: boolean };
}
interface RepairStep extends Readonly<Record<string, unknown>> {
  readonly cursor?: string;
  readonly audit?: Repair['audit'];
}

/** One step of an audit, and the whole audit of one merchant and mode. */
interface AuditStep {
  readonly looked: Readonly<Record<string, number>>;
  readonly differences: readonly string[];
  readonly cursor?: string;
  readonly sums?: readonly { readonly currency: string; readonly balance: string }[];
  readonly again?: boolean;
}
export interface Audit {
  readonly merchant: string;
  readonly mode: 'test' | 'live';
  readonly looked: Readonly<Record<string, number>>;
  readonly differences: readonly string[];
}

export type Operator = <Result>(command: string, args?: Readonly<Record<string, unknown>>) => Promise<Result>;

/** Calls the operator of a stack. Throws a Failure with the operator's words, or why it could not be called. */
export const operatorOf = (place: AwsPlace): Operator => callerOf(place, 'operator');

/** The same for its audit, which can only read. */
export const auditorOf = (place: AwsPlace): Operator => callerOf(place, 'audit');

/** The same for its recovery after a restore. */
export const recoveryOf = (place: AwsPlace): Operator => callerOf(place, 'recovery');

/** The same for its treasury: statements and payout files. */
export const treasuryOf = (place: AwsPlace): Operator => callerOf(place, 'treasury');

type Called = 'operator' | 'audit' | 'recovery' | 'treasury';

function callerOf(place: AwsPlace, name: Called): Operator {
  const call = place.socket === undefined ? lambdaCall(place, name) : socketCall(place.socket, name);
  return async <Result>(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<Result> => {
    const reply = await call({ ...args, command }).catch((error: unknown) => {
      throw unreachable(place, error);
    });
    if (reply.failed) throw new Failure(`${name}: ${command} broke off: ${reply.text}`);
    const answer = JSON.parse(reply.text) as { error?: { message?: string } } | null;
    if (answer?.error !== undefined) throw new Failure(`${name}: ${answer.error.message ?? reply.text}`);
    return answer as Result;
  };
}

/** What a function answered, and whether it failed instead. */
interface Reply {
  readonly text: string;
  readonly failed: boolean;
}
type Call = (payload: object) => Promise<Reply>;

/** A function by the name that lib/merchants.ts gives it. */
function lambdaCall(place: AwsPlace, name: Called): Call {
  const client = new LambdaClient({ ...clientOptions(place), maxAttempts: 3 });
  return async (payload) => {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({
        FunctionName: `${place.stack}-${name}`,
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
    return { text: Buffer.from(Payload ?? []).toString() || 'null', failed: FunctionError !== undefined };
  };
}

/** The same through the socket file of an embedded runtime. */
const socketCall =
  (socket: string, name: Called): Call =>
  async (payload) => {
    const answered = ask<unknown>(socket, 'invoke', { name: `merchants-${name}`, event: payload });
    return answered.then(
      (result) => ({ text: JSON.stringify(result), failed: false }),
      (error: Error) => {
        if (error instanceof Refused) return { text: error.message, failed: true };
        throw error;
      },
    );
  };

function unreachable(place: AwsPlace, error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const hint =
    name === 'ResourceNotFoundException'
      ? 'Is the stack deployed there? `--stack` names another one.'
      : place.endpoint === undefined
        ? 'Are AWS credentials and a region set, and may they invoke the function? For a local stack run `npm start` first.'
        : 'Is `npm start` still running? If it was killed, remove .local/sluice.json.';
  return new Failure(`operator: ${nameOfPlace(place)} could not be asked (${name}: ${message}).\n${hint}`);
}

type Started = Pick<Execution, 'execution' | 'scope' | 'merchant'>;
type Status = Pick<Execution, 'execution' | 'status' | 'output'>;

/** Executions that the operator is asked about at a time. */
const ASKED_AT_ONCE = 50;

/** Starts the settlement of a day and waits until every execution has ended. */
export async function settleAndWait(
  operator: Operator,
  args: { readonly date: string; readonly mode?: 'test' | 'live'; readonly merchant?: string },
  timeoutMs: number,
): Promise<readonly Execution[]> {
  const { executions: started } = await operator<{ executions: readonly Started[] }>('settle', args);
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const statuses = await statusesOf(
      operator,
      started.map(({ execution }) => execution),
    );
    const executions = started.map((execution) => ({
      ...execution,
      ...(statuses.get(execution.execution) ?? { status: 'UNKNOWN' }),
    }));
    if (!executions.some(({ status }) => status === 'RUNNING')) return executions;
    if (Date.now() > deadline)
      throw new Failure(`settle: not ended after ${timeoutMs / 1000} s: ${JSON.stringify(executions)}`);
    await sleep(250);
  }
}

async function statusesOf(operator: Operator, executions: readonly string[]): Promise<ReadonlyMap<string, Status>> {
  const found = new Map<string, Status>();
  for (let from = 0; from < executions.length; from += ASKED_AT_ONCE) {
    const asked = { executions: executions.slice(from, from + ASKED_AT_ONCE) };
    const answer = await operator<{ executions: readonly Status[] }>('settle-status', asked);
    for (const status of answer.executions) found.set(status.execution, status);
  }
  return found;
}

/** Repairs a merchant's days, step by step; each step may be repeated, so a repair that broke off is begun again. */
export async function repairAll(
  operator: Operator,
  args: {
    readonly merchant: string;
    readonly mode?: 'test' | 'live';
    readonly from: string;
    readonly to: string;
    readonly dryRun?: boolean;
  },
): Promise<Repair> {
  const counts: Record<string, number> = {};
  let cursor: string | undefined;
  for (;;) {
    const step = await operator<RepairStep>('repair', { ...args, ...(cursor !== undefined && { cursor }) });
    for (const [name, value] of Object.entries(step))
      if (typeof value === 'number') counts[name] = (counts[name] ?? 0) + value;
    if (step.audit) return { counts, audit: step.audit };
    cursor = step.cursor;
  }
}

/** Differences after which an audit ends: more of them tell no more. */
const ENOUGH = 1_000;
/** A settlement that closes a period meanwhile makes an audit begin again. */
const BEGINNINGS = 5;

/** Audits every merchant and mode, or those that are asked for, and says how each went as soon as it is known. */
export async function auditAll(
  auditor: Operator,
  { settling, ...wanted }: { readonly merchant?: string; readonly mode?: 'test' | 'live'; readonly settling?: number },
  ended: (audit: Audit) => void = () => {},
): Promise<readonly Audit[]> {
  const { scopes } = await auditor<{ scopes: readonly Pick<Audit, 'merchant' | 'mode'>[] }>('scopes', wanted);
  const audits: Audit[] = [];
  for (const { merchant, mode } of scopes) {
    const how = settling === undefined ? {} : { settling };
    const audit = { merchant, mode, ...(await auditOne(auditor, { merchant, mode, ...how })) };
    ended(audit);
    audits.push(audit);
  }
  return audits;
}

async function auditOne(
  auditor: Operator,
  of: Pick<Audit, 'merchant' | 'mode'> & { readonly settling?: number },
  beginnings = 1,
): Promise<Pick<Audit, 'looked' | 'differences'>> {
  const looked: Record<string, number> = {};
  const differences: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const step = await auditor<AuditStep>('audit', { ...of, ...(cursor !== undefined && { cursor }) });
    for (const [name, count] of Object.entries(step.looked)) looked[name] = (looked[name] ?? 0) + count;
    differences.push(...step.differences);
    if (step.again && beginnings < BEGINNINGS) return auditOne(auditor, of, beginnings + 1);
    if (step.again) throw new Failure(`audit: periods of ${of.merchant} are closed faster than they can be compared`);
    if (differences.length >= ENOUGH) return { looked, differences: [...differences, 'and maybe more: ended here'] };
    if (step.cursor === undefined) return { looked, differences };
    cursor = step.cursor;
  }
}
