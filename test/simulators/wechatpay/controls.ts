/** What a test, a demonstration or a person does with the simulator: the payer's steps, the merchant's balance, and what goes wrong. */

import { pay } from './api.ts';
import { balanceOf } from './bills.ts';
import type { RefundRecord } from './books.ts';
import { callbacksOf } from './callbacks.ts';
import type { Fault, Faults, Running } from './running.ts';
import type { SignedMessage } from './signing.ts';

export interface Controls {
  /** The payer pays the order that starts so (a code, a page, a `prepay_id`), or has this number. False where it can no longer be paid. */
  pay(order: string): boolean;
  /** The payer turns back, and WeChat Pay closes the order. */
  leave(order: string): void;
  /** What the next requests meet, in their order. */
  next(...faults: readonly Fault[]): void;
  /** Refunds from now on. */
  refunds(outcome: RefundRecord['outcome'], takesMs?: number): void;
  /** A person has sent an abnormal refund on to the payer. */
  resolveAbnormal(outRefundNo: string): void;
  balance(fen: number | undefined): void;
  /** Sends so much to the merchant's bank. Without an amount, what the bills say that there is. Returns it. */
  withdraw(fen?: number): number;
  closesAfter(ms: number): void;
  set(faults: Partial<Omit<Faults, 'next'>>): void;
  /** Sends every callback that is due to its address, each so many times, in the order or against it. Returns the statuses. */
  deliver(how?: { readonly times?: number; readonly reversed?: boolean }): Promise<readonly number[]>;
}

export function controlsOf(running: Running): Controls {
  const { state, faults } = running;
  const orderOf = (text: string) => {
    const order = [...state.books.orders.values()].find(
      ({ start, outTradeNo }) => outTradeNo === text || text === start || text.startsWith(start),
    );
    if (!order) throw new Error('there is no such order');
    return order;
  };
  return {
    pay: (order) => pay(state, orderOf(order)),
    leave(order) {
      const found = orderOf(order);
      if (found.state === 'NOTPAY') found.state = 'CLOSED';
    },
    next: (...next) => void faults.next.push(...next),
    refunds(outcome, takesMs = state.refundTakesMs) {
      state.refundOutcome = outcome;
      state.refundTakesMs = takesMs;
    },
    resolveAbnormal(outRefundNo) {
      const refund = state.books.refunds.get(outRefundNo);
      if (refund?.outcome === 'ABNORMAL') refund.outcome = 'SUCCESS';
    },
    balance(fen) {
      if (fen === undefined) delete state.balance;
      else state.balance = fen;
    },
    withdraw(fen = balanceOf(running)) {
      state.number += 1;
      state.books.withdrawals.push({ number: `WD${state.number}`, fen, atMs: state.nowMs() });
      return fen;
    },
    closesAfter: (ms) => {
      state.closesAfterMs = ms;
    },
    set: (changes) => void Object.assign(faults, changes),
    async deliver({ times = 1, reversed = false } = {}) {
      const due = addressed(running);
      const statuses: number[] = [];
      for (const { url, message } of reversed ? due.toReversed() : due)
        for (let sent = 0; sent < times; sent++) statuses.push(await post(url, message));
      return statuses;
    },
  };
}

/** The callbacks with where each goes: to the address of its order or refund. */
function addressed(running: Running): readonly { readonly url: string; readonly message: SignedMessage }[] {
  const { books, nowMs } = running.state;
  const paid = [...books.orders.values()].filter(({ paidMs }) => paidMs !== undefined);
  const decided = [...books.refunds.values()].filter(({ decidedMs }) => decidedMs <= nowMs());
  const urls = [...paid, ...decided].map(({ notifyUrl }) => notifyUrl);
  return callbacksOf(running).map((message, at) => ({ url: urls[at]!, message }));
}

async function post(url: string, { raw, headers }: SignedMessage): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: Buffer.from(raw),
    signal: AbortSignal.timeout(5_000),
  });
  await response.arrayBuffer();
  return response.status;
}
