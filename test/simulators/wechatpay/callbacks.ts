/** Callbacks of the simulator: encrypted for the merchant, and signed. */
import { orderView, refundNotice } from './api.ts';
import type { Running } from './running.ts';
import { encryptedResource, type SignedMessage, signedHeaders } from './signing.ts';

const summaries = { TRANSACTION: '支付成功', REFUND: '退款成功' } as const;

/** A callback as it is sent: with an id of its own, the same for each time that it is sent again. */
export function callbackOf(running: Running, event: string, content: object, number: string): SignedMessage {
  const { parties } = running;
  const kind = event.startsWith('REFUND') ? 'REFUND' : 'TRANSACTION';
  const body = JSON.stringify({
    id: `EV-${number}-${event}`,
    create_time: '2026-12-01T12:00:00+08:00',
    resource_type: 'encrypt-resource',
    event_type: event,
    summary: summaries[kind],
    resource: {
      original_type: kind.toLowerCase(),
      ...encryptedResource(JSON.stringify(content), parties.apiV3Key, kind.toLowerCase()),
    },
  });
  return { raw: Buffer.from(body), headers: lowered(signedHeaders(running, body, running.faults.callbackSerial)) };
}

const lowered = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

export function callbacksOf(running: Running): readonly SignedMessage[] {
  const { state } = running;
  const paid = [...state.books.orders.values()].filter(({ paidMs }) => paidMs !== undefined);
  const decided = [...state.books.refunds.values()].filter(({ decidedMs }) => decidedMs <= state.nowMs());
  return [
    ...paid.map((order) => {
      const content = { ...orderView(state, order), trade_state: 'SUCCESS' };
      return callbackOf(running, 'TRANSACTION.SUCCESS', content, order.transactionId!);
    }),
    ...decided.map((made) => callbackOf(running, `REFUND.${made.outcome}`, refundNotice(state, made), made.refundId)),
  ];
}
