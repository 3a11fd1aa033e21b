/**
 * What a test asks of the sandbox beside the port: events that otherwise take days and an action of another party. No part of `Channel`, so
 * only a function that is given these controls can use them (test-helpers).
 */
import type { ChannelReference } from '../../kernel/ids.ts';
import type { ChannelAccount, DisputeFacts, OperationOutcome } from '../port/port.ts';
import { post, reasonOf, type SandboxClientDeps } from './transport.ts';
import { disputeFacts, readDispute, readRefund, refundOutcome } from './wire.ts';

export interface TestControls {
  /** The payer disputes a captured attempt. Under the same `id` it is the same dispute. Undefined: the sandbox did not do it. */
  openDispute(request: {
    readonly reference: ChannelReference;
    readonly account: ChannelAccount;
    readonly id: string;
    readonly kind: DisputeFacts['kind'];
    readonly reason: string;
    readonly amount?: bigint;
  }): Promise<DisputeFacts | undefined>;
  /** The payer's bank sends a refund back. */
  failRefund(reference: ChannelReference, account: ChannelAccount): Promise<OperationOutcome>;
}

export const sandboxControls = (deps: SandboxClientDeps): TestControls => ({
  async openDispute({ reference, account, id, kind, reason, amount }) {
    const response = await post(deps, account, `/charges/${reference}/disputes`, {
      dispute: id,
      kind,
      reason,
      ...(amount !== undefined && { amount: String(amount) }),
    });
    const read = response.kind === 'answered' ? readDispute(response.body) : undefined;
    return read?.id === id ? disputeFacts(read) : undefined;
  },
  async failRefund(reference, account) {
    const response = await post(deps, account, `/refunds/${reference}/failures`, {});
    const read = response.kind === 'answered' ? readRefund(response.body) : undefined;
    return read?.reference === reference ? refundOutcome(read) : { kind: 'unknown', reason: reasonOf(response) };
  },
});
