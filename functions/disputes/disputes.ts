/** Disputes: list, retrieve, answer with evidence, close. */
import { lockTimeout, noSuch, refused } from '../api/errors.ts';
import { listBody, listRecords } from '../api/list.ts';
import { listLinked } from '../api/list-linked.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata } from '../api/params.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { retrieveParams } from '../payments/params.ts';
import { filteredPayment } from '../payments/payment-filter.ts';
import { commitOf } from '../payments/request.ts';
import { linkedToPayment } from '../payments/store.ts';
import { recordById } from '../table/record.ts';
import { answerCall, carryOutAnswer, resumedAnswer } from './answer.ts';
import { type Dispute, isClosed, needsResponse, nextDispute } from './dispute.ts';
import {
  changedEvidence,
  type DisputeListParams,
  type DisputeParams,
  disputeListParams,
  disputeParams,
  MAXIMUM_EVIDENCE_BYTES,
} from './params.ts';
import { DISPUTE } from './store.ts';
import { renderDispute, replyOfDispute } from './wire.ts';

async function load(deps: PaymentsDeps, call: Omit<Call, 'lock'>): Promise<Dispute> {
  const id = call.path.id ?? '';
  const dispute = await recordById(deps.table, DISPUTE, call.caller.scope, id);
  if (!dispute) throw noSuch('dispute', id, 'dispute');
  return dispute;
}

/** @see https://docs.stripe.com/api/disputes/list */
async function list(deps: PaymentsDeps, call: Call<DisputeListParams>): Promise<Reply> {
  const { caller, params } = call;
  const of = await filteredPayment(deps, caller.scope, params);
  const page = of
    ? await listLinked(deps.table, DISPUTE, caller, linkedToPayment(caller.scope, of.body), params)
    : await listRecords(deps.table, DISPUTE, caller, params);
  return { status: 200, body: listBody(page, '/v1/disputes', renderDispute) };
}

/**
 * Changes metadata and evidence. Evidence is submitted to the channel unless `submit` is false; then it is kept until a request
 * submits it. Metadata alone submits nothing.
 * @throws 400 for evidence when the dispute is closed or was answered; lock_timeout
 * @see https://docs.stripe.com/api/disputes/update
 */
async function update(deps: PaymentsDeps, call: Call<DisputeParams>, dispute: Dispute): Promise<Reply> {
  const earlier = await resumedAnswer(deps, call, dispute);
  if (earlier) return earlier;
  const { params } = call;
  const changeOf = (current: Dispute) => ({
    evidence: params.evidence ? evidenceOf(current, params.evidence) : current.evidence,
    metadata: params.metadata === undefined ? current.metadata : changedMetadata(current.metadata, params.metadata),
  });
  if (dispute.pending) throw lockTimeout();
  const wanted = changeOf(dispute);
  const asked = params.submit ?? (params.evidence !== undefined || params.metadata === undefined);
  if (params.evidence || params.submit) assertAnswerable(dispute);
  if (asked && needsResponse(dispute) && Object.keys(wanted.evidence).length > 0)
    return carryOutAnswer(deps, call, dispute, { answer: 'contest', ...wanted });
  const { nowMs, request } = commitOf(deps, call);
  return answerCall(deps, call, dispute, (current) => {
    if (current.pending) throw lockTimeout();
    if (params.evidence) assertAnswerable(current);
    return nextDispute(current, nowMs, changeOf(current), request);
  });
}

function evidenceOf(dispute: Dispute, change: NonNullable<DisputeParams['evidence']>): Dispute['evidence'] {
  const evidence = changedEvidence(dispute.evidence, change);
  if (Buffer.byteLength(JSON.stringify(evidence)) > MAXIMUM_EVIDENCE_BYTES)
    throw refused(`The evidence of a dispute may have ${MAXIMUM_EVIDENCE_BYTES} bytes in all.`, { param: 'evidence' });
  return evidence;
}

function assertAnswerable(dispute: Dispute): void {
  if (isClosed(dispute)) throw refused('This dispute is already closed.');
  if (!needsResponse(dispute))
    throw refused('The evidence of this dispute was submitted already, and cannot be changed any more.', {
      param: 'evidence',
    });
}

/**
 * Accepts that the money is the payer's: `lost`, or of an inquiry `warning_closed`. It cannot be undone.
 * @throws 400 when it is closed; lock_timeout
 * @see https://docs.stripe.com/api/disputes/close
 */
async function close(deps: PaymentsDeps, call: Call, dispute: Dispute): Promise<Reply> {
  const earlier = await resumedAnswer(deps, call, dispute);
  if (earlier) return earlier;
  if (isClosed(dispute)) throw refused('This dispute is already closed.');
  const { evidence, metadata } = dispute;
  return carryOutAnswer(deps, call, dispute, { answer: 'accept', evidence, metadata });
}

async function committedReply(deps: PaymentsDeps, call: Call): Promise<Reply | undefined> {
  const dispute = await recordById(deps.table, DISPUTE, call.caller.scope, call.path.id ?? '');
  return dispute?.reply && dispute.reply.keyHash === call.lock.keyHash
    ? { ...replyOfDispute(dispute), stored: true }
    : undefined;
}

const returns = { object: 'dispute' };

export const listDisputes: Operation<PaymentsDeps, DisputeListParams> = {
  method: 'GET',
  path: '/v1/disputes',
  params: disputeListParams,
  returns: { ...returns, list: true },
  run: list,
};

export const retrieveDispute: Operation<PaymentsDeps, object, Dispute> = {
  method: 'GET',
  path: '/v1/disputes/{id}',
  params: retrieveParams,
  returns,
  read: load,
  run: async (_deps, _call, dispute) => ({ status: 200, body: renderDispute(dispute) }),
};

export const updateDispute: Operation<PaymentsDeps, DisputeParams, Dispute> = {
  method: 'POST',
  path: '/v1/disputes/{id}',
  get params() {
    return disputeParams();
  },
  returns,
  read: load,
  run: update,
  committedReply,
};

export const closeDispute: Operation<PaymentsDeps, object, Dispute> = {
  method: 'POST',
  path: '/v1/disputes/{id}/close',
  params: retrieveParams,
  returns,
  read: load,
  run: close,
  committedReply,
};
