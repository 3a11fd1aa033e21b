/** The sandbox's bank: takes an order to pay out, and says later whether it did. Unheard is unknown, and asked about, as with cards. */
import * as z from 'zod/mini';
import type { ChannelAccount, PayoutOutcome } from '../port.ts';
import { get, type Heard, post, reasonOf, type SandboxClientDeps } from './transport.ts';

export interface PayoutOrder {
  /** Our own stable reference (alphanumeric, at most 40): ordering twice under it is ordering once (I10). */
  readonly reference: string;
  readonly account: ChannelAccount;
  readonly amount: bigint;
  readonly currency: string;
  readonly bank: { readonly last4: string; readonly country: string; readonly holder: string };
}

export type PayoutState = { readonly kind: 'unknown'; readonly reason: string } | PayoutOutcome;

export interface Bank {
  pay(order: PayoutOrder): Promise<PayoutState>;
  query(reference: string, account: ChannelAccount): Promise<PayoutState | { readonly kind: 'not_found' }>;
}

const payout = z.object({
  reference: z.string(),
  amount: z.string(),
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
    const heard = await post(deps, order.account, '/payouts', {
      reference: order.reference,
      amount: String(order.amount),
      currency: order.currency,
      bank_account: order.bank,
    });
    if (heard.kind === 'refused' && NOT_ORDERED.has(heard.code))
      return { kind: 'failed', code: 'could_not_process', refused: true };
    const read = readPayout(heard);
    const ours =
      read?.reference === order.reference && read.amount === String(order.amount) && read.currency === order.currency;
    return ours ? stateOf(read) : { kind: 'unknown', reason: reasonOf(heard) };
  },
  async query(reference, account) {
    const heard = await get(deps, account, `/payouts/${reference}`);
    if (heard.kind === 'refused' && heard.code === 'not_found') return { kind: 'not_found' };
    const read = readPayout(heard);
    return read?.reference === reference ? stateOf(read) : { kind: 'unknown', reason: reasonOf(heard) };
  },
});

function readPayout(heard: Heard): z.infer<typeof payout> | undefined {
  const parsed = heard.kind === 'answered' ? z.safeParse(payout, heard.body) : undefined;
  return parsed?.success ? parsed.data : undefined;
}

/** The payout that a callback tells of, or undefined for what is none. */
export function payoutIn(data: unknown): { readonly reference: string; readonly outcome: PayoutOutcome } | undefined {
  const parsed = z.safeParse(payout, data);
  return parsed.success ? { reference: parsed.data.reference, outcome: stateOf(parsed.data) } : undefined;
}

function stateOf(read: z.infer<typeof payout>): PayoutOutcome {
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
