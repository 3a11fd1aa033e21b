/**
 * The acquirer's and the bank's routes, and one function per operation. Everything that a merchant's system must survive is in
 * here on purpose: answers that are lost, late, pending or never sent (README.md lists the triggers).
 */
import * as z from 'zod/mini';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText } from '../kernel/ids.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import { type Account, accountOfKey, provesItself } from './account.ts';
import { authorize } from './authorize.ts';
import type { Fault, Plan, Timings } from './behavior.ts';
import {
  chargeCallbacks,
  disputeCallbacks,
  operationCallbacks,
  payoutCallbacks,
  refundCallbacks,
  type Scheduled,
} from './callback.ts';
import { type Charge, type Operation, operate, planOfParams, sameParams } from './charge.ts';
import { type NamedIds, wrongId } from './identity.ts';
import {
  type BankPlan,
  bankPlanOf,
  isPayable,
  orderPayout,
  type Payout,
  type PayoutParams,
  samePayout,
} from './payout.ts';
import { type Refund, refundCharge, sameRefund } from './refund.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import {
  authorizeParams,
  authorizeRequest,
  captureRequest,
  incrementRequest,
  payoutParams,
  payoutRequest,
  refundRequest,
  voidRequest,
} from './requests.ts';
import {
  isTombstone,
  loadAccount,
  loadCharge,
  loadPayout,
  loadRefund,
  writeChange,
  writeCharge,
  writePayout,
  writeRefund,
} from './store.ts';
import { isKnown } from './wallet.ts';
import { chargeView, disputesView, operationView, payoutView, refundView } from './wire.ts';

export interface SandboxDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly timings: Timings;
  /** Changes what this acquirer does with a card or an order: a test has behaviors that no card stands for. */
  readonly adjust?: (plan: Plan) => Plan;
  /** What its bank does with an account, where that is not `bankPlanOf`. */
  readonly bankPlanOf?: (params: PayoutParams) => BankPlan;
  /** Where a payer's browser reaches the sandbox, up to and with `/sandbox`. */
  readonly publicUrl: string;
  /** Puts callbacks on the delayed queue. */
  readonly schedule: (callbacks: readonly Scheduled[]) => Promise<void>;
}

/** A JSON response, a refusal, or a lost response (`lost`, `never`: 503). */
export type Answer = object | Refusal;

/** The account behind `Authorization: Bearer <API key>`. */
export async function authenticate(deps: SandboxDeps, authorization: string | undefined): Promise<Account | Refusal> {
  const apiKey = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const id = accountOfKey(apiKey);
  const account = id === undefined ? undefined : await loadAccount(deps.table, id);
  return account && provesItself(account, apiKey) ? account : refuse('unauthorised', 'no such API key');
}

export const pageUrlOf = (deps: SandboxDeps, charge: Charge): string =>
  charge.order
    ? `${deps.publicUrl}/wallets/${charge.account}-${charge.params.reference}-${charge.order.secret}`
    : `${deps.publicUrl}/challenges/${charge.account}-${charge.params.reference}-${charge.challenge?.secret ?? ''}`;

/** POST /sandbox/charges: authorizes, with `capture` captures too. At a wallet it places an order. Idempotent by reference. */
export async function postCharge(deps: SandboxDeps, account: Account, body: unknown): Promise<Answer> {
  const request = parse(authorizeRequest, body);
  if (isRefusal(request)) return request;
  const params = authorizeParams(request, deps.clock.nowMs());
  const plan = planOfParams(params, deps.adjust);
  if (plan.fault === 'never') return unavailable();
  const nowMs = deps.clock.nowMs();
  if (plan.notAccepted === 'anywhere' || (plan.notAccepted && !account.further)) {
    // Of a reference that is taken, a refusal would say that nothing was done.
    const taken = await loadCharge(deps.table, account.id, params.reference, nowMs);
    return taken ? referenceUsed() : notAccepted();
  }
  const { authentication } = params;
  const authenticated =
    authentication === undefined ? undefined : await loadCharge(deps.table, account.id, authentication, nowMs);
  const moment = { nowMs, timings: deps.timings, random: deps.random, adjust: deps.adjust };
  const fresh = authorize(account.id, params, moment, authenticated);
  await deps.table.commit(writeChange(account.id, 'charge', params.reference, nowMs));
  if (!(await tryCommit(deps.table, writeCharge(fresh, nowMs)))) {
    const existing = await loadCharge(deps.table, account.id, params.reference, nowMs);
    if (existing && sameParams(existing.params, params)) return viewOf(deps, existing);
    return (await isTombstone(deps.table, account.id, params.reference, nowMs)) ? orderClosed() : referenceUsed();
  }
  await announce(deps, account, [
    ...chargeCallbacks(fresh, nowMs, deps.timings, pageUrlOf(deps, fresh)),
    ...disputeCallbacks(fresh, undefined, nowMs, deps.timings),
  ]);
  return withFault(deps, plan.fault, () => viewOf(deps, fresh));
}

/** GET /sandbox/charges/{reference} */
export async function getCharge(deps: SandboxDeps, account: Account, reference: string): Promise<Answer> {
  const charge = await loadCharge(deps.table, account.id, reference, deps.clock.nowMs());
  return charge && isKnown(charge) ? viewOf(deps, charge) : notFound('charge');
}

export const viewOf = (deps: SandboxDeps, charge: Charge): object =>
  chargeView(charge, deps.clock.nowMs(), pageUrlOf(deps, charge));

/** POST /sandbox/charges/{reference}/captures: all of it or less. The rest is released, or with `keeps_rest` stays held. Idempotent by operation number. */
export async function postCapture(
  deps: SandboxDeps,
  account: Account,
  body: unknown,
  reference: string,
): Promise<Answer> {
  const request = parse(captureRequest, body);
  if (isRefusal(request)) return request;
  return carryOut(deps, account, reference, request, {
    number: request.operation,
    kind: 'capture',
    amount: request.amount,
    ...(request.keeps_rest && { keepsRest: true }),
    ...(request.notes && { notes: request.notes }),
    ...(request.statement_descriptor !== undefined && { statementDescriptor: request.statement_descriptor }),
  });
}

/** POST /sandbox/charges/{reference}/increments: the issuer is asked to hold more. Idempotent by operation number. */
export async function postIncrement(
  deps: SandboxDeps,
  account: Account,
  body: unknown,
  reference: string,
): Promise<Answer> {
  const request = parse(incrementRequest, body);
  if (isRefusal(request)) return request;
  return carryOut(deps, account, reference, request, {
    number: request.operation,
    kind: 'increment',
    amount: request.amount,
    ...(request.notes && { notes: request.notes }),
    ...(request.statement_descriptor !== undefined && { statementDescriptor: request.statement_descriptor }),
  });
}

/** POST /sandbox/charges/{reference}/voids: lets the held money go, or closes an open challenge. Idempotent by operation number. */
export async function postVoid(deps: SandboxDeps, account: Account, body: unknown, reference: string): Promise<Answer> {
  const request = parse(voidRequest, body);
  if (isRefusal(request)) return request;
  return carryOut(deps, account, reference, request, {
    number: request.operation,
    kind: 'void',
    amount: 0n,
    ...(request.notes && { notes: request.notes }),
  });
}

async function carryOut(
  deps: SandboxDeps,
  account: Account,
  reference: string,
  named: NamedIds,
  wanted: Operation,
): Promise<Answer> {
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const charge = await loadCharge(deps.table, account.id, reference, nowMs);
    if (!charge) return notFound('charge');
    // A number that was used is answered as before: a refusal would deny what it did.
    const isUsed = charge.operations.some(({ number }) => number === wanted.number);
    const wrong = isUsed ? undefined : wrongId(charge, named);
    if (wrong) return wrong;
    const plan = planOfParams(charge.params, deps.adjust);
    const changed = operate(charge, { ...wanted, atMs: nowMs }, nowMs, plan);
    if (isRefusal(changed)) return changed;
    const operation = changed.operations.find((candidate) => candidate.number === wanted.number)!;
    if (changed === charge) return operationView(charge, operation);
    await deps.table.commit(writeChange(account.id, 'charge', reference, nowMs));
    if (!(await tryCommit(deps.table, writeCharge(changed, nowMs)))) return LOST;
    await announce(deps, account, [
      ...operationCallbacks(changed, operation, deps.timings),
      ...disputeCallbacks(changed, charge, nowMs, deps.timings),
    ]);
    const fault = plan[wanted.kind] === 'lost' ? 'lost' : undefined;
    return withFault(deps, fault, () => ({ ...operationView(changed, operation), ...disputesView(changed, nowMs) }));
  }, changedMeanwhile);
}

/** POST /sandbox/refunds: gives back what was captured, all or part of it. Idempotent by reference. */
export async function postRefund(deps: SandboxDeps, account: Account, body: unknown): Promise<Answer> {
  const request = parse(refundRequest, body);
  if (isRefusal(request)) return request;
  const { charge_id, capture_id, ...params } = request;
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const [existing, charge] = await Promise.all([
      loadRefund(deps.table, account.id, params.reference, nowMs),
      loadCharge(deps.table, account.id, params.charge, nowMs),
    ]);
    if (existing && !sameRefund(existing.params, params)) return referenceUsed();
    if (existing && !isRetry(existing, nowMs)) return refundView(existing, nowMs);
    if (!charge) return notFound('charge');
    const wrong = wrongId(charge, { charge_id, capture_id });
    if (wrong) return wrong;
    const plan = planOfParams(charge.params, deps.adjust);
    const after = refundCharge(charge, params, { nowMs, timings: deps.timings }, plan, existing);
    const writes = after.charge === charge ? [] : [writeCharge(after.charge, nowMs)];
    await deps.table.commit(writeChange(account.id, 'refund', params.reference, nowMs));
    if (!(await tryCommit(deps.table, writeRefund(after.refund, nowMs), ...writes))) return LOST;
    await announce(deps, account, [
      ...refundCallbacks(after.refund, after.charge, nowMs, deps.timings),
      ...disputeCallbacks(after.charge, charge, nowMs, deps.timings),
    ]);
    return withFault(deps, plan.refund === 'lost' ? 'lost' : undefined, () =>
      refundView(after.refund, deps.clock.nowMs()),
    );
  }, changedMeanwhile);
}

/** Whether the request is carried out again: it was refused, and it could be repeated from some moment on. */
const isRetry = ({ retryMs }: Refund, nowMs: number): boolean => retryMs !== undefined && nowMs >= retryMs;

/** GET /sandbox/refunds/{reference} */
export async function getRefund(deps: SandboxDeps, account: Account, reference: string): Promise<Answer> {
  const nowMs = deps.clock.nowMs();
  const refund: Refund | undefined = await loadRefund(deps.table, account.id, reference, nowMs);
  return refund ? refundView(refund, nowMs) : notFound('refund');
}

/** POST /sandbox/payouts: the bank takes an order to pay. Idempotent by reference: one order, one payment. */
export async function postPayout(deps: SandboxDeps, account: Account, body: unknown): Promise<Answer> {
  const request = parse(payoutRequest, body);
  if (isRefusal(request)) return request;
  const params = payoutParams(request);
  const plan = (deps.bankPlanOf ?? bankPlanOf)(params);
  if (plan.fault === 'never') return unavailable();
  const nowMs = deps.clock.nowMs();
  const fresh = orderPayout(account.id, params, { nowMs, timings: deps.timings }, plan);
  const isTaken = isPayable(params) && !plan.refuses;
  if (isTaken) await deps.table.commit(writeChange(account.id, 'payout', params.reference, nowMs));
  const ordered = isTaken && (await tryCommit(deps.table, writePayout(fresh, nowMs)));
  if (!ordered) {
    const existing = await loadPayout(deps.table, account.id, params.reference, nowMs);
    if (existing) return samePayout(existing.params, params) ? payoutView(existing, nowMs) : referenceUsed();
    return isTaken ? referenceUsed() : refuse('amount_not_payable', amountNotPayable(params.currency));
  }
  await announce(deps, account, payoutCallbacks(fresh, nowMs, deps.timings));
  return withFault(deps, plan.fault, () => payoutView(fresh, nowMs));
}

/** GET /sandbox/payouts/{reference} */
export async function getPayout(deps: SandboxDeps, account: Account, reference: string): Promise<Answer> {
  const nowMs = deps.clock.nowMs();
  const payout: Payout | undefined = await loadPayout(deps.table, account.id, reference, nowMs);
  return payout ? payoutView(payout, nowMs) : notFound('payout');
}

/** Queues the callbacks of an account that has an address for them. */
export async function announce(deps: SandboxDeps, account: Account, callbacks: readonly Scheduled[]): Promise<void> {
  if (account.callbackUrl !== undefined && callbacks.length > 0) await deps.schedule(callbacks);
}

/** The answer after what happens to it on the way. The effect has taken place. */
export async function withFault(deps: SandboxDeps, fault: Fault | undefined, answer: () => object): Promise<Answer> {
  if (fault === 'lost' || fault === 'never') return unavailable();
  if (fault === 'slow') await deps.clock.sleep(deps.timings.slowMs);
  if (fault === 'timeout') await deps.clock.sleep(deps.timings.timeoutMs);
  return answer();
}

export function parse<T>(schema: z.ZodMiniType<T>, body: unknown): T | Refusal {
  const parsed = z.safeParse(schema, body);
  if (parsed.success) return parsed.data;
  // Names the members that are wrong, never what stood in them.
  const members = parsed.error.issues.map((issue) => issue.path.join('.') || 'body');
  return refuse('malformed', `not as documented: ${[...new Set(members)].join(', ')}`);
}

export const notFound = (what: string): Refusal => refuse('not_found', `no such ${what}`);
const amountNotPayable = (currency: string): string => `the bank cannot move this amount of ${currency}`;
const referenceUsed = (): Refusal => refuse('reference_used', 'this reference was used with other parameters');
const orderClosed = (): Refusal => refuse('order_closed', 'this reference was closed before it was used');
export const changedMeanwhile = (): Refusal =>
  refuse('changed_meanwhile', 'the charge is being changed; send the same request again');
const notAccepted = (): Refusal => refuse('not_accepted', 'no charge is taken for now; nothing was done');
const unavailable = (): Refusal => refuse('unavailable', 'service unavailable');
