/** The sandbox's JSON in the port's terms. Pure; what cannot be read is undefined, and so unknown, never failed (I15). */
import * as z from 'zod/mini';
import type { NextAction } from '../port/action.ts';
import { handlesIn } from '../port/handles.ts';
import { WALLETS } from '../port/instrument.ts';
import type {
  AttemptOutcome,
  AttemptState,
  CardChecks,
  DisputeFacts,
  DisputeReport,
  HoldFeature,
  OperationFacts,
  OperationOutcome,
  RequestNotes,
  WalletReceipt,
} from '../port/port.ts';
import { reader } from '../port/reader.ts';
import { declineOf } from './declines.ts';

export const digits = z.pipe(
  z.string().check(z.regex(/^[0-9]{1,15}$/)),
  z.transform((text) => BigInt(text)),
);
/** Milliseconds since 1970 that still fit the head of an id. */
export const instant = z.int().check(z.minimum(0), z.maximum(3_500_000_000_000));
const decline = z.object({ reason: z.string(), network_code: z.string() });
const check = z.optional(z.enum(['pass', 'fail', 'unchecked', 'unavailable']));

const hash = z.string().check(z.regex(/^[0-9A-Za-z_-]{43}$/));
/** Keys of publishable requests have a space of their own. */
const keyHash = z.string().check(z.regex(/^(p#)?[0-9A-Za-z_-]{43}$/));
export const notes = z.object({
  key: z.optional(keyHash),
  request: z.optional(hash),
  direct: z.optional(z.literal(true)),
  session: z.optional(z.string().check(z.regex(/^[0-9A-Za-z]{22}$/))),
});

/** An id of the sandbox. `handlesIn` decides whether it can be stored. */
const id = z.optional(z.unknown());

export const dispute = z.object({
  reference: z.string(),
  id: z.string().check(z.regex(/^[0-9A-Za-z]{1,40}$/)),
  kind: z.enum(['inquiry', 'chargeback']),
  state: z.enum(['opened', 'won', 'lost', 'closed']),
  amount: digits,
  currency: z.string(),
  fee: digits,
  reason: z.string().check(z.maxLength(60)),
  network_reason_code: z.optional(z.string().check(z.maxLength(60))),
  opened_at: instant,
  due_at: instant,
});

const operation = z.object({
  id,
  number: z.int(),
  kind: z.enum(['capture', 'void', 'increment']),
  amount: z.optional(digits),
  keeps_rest: z.optional(z.boolean()),
  at: z.optional(instant),
  notes: z.optional(notes),
  status: z.enum(['pending', 'succeeded', 'failed']),
  decline: z.optional(decline),
  /** In the answer to a capture. */
  disputes: z.optional(z.array(dispute)),
});

const address = z.string().check(z.regex(/^https?:\/\//), z.maxLength(2000));

/** What the payer of a wallet has to do. */
const action = z.discriminatedUnion('type', [
  z.object({ type: z.literal('redirect'), url: address, expires_at: z.optional(instant) }),
  z.object({
    type: z.literal('form'),
    url: address,
    fields: z.record(z.string(), z.string().check(z.maxLength(2000))),
    expires_at: z.optional(instant),
  }),
  z.object({ type: z.literal('qr_code'), data: address, url: z.optional(address), expires_at: z.optional(instant) }),
]);

const short = z.string().check(z.maxLength(100));
const wallet = z.object({
  type: z.enum(WALLETS),
  transaction: z.optional(short),
  payer_id: z.optional(short),
  email: z.optional(z.string().check(z.maxLength(320))),
  name: z.optional(z.string().check(z.maxLength(300))),
  country: z.optional(z.string().check(z.regex(/^[A-Z]{2}$/))),
});

export const charge = z.object({
  id,
  capture_id: id,
  reference: z.string(),
  status: z.enum([
    'pending',
    'challenge',
    'waiting',
    'approved',
    'authenticated',
    'declined',
    'authorised',
    'captured',
  ]),
  amount: digits,
  currency: z.string(),
  captured_amount: digits,
  authorised_amount: z.optional(digits),
  authorisation_code: z.optional(z.string().check(z.maxLength(20))),
  features: z.optional(z.array(z.string())),
  challenge_url: z.optional(address),
  action: z.optional(action),
  wallet: z.optional(wallet),
  decline: z.optional(decline),
  checks: z.optional(z.object({ cvc: check, postal_code: check, line1: check })),
  operations: z.array(operation),
  funds_available: z.optional(z.literal(true)),
  disputes: z.optional(z.array(dispute)),
});

export const refund = z.object({
  id,
  reference: z.string(),
  charge: z.string(),
  amount: digits,
  currency: z.string(),
  status: z.enum(['pending', 'succeeded', 'failed']),
  decline: z.optional(decline),
  retryable: z.optional(z.literal(true)),
});

const closed = z.object({
  reference: z.string(),
  status: z.enum(['succeeded', 'failed']),
  decline: z.optional(decline),
});

const answer = z.object({
  submission: z.int(),
  status: z.enum(['succeeded', 'failed']),
  decline: z.optional(decline),
});

const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type SandboxCharge = z.infer<typeof charge>;
export type SandboxOperation = z.infer<typeof operation>;
export type SandboxRefund = z.infer<typeof refund>;

export const readCharge = reader(charge);
export const readOperation = reader(operation);
export const readRefund = reader(refund);
export const readAnswer = reader(answer);
export const readClosed = reader(closed);
export const readDispute = reader(dispute);
/** The code of an error in the sandbox's own shape; undefined when someone else answered. */
export const readErrorCode = (value: unknown): string | undefined => reader(errorBody)(value)?.error.code;

/** The outcome of the charge's authorization, with its ids. Unknown when the response contradicts itself. */
export const attemptOutcome = (read: SandboxCharge): AttemptOutcome => ({
  ...statusOutcome(read),
  ...handlesIn({ charge: read.id, capture: read.capture_id }),
});

function statusOutcome(read: SandboxCharge): AttemptOutcome {
  const checks = read.checks && { checks: checksOf(read.checks) };
  switch (read.status) {
    case 'pending':
    case 'approved':
    case 'authenticated':
      return { kind: read.status };
    case 'waiting':
      return read.action
        ? { kind: 'requires_action', action: nextAction(read.action) }
        : contradictory('order without address');
    case 'challenge':
      return read.challenge_url === undefined
        ? contradictory('challenge without address')
        : { kind: 'requires_action', action: { kind: 'redirect', url: read.challenge_url } };
    case 'declined':
      return read.decline
        ? { kind: 'failed', decline: declineOf(read.decline.reason, read.decline.network_code), ...checks }
        : contradictory('decline without reason');
    case 'authorised':
    case 'captured': {
      const { authorisation_code: authorizationCode } = read;
      if (authorizationCode === undefined) return contradictory('approval without code');
      return read.status === 'authorised'
        ? { kind: 'authorized', authorizationCode, ...heldOf(read), ...checks, ...featuresOf(read), ...paidBy(read) }
        : {
            kind: 'captured',
            authorizationCode,
            amount: read.captured_amount,
            ...checks,
            ...paidBy(read),
            ...disputesOf(read),
          };
    }
    default:
      return read.status satisfies never;
  }
}

function nextAction(read: z.infer<typeof action>): NextAction {
  const expires = read.expires_at === undefined ? {} : { expiresMs: read.expires_at };
  switch (read.type) {
    case 'redirect':
      return { kind: 'redirect', url: read.url, ...expires };
    case 'form':
      return { kind: 'form', url: read.url, fields: read.fields, ...expires };
    case 'qr_code':
      return { kind: 'qr_code', data: read.data, ...(read.url !== undefined && { url: read.url }), ...expires };
    default:
      return read satisfies never;
  }
}

/** What it says of the payer's wallet, and of when it pays out. */
const paidBy = (read: SandboxCharge) => ({
  ...receiptOf(read),
  ...(read.funds_available && { fundsAvailable: true as const }),
});

const disputesOf = ({ disputes = [] }: { readonly disputes?: readonly z.infer<typeof dispute>[] | undefined }) =>
  disputes.length === 0
    ? {}
    : {
        disputes: disputes.map((one): DisputeReport => ({ dispute: disputeFacts(one), outcome: { kind: one.state } })),
      };

function receiptOf({ wallet: read }: SandboxCharge): { readonly wallet?: WalletReceipt } {
  if (!read) return {};
  const { transaction, payer_id: payerId, email, name, country } = read;
  return {
    wallet: {
      ...(transaction !== undefined && { transaction }),
      ...(payerId !== undefined && { payerId }),
      ...(email !== undefined && { email }),
      ...(name !== undefined && { name }),
      ...(country !== undefined && { country }),
    },
  };
}

/** The sandbox adds increments to what it held at first: then its operations say how much is held. */
function heldOf({ amount, authorised_amount: held, operations }: SandboxCharge): { readonly amount?: bigint } {
  const raised = operations.some(({ kind, status }) => kind === 'increment' && status === 'succeeded');
  return held === undefined || held === amount || raised ? {} : { amount: held };
}

function featuresOf({ features = [] }: SandboxCharge): { readonly features?: readonly HoldFeature[] } {
  const known = (['increment', 'multicapture'] as const).filter((feature) => features.includes(feature));
  return known.length > 0 ? { features: known } : {};
}

const contradictory = (reason: string): AttemptOutcome => ({ kind: 'unknown', reason });

const checksOf = (read: NonNullable<SandboxCharge['checks']>): CardChecks => ({
  ...(read.cvc !== undefined && { cvc: read.cvc }),
  ...(read.postal_code !== undefined && { postalCode: read.postal_code }),
  ...(read.line1 !== undefined && { line1: read.line1 }),
});

/** The outcome of a capture, void or increment. A capture has an id. */
export const operationOutcome = (read: Omit<SandboxOperation, 'number'>): OperationOutcome => ({
  ...outcomeOf(read),
  ...(read.kind === 'capture' && handlesIn({ capture: read.id })),
});

/** The outcome of a refund, with its id. */
export const refundOutcome = (
  read: Pick<SandboxRefund, 'id' | 'status' | 'decline' | 'retryable'>,
): OperationOutcome => ({
  ...outcomeOf(read),
  ...handlesIn({ refund: read.id }),
});

/** The outcome of anything that was asked of a charge. */
export function outcomeOf(
  read: Pick<SandboxOperation, 'status' | 'decline'> &
    Pick<SandboxRefund, 'retryable'> &
    Partial<Pick<SandboxOperation, 'disputes'>>,
): OperationOutcome {
  if (read.status === 'succeeded') return { kind: read.status, ...disputesOf(read) };
  if (read.status === 'pending') return { kind: read.status };
  return read.decline
    ? {
        kind: 'failed',
        decline: declineOf(read.decline.reason, read.decline.network_code),
        ...(read.retryable && { retryable: true }),
      }
    : { kind: 'unknown', reason: 'failure without reason' };
}

/** What the operation was. */
export const operationFacts = ({
  kind,
  amount,
  keeps_rest: keepsRest,
  at: atMs,
  notes: kept,
}: SandboxOperation): OperationFacts => ({
  kind,
  ...(amount !== undefined && { amount }),
  ...(keepsRest && { keepsRest }),
  ...(atMs !== undefined && { atMs }),
  ...(kept && { notes: kept as RequestNotes }),
});

export const disputeFacts = (read: z.infer<typeof dispute>): DisputeFacts => ({
  id: read.id,
  kind: read.kind,
  amount: read.amount,
  currency: read.currency,
  fee: read.fee,
  reason: read.reason,
  ...(read.network_reason_code !== undefined && { networkReasonCode: read.network_reason_code }),
  openedMs: read.opened_at,
  dueMs: read.due_at,
});

/** The whole state that a query answers. */
export const attemptState = (read: SandboxCharge): AttemptState => ({
  attempt: attemptOutcome(read),
  operations: new Map(read.operations.map((each) => [each.number, operationOutcome(each)])),
  operationFacts: new Map(read.operations.map((each) => [each.number, operationFacts(each)])),
});
