/** The bank of the acquirer, and what tests decide about it. An order takes effect once per reference, whatever is answered. */
import type { Bank } from '../../functions/channels/port/bank.ts';
import type { PayoutOutcome } from '../../functions/channels/port/port.ts';
import { payout, payoutOutcome } from '../../functions/channels/sandbox/bank.ts';
import type { BankPlan, Payout } from '../../functions/sandbox/payout.ts';
import { payoutView } from '../../functions/sandbox/wire.ts';
import type { Acquirer } from './acquirer.ts';

export const PAID = { kind: 'paid', traceId: 'T1' } as const;

/** The plan under which a bank answers an order so. */
export function planOfAnswer(answer: PayoutOutcome): BankPlan {
  if (answer.kind !== 'failed') return {};
  return answer.refused ? { refuses: true } : { failure: answer.code };
}

export interface Ordered {
  readonly order: {
    readonly amount: bigint;
    readonly currency: string;
    readonly bank: { readonly last4: string };
  };
  readonly state: PayoutOutcome;
}

export interface TestBank extends Bank {
  /** In the order in which they were taken. */
  readonly orders: ReadonlyMap<string, Ordered>;
  /** What becomes of orders from now on. */
  answer: PayoutOutcome;
  /** What becomes of every order that is still pending. */
  decide(answer: PayoutOutcome): void;
  /** Sends back an order that was paid. */
  sendBack(reference: string, code: string): Ordered['state'];
}

export function bankOf(acquirer: Acquirer, nowMs: () => number): TestBank {
  const { state } = acquirer;
  const stateOf = (record: Payout): Ordered['state'] => payoutOutcome(payout.parse(payoutView(record, nowMs())));
  const orders = (): Map<string, Ordered> =>
    new Map(
      [...state.payouts].map(([reference, record]) => {
        const { amount, currency, bankLast4: last4 } = record.params;
        return [reference, { order: { amount, currency, bank: { last4 } }, state: stateOf(record) }];
      }),
    );
  return {
    ...acquirer.bankClient,
    get orders() {
      return orders();
    },
    get answer() {
      return state.bank;
    },
    set answer(answer) {
      state.bank = answer;
    },
    decide(answer) {
      for (const [reference, ordered] of orders()) {
        if (ordered.state.kind !== 'pending' || answer.kind === 'pending') continue;
        acquirer.alterPayout(reference, (record) => ({
          ...record,
          settledMs: nowMs(),
          ...(answer.kind === 'failed' && { failure: answer.code, ...(answer.traceId && { returnedMs: nowMs() }) }),
        }));
      }
    },
    sendBack(reference, code) {
      if (orders().get(reference)!.state.kind === 'paid')
        acquirer.alterPayout(reference, (record) => ({ ...record, failure: code, returnedMs: nowMs() }));
      return orders().get(reference)!.state;
    },
  };
}
