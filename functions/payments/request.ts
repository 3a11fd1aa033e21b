/** What a merchant's request adds to the commits on its behalf: time, terms, request mark, and the reply to replay. */
import type { Call } from '../api/operation.ts';
import { requestOf } from '../table/record.ts';
import type { Commit } from './commit.ts';
import type { PaymentsDeps } from './deps.ts';
import type { Payment, ReplyMarker } from './payment.ts';

/** The reply follows from the record alone, so the stream stores it. `http` stores an expanded one. */
export const mayStore = (call: Call): boolean => call.lock.keyHash !== undefined && call.expand.length === 0;

export const withReply = (payment: Payment, call: Call, kind: ReplyMarker['kind']): Payment =>
  mayStore(call)
    ? {
        ...payment,
        reply: {
          keyHash: call.lock.keyHash!,
          requestId: call.requestId,
          idempotencyKey: call.lock.key!,
          kind,
          apiVersion: call.apiVersion,
        },
      }
    : payment;

/** What every commit on behalf of this request records. */
export const commitOf = (deps: PaymentsDeps, call: Call): Commit => ({
  nowMs: deps.clock.nowMs(),
  terms: call.caller.settings.fees,
  request: requestOf(call),
});
