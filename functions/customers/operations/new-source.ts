/** A card that becomes a source of a customer: what a request names as `source`, attached in the transaction that names it. */
import { type ApiError, lockTimeout, noSuchReference } from '../../api/errors.ts';
import type { Call } from '../../api/operation.ts';
import type { ObjectKey } from '../../kernel/ids.ts';
import { type AttachWrites, assertAttachable, attachedTo, attachWrites } from '../../payment-methods/attachment.ts';
import { type CardRecord, loadMethod, type MethodRecord, methodId } from '../../payment-methods/method.ts';
import { type RequestedMethod, resolveMethod } from '../../payment-methods/requested-method.ts';
import { requestedSource } from '../../payment-methods/requested-source.ts';
import { namedSource, type SourceParams } from '../../payment-methods/source-params.ts';
import { tokenUsed } from '../../payment-methods/token.ts';
import { requestOf } from '../../table/record.ts';
import type { Table, Write } from '../../table/table.ts';
import type { Customer } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';

export interface NewSource {
  readonly record: CardRecord;
  /** Nothing where the card is the customer's already. */
  readonly writes: Partial<AttachWrites & Readonly<Record<'token', Write>>>;
}

/**
 * The card of the request as the customer's, and the writes of that.
 * @throws 400 payment_method_unexpected_state for another customer's card, token_already_used; 402 for a card that cannot be attached
 */
export function newSource(
  call: Call,
  requested: RequestedMethod,
  customer: ObjectKey,
  nowMs: number,
  metadata?: MethodRecord['metadata'],
): NewSource {
  const { record, writes } = resolveMethod(call, requested, nowMs);
  assertAttachable(record);
  if (record.customer === customer) return { record: record as CardRecord, writes: {} };
  const stored = 'record' in requested ? record : undefined;
  const attached = {
    ...(stored
      ? attachedTo(stored, customer, nowMs, requestOf(call))
      : { ...record, customer, request: requestOf(call) }),
    ...(metadata && { metadata }),
    asSource: true,
  } as CardRecord;
  return {
    record: attached,
    writes: { ...(writes.token && { token: writes.token }), ...attachWrites(stored, attached) },
  };
}

/** The card that `source` or `card` names or describes, as this customer's. */
export async function sourceOf(
  deps: CustomersDeps,
  call: Call<SourceParams>,
  customer: ObjectKey,
  nowMs: number,
): Promise<NewSource | undefined> {
  const source = namedSource(call.params);
  if (source === undefined) return undefined;
  return newSource(call, await requestedSource(deps, call.caller, source, nowMs), customer, nowMs);
}

/** The refusal of a request whose transaction another one prevented. `on`: the write in conflict. */
export function lostTo(on: string, params: SourceParams): ApiError {
  const source = namedSource(params)?.value;
  return on === 'token' && typeof source === 'string' ? tokenUsed(source) : lockTimeout();
}

/** The source that an earlier try of the same request made. */
export async function earlierSource(
  table: Table,
  { caller, lock }: Call,
  customer: ObjectKey,
): Promise<CardRecord | undefined> {
  const record = await loadMethod(table, caller.scope, methodId(lock.objectKey));
  return record?.customer === customer && record.type === undefined ? record : undefined;
}

/** The customer's card that a parameter names as its default. @throws 400 resource_missing */
export async function ownSource(table: Table, customer: Customer, id: string): Promise<MethodRecord> {
  const record = await loadMethod(table, customer.scope, id);
  if (record?.customer !== customer.body) throw noSuchReference('source', id, 'default_source');
  return record;
}
