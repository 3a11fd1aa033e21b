/**
 * What a merchant may rely on, as a model for the property test: which requests the rules allow, that a refusal changes nothing (I12),
 * and that a key which was answered once is answered so ever after.
 */
import type fc from 'fast-check';
import { expect } from 'vitest';
import type { CallbackFact } from '../../functions/channels/port/port.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { recordsOf } from '../audit/records.ts';
import type { Answer, Fault, Simulation } from '../world/simulation.ts';

export interface Sent {
  readonly path: string;
  readonly params: Record<string, string>;
  answer?: Answer;
}

export interface Model {
  readonly requests: Sent[];
  /** Every callback that was ever delivered: any of them may come again. */
  readonly delivered: CallbackFact[];
  /** The time for which the stream was not read. */
  lagMs: number;
}

/** The simulation, and who decides which of two things goes on first. */
export interface Real {
  readonly sim: Simulation;
  readonly scheduler: fc.Scheduler;
}

export type Command = fc.AsyncCommand<Model, Real>;

export const command = (
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
  check?: Command['check'],
): Command => ({
  check: check ?? (() => true),
  run,
  toString: () => name,
});

/** One of the payments; three times in four one that the operation is for, where there is one. */
export const paymentAt = (
  sim: Simulation,
  index: number,
  ...fit: readonly Payment['status'][]
): Payment | undefined => {
  return oneOf(
    recordsOf(sim.world).payments.filter(({ direct }) => !direct),
    index,
    fit,
  );
};
/** The same of the charges that have no intent. */
export const chargeAt = (sim: Simulation, index: number, ...fit: readonly Payment['status'][]): Payment | undefined =>
  oneOf(
    recordsOf(sim.world).payments.filter(({ direct }) => direct),
    index,
    fit,
  );
const oneOf = (payments: readonly Payment[], index: number, fit: readonly Payment['status'][]): Payment | undefined => {
  const fitting = index === 3 ? [] : payments.filter(({ status }) => fit.includes(status));
  const among = fitting.length > 0 ? fitting : payments;
  return among[index % Math.max(1, among.length)];
};
export const FIT = {
  confirm: ['requires_payment_method', 'requires_confirmation'],
  capture: ['requires_capture'],
  increment_authorization: ['requires_capture'],
  cancel: ['requires_capture', 'requires_action', 'requires_payment_method', 'requires_confirmation'],
  refund: ['succeeded'],
} as const satisfies Record<string, readonly Payment['status'][]>;

/** An answer that will be given again; the others ask to be sent again. */
const isFinal = ({ status }: Answer): boolean => status < 500 && status !== 409 && status !== 429;

/** Sends request `index` (again); a key that was answered once is answered so ever after. */
export async function send(model: Model, sim: Simulation, index: number): Promise<Answer> {
  const sent = model.requests[index]!;
  const answer = await sim.request('POST', sent.path, sent.params, `key ${index}`);
  if (!isFinal(answer)) return answer;
  if (sent.answer) expect([index, answer.status, answer.body]).toEqual([index, sent.answer.status, sent.answer.body]);
  sent.answer ??= answer;
  return answer;
}

export const ask = (model: Model, path: string, params: Record<string, string> = {}): number =>
  model.requests.push({ path, params }) - 1;

/** A new request that runs to its end: it is carried out if and only if the rules allow it, and a refusal changes nothing (I12). */
async function sendWhole(model: Model, sim: Simulation, index: number, allowed: boolean): Promise<void> {
  const { history } = sim.world.table;
  const before = history.length;
  const { status, body } = await send(model, sim, index);
  const told = `${model.requests[index]!.path} ${status} ${JSON.stringify(body.error ?? body.status)}`;
  expect([told, status === 200 || status === 402 || refusedByChannel(body)]).toEqual([told, allowed]);
  if (allowed) return;
  const touched = history.slice(before).flatMap((commit) => commit.map(({ write }) => write.table));
  expect([told, touched.filter((table) => table !== 'idempotency')]).toEqual([told, []]);
}

const refusedByChannel = (body: Answer['body']): boolean =>
  JSON.stringify(body.error ?? '').includes('The channel refused');

/** A new request that may break off; it is sent again by another command, or never. */
export async function sendNew(
  model: Model,
  sim: Simulation,
  request: { readonly path: string; readonly params?: Record<string, string>; readonly allowed: boolean },
  fault: Fault | undefined,
): Promise<void> {
  const index = ask(model, request.path, request.params);
  if (!fault) return sendWhole(model, sim, index, request.allowed);
  let broke: Error | undefined;
  await sim.broken(fault, () =>
    send(model, sim, index).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'AssertionError') broke = error;
    }),
  );
  if (broke) throw broke;
}

/** The stream lags less than a lease lasts: a longer lag is an outage, and a reply is then rendered from the current record. */
const STREAM_LAG_MS = 30_000;

/** Short times add up: what was committed before the first of them is as old as all of them. */
export const pass = async (model: Model, sim: Simulation, ms: number): Promise<void> => {
  model.lagMs += ms;
  if (model.lagMs > STREAM_LAG_MS) {
    await sim.world.runQueues();
    model.lagMs = 0;
  }
  sim.move(ms);
};
