/** The contract of a channel module: held money is captured or released, and captured money goes back. */
import { expect } from 'vitest';
import { type Case, holds, needsPayer, unopened } from './channel-bench.ts';

export const HOLDS: readonly Case[] = [
  {
    title: 'capture: under its number it happens once, and for no more than is held',
    applies: holds,
    async run(test) {
      const order = test.request({ capture: false });
      expect((await test.pay(order)).kind).toBe('authorized');
      const tooMuch = { ...test.operation(order, 1), amount: test.amount + 1n };
      const part = { ...test.operation(order, 2), amount: test.amount - 1n };

      expect((await test.channel.capture(tooMuch)).kind).toBe('failed');
      const first = await test.final(() => test.channel.capture(part));
      const second = await test.channel.capture(part);

      expect([first.kind, second]).toEqual(['succeeded', first]);
      expect(await test.captured(order, part)).toMatchObject({ kind: 'succeeded' });
      const state = await test.channel.queryAttempt?.(order);
      if (state) expect(state.operationFacts?.get(2)).toMatchObject({ kind: 'capture', amount: test.amount - 1n });
    },
  },
  {
    title: 'capture: after a lost response it is unknown, and a query or the same request finds it',
    applies: holds,
    async run(test) {
      const order = test.request({ capture: false });
      await test.pay(order);
      test.lose('response');

      const capture = { ...test.operation(order, 1), amount: test.amount };

      expect((await test.channel.capture(capture)).kind).toBe('unknown');

      expect(await test.captured(order, capture)).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'void: the hold is released, and nothing can be captured afterwards',
    applies: holds,
    async run(test) {
      const order = test.request({ capture: false });
      await test.pay(order);

      expect(await test.voided(order, 1)).toMatchObject({ kind: 'succeeded' });

      const capture = await test.channel.capture({ ...test.operation(order, 2), amount: test.amount });
      expect(capture.kind).toBe('failed');
    },
  },
];

export const INCREMENTS: readonly Case[] = [
  {
    title:
      'increment: a hold that can be raised is, once under its number, and then captured in full; any other is not',
    applies: holds,
    async run(test) {
      const order = test.request({ capture: false, requestedFeatures: ['increment'] });
      const paid = await test.pay(order);
      const raised = test.amount + 100n;
      const increment = { ...test.operation(order, 1), amount: raised };
      const isRaised = paid.kind === 'authorized' && paid.features?.includes('increment') === true;

      const [first, second] = [await test.channel.increment(increment), await test.channel.increment(increment)];

      expect([first.kind, second]).toEqual([isRaised ? 'succeeded' : 'failed', first]);
      const capture = await test.channel.capture({ ...test.operation(order, 2), amount: raised });
      expect(capture.kind).toBe(isRaised ? 'succeeded' : 'failed');
    },
  },
];

export const REFUNDS: readonly Case[] = [
  {
    title: 'refund: a part goes back under the reference of the refund, once for the same request',
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, 100n);

      await test.channel.refund(refund);
      await test.channel.refund(refund);

      expect(await test.refunded(refund)).toMatchObject({ kind: 'succeeded' });
      // The rest is all that is left: the first part went back once.
      const rest = test.refundOf(order, test.amount - 100n);
      await test.channel.refund(rest);
      expect(await test.refunded(rest)).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'refund: more than is left fails',
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const part = test.refundOf(order, 100n);
      await test.channel.refund(part);
      await test.refunded(part);

      const tooMuch = test.refundOf(order, test.amount - 99n);

      expect((await test.final(() => test.channel.refund(tooMuch))).kind).toBe('failed');
    },
  },
  {
    title: 'refund: another amount under the same reference is not another refund, and not reported as declined',
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, 100n);
      await test.channel.refund(refund);

      const other = await test.channel.refund({ ...refund, amount: 200n });

      expect(other.kind).toBe('unknown');
      expect(await test.refunded(refund)).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'refund: a lost response is unknown, and a query or the same request finds the refund',
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, 100n);
      test.lose('response');

      expect((await test.channel.refund(refund)).kind).toBe('unknown');

      expect(await test.refunded(refund)).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'refund: a lost request is unknown, a query finds nothing, and it can be sent again',
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, 100n);
      test.lose('request');

      expect((await test.channel.refund(refund)).kind).toBe('unknown');

      await test.expectNoRefund(refund);
      await test.channel.refund(refund);
      expect(await test.refunded(refund)).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'refund: of a payment that is not paid fails',
    applies: needsPayer,
    async run(test) {
      const order = test.request();
      await test.channel.authorize(order);

      const outcome = await test.channel.refund(test.refundOf(order, 100n));

      expect(['failed', 'unknown']).toContain(outcome.kind);
      expect((await test.query(order)).kind).toBe(unopened(test));
    },
  },
  {
    title: 'callback: the outcome of a refund is announced under its own reference',
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, 100n);
      await test.channel.refund(refund);
      await test.refunded(refund);

      const facts = (await test.callbacks()).filter(({ reference }) => reference === refund.reference);

      expect(facts.at(-1)).toMatchObject({
        about: 'refund',
        reference: refund.reference,
        outcome: { kind: 'succeeded' },
      });
    },
  },
  {
    title: 'refund: sent twice at the same time it goes back once',
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, test.amount - 100n);

      await Promise.all([test.channel.refund(refund), test.channel.refund(refund)]);

      expect(await test.refunded(refund)).toMatchObject({ kind: 'succeeded' });
      const rest = test.refundOf(order, 100n);
      await test.channel.refund(rest);
      expect(await test.refunded(rest)).toMatchObject({ kind: 'succeeded' });
    },
  },
  {
    title: 'list: a refund is listed with its payment, its amount and its outcome',
    applies: (_, { lists }) => lists,
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, 100n);
      await test.channel.refund(refund);
      const outcome = await test.refunded(refund);

      const range = { sinceMs: order.createdMs - 60_000, untilMs: test.clock.nowMs() };
      const page = await test.channel.listing!.list({ account: test.account, ...range });

      expect(page?.listed.find(({ reference }) => reference === refund.reference)).toMatchObject({
        about: 'refund',
        payment: order.reference,
        amount: 100n,
        currency: test.currency,
        outcome,
      });
    },
  },
];
