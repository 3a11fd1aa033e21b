/** A bank in memory: an order takes effect once per reference, whatever is answered; a test decides what becomes of it. */
import type { Bank, PayoutOrder, PayoutState } from '../../functions/channels/sandbox/bank.ts';
import type { RequestHooks } from './acquirer.ts';

type Decided = Exclude<PayoutState, { kind: 'unknown' }>;

export interface MemoryBank extends Bank {
  readonly state: BankState;
  readonly orders: ReadonlyMap<string, { readonly order: PayoutOrder; readonly state: Decided }>;
  /** What becomes of orders from now on. */
  answer: Decided;
  /** What becomes of every order that is still pending. */
  decide(state: Decided): void;
  /** Sends back an order that was paid. */
  sendBack(reference: string, code: string): Decided;
}

export const PAID: Decided = { kind: 'paid', traceId: 'T1' };

/** All that the bank knows; a copy of it is another bank with the same past. */
export interface BankState {
  readonly orders: Map<string, { order: PayoutOrder; state: Decided }>;
  answer: Decided;
}

export const noOrders = (): BankState => ({ orders: new Map(), answer: PAID });

export function memoryBank(hooks: RequestHooks = {}, state: BankState = noOrders()): MemoryBank {
  const { orders } = state;
  const call = async <T>(name: string, reference: string, effect: () => T): Promise<T> => {
    await hooks.before?.(name, reference);
    const result = effect();
    await hooks.after?.(name, reference);
    return result;
  };
  return {
    state,
    orders,
    get answer() {
      return state.answer;
    },
    set answer(answer) {
      state.answer = answer;
    },
    pay: (order) =>
      call('pay', order.reference, () => {
        const known = orders.get(order.reference) ?? { order, state: state.answer };
        orders.set(order.reference, known);
        return known.state;
      }),
    query: ({ reference }) =>
      call('queryPayout', reference, () => orders.get(reference)?.state ?? { kind: 'not_found' as const }),
    decide(decided) {
      for (const known of orders.values()) if (known.state.kind === 'pending') known.state = decided;
    },
    sendBack(reference, code) {
      const known = orders.get(reference)!;
      if (known.state.kind === 'paid') known.state = { kind: 'failed', code, traceId: known.state.traceId };
      return known.state;
    },
  };
}
