/** The contract of a channel module: what the channel calls things comes back with later requests, and nothing depends on knowing it. */
import { expect } from 'vitest';
import { type Handles, handlesIn } from '../../functions/channels/port/handles.ts';
import { type Bench, type Case, expectUnpaid, holds, needsPayer, resumes } from './channel-bench.ts';

/** The same names with the values of something else. */
const elsewhere = (handles: Handles): Handles =>
  Object.fromEntries(Object.entries(handles).map(([name, value]) => [name, [...value].reverse().join('')]));

const known = (outcome: { readonly handles?: Handles }): Handles => {
  const { handles } = outcome;
  if (!handles) throw new Error('the channel names nothing');
  // Every one can be stored.
  expect(handlesIn(handles)).toEqual({ handles });
  return handles;
};

/** A held payment, and what the channel calls it. */
async function held(test: Bench) {
  const order = test.request({ capture: false });
  return { order, handles: known(await test.pay(order)) };
}

const OURS = { kind: 'failed', decline: { class: 'configuration' } };

export const HANDLES: readonly Case[] = [
  {
    title: 'handles: a paid payment has some, and the callback, the query and the same request have the same',
    async run(test) {
      const order = test.request();
      const handles = known(await test.pay(order));

      expect(await test.query(order, handles)).toMatchObject({ handles });
      expect(await test.channel.authorize(order)).toMatchObject({ handles });
      const facts = (await test.callbacks()).filter(({ reference }) => reference === order.reference);
      expect(facts.at(-1)?.outcome).toMatchObject({ handles });
    },
  },
  {
    title: 'handles: of a capture and of a refund are their own, the same for the same request and in a callback',
    applies: holds,
    async run(test) {
      const { order, handles } = await held(test);
      const capture = { ...test.operation(order, 1, handles), amount: test.amount };

      const captured = known(await test.final(() => test.channel.capture(capture)));

      expect(known(await test.channel.capture(capture))).toEqual(captured);
      expect(Object.values(handles)).not.toContain(Object.values(captured)[0]);
      const facts = (await test.callbacks()).filter(({ about }) => about === 'operation');
      expect(facts.at(-1)?.outcome).toMatchObject({ handles: captured });
      expect(await test.captured(order, capture, handles)).toMatchObject({ handles: captured });
    },
  },
  {
    title: 'handles: a refund names the payment and the capture that it is of, and has one of its own',
    applies: holds,
    async run(test) {
      const { order, handles: payment } = await held(test);
      const taken = { ...test.operation(order, 1, payment), amount: test.amount };
      const capture = known(await test.final(() => test.channel.capture(taken)));
      const refund = test.refundOf(order, 100n, { payment, capture });

      const handles = known(await test.final(() => test.channel.refund(refund)));

      expect(await test.refunded(refund, handles)).toEqual({ kind: 'succeeded', handles });
      const wrong = test.refundOf(order, 100n, { payment, capture: elsewhere(capture) });
      expect(await test.channel.refund(wrong)).toMatchObject(OURS);
      await test.expectNoRefund(wrong);
    },
  },
  {
    title: 'handles: a refund of a payment in one step names it; a wrong name is our own fault, and refunds nothing',
    async run(test) {
      const order = test.request();
      const payment = known(await test.pay(order));
      const wrong = test.refundOf(order, test.amount, { payment: elsewhere(payment) });

      expect(await test.channel.refund(wrong)).toMatchObject(OURS);

      await test.expectNoRefund(wrong);
      const right = test.refundOf(order, test.amount, { payment });
      await test.channel.refund(right);
      expect(await test.refunded(right)).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'handles: a wrong name captures and releases nothing, and denies nothing that was done',
    applies: holds,
    async run(test) {
      const { order, handles } = await held(test);
      const capture = (number: number, names?: Handles) =>
        test.channel.capture({ ...test.operation(order, number, names), amount: test.amount });

      expect(await capture(1, elsewhere(handles))).toMatchObject(OURS);
      expect(await test.voided(order, 2, elsewhere(handles))).toMatchObject(OURS);

      expect(await test.final(() => capture(3, handles))).toMatchObject({ kind: 'succeeded' });
      expect(await capture(3, elsewhere(handles))).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'handles: a record without any is captured, refunded, resumed, closed and queried by our references',
    async run(test) {
      const order = test.request({ capture: !holds(test.capability) });
      expect(['captured', 'authorized']).toContain((await test.pay(order)).kind);
      if (holds(test.capability)) {
        const taken = { ...test.operation(order, 1), amount: test.amount };
        expect(await test.final(() => test.channel.capture(taken))).toMatchObject({ kind: 'succeeded' });
      }
      const refund = test.refundOf(order, test.amount);

      await test.channel.refund(refund);

      expect(await test.refunded(refund)).toMatchObject({ kind: 'succeeded' });
      expect((await test.close(order)).kind).toBe('failed');
    },
  },
  {
    title: 'handles: an order is closed and resumed under its own name only',
    applies: (capability) => needsPayer(capability) && resumes(capability),
    async run(test) {
      const order = test.request();
      const placed = await test.channel.authorize(order);
      const handles = known(placed);
      if (placed.kind !== 'requires_action') throw new Error(`no action but ${placed.kind}`);

      expect((await test.close(order, elsewhere(handles))).kind).toBe('failed');
      await test.payer(placed.action, 'approve');
      expect(await test.resume(order, elsewhere(handles))).toMatchObject(OURS);
      expect(await test.query(order)).toMatchObject({ kind: 'approved', handles });

      expect(await test.close(order, handles)).toEqual({ kind: 'succeeded' });
      await expectUnpaid(test, order);
    },
  },
];
