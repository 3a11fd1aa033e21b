/** The sandbox's bank: takes an order to pay out, and reports the outcome later. A missing response is unknown and queried, as with cards. */
import * as z from 'zod/mini';
import type { Bank, PayoutOrder, PayoutState } from '../port/bank.ts';
import type { PayoutOutcome } from '../port/port.ts';
import { type ChannelResponse, get, post, reasonOf, type SandboxClientDeps } from './transport.ts';

/** A payout on the sandbox's wire. */
export const payout = z.object({
  reference: z.string(),
  amount: z.string().check(z.regex(/^[0-9]{1,15}$/)),
  currency: z.string(),
  status: z.enum(['pending', 'paid', 'failed']),
  failure_code: z.optional(z.string()),
  trace_id: z.optional(z.string()),
});

/** Refusals after which nothing was ordered, and nothing will be. */
const NOT_ORDERED: ReadonlySet<string> = new Set(['malformed', 'unauthorised', 'amount_not_payable']);

/** The bank behind the sandbox's address. */
export const sandboxBank = (deps: SandboxClientDeps): Bank => ({
  async pay(order) {
    const response = await post(deps, order.account, '/payouts', {
      reference: order.reference,
      amount: String(order.amount),
      currency: order.currency,
      bank_account: order.bank,
    });
    if (response.kind === 'refused' && NOT_ORDERED.has(response.code))
      return { kind: 'failed', code: 'could_not_process', refused: true };
    return stateFor(order, response);
  },
  async query(order) {
    const response = await get(deps, order.account, `/payouts/${order.reference}`);
    if (response.kind === 'refused' && response.code === 'not_found') return { kind: 'not_found' };
    return stateFor(order, response);
  },
});

function stateFor(order: Omit<PayoutOrder, 'bank'>, response: ChannelResponse): PayoutState {
  const read = readPayout(response);
  if (read?.reference !== order.reference) return { kind: 'unknown', reason: reasonOf(response) };
  const ours = read.amount === String(order.amount) && read.currency === order.currency;
  return ours ? payoutOutcome(read) : { kind: 'unknown', reason: `the bank has ${read.amount} ${read.currency}` };
}

function readPayout(response: ChannelResponse): z.infer<typeof payout> | undefined {
  const parsed = response.kind === 'answered' ? z.safeParse(payout, response.body) : undefined;
  return parsed?.success ? parsed.data : undefined;
}

/** The payout that a callback reports, or undefined for another callback. */
export function payoutIn(
  data: unknown,
): { readonly reference: string; readonly amount: bigint; readonly outcome: PayoutOutcome } | undefined {
  const parsed = z.safeParse(payout, data);
  if (!parsed.success) return undefined;
  const { reference, amount } = parsed.data;
  return { reference, amount: BigInt(amount), outcome: payoutOutcome(parsed.data) };
}

/** What became of a payout. */
export function payoutOutcome(read: Omit<z.infer<typeof payout>, 'amount'>): PayoutOutcome {
  switch (read.status) {
    case 'pending':
      return { kind: 'pending' };
    case 'paid':
      return { kind: 'paid', traceId: read.trace_id ?? '' };
    case 'failed':
      return {
        kind: 'failed',
        code: read.failure_code ?? 'could_not_process',
        ...(read.trace_id !== undefined && { traceId: read.trace_id }),
      };
    default:
      return read.status satisfies never;
  }
}
