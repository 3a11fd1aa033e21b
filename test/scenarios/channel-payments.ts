/** The contract of a channel module: how a payment is authorized, found, announced and listed. */
import { expect } from 'vitest';
import type { Listed } from '../../functions/channels/port/listing.ts';
import { type Case, expectShown, expectUnpaid, isQueried, needsPayer, unopened } from './channel-bench.ts';

export const PAYMENTS: readonly Case[] = [
  {
    title: 'authorize: a payment that its payer approves is captured over the requested amount',
    async run(test) {
      const order = test.request();

      const paid = await test.pay(order);

      expect(paid).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'authorize: the payer has an action that ends at the expiry of the request',
    applies: needsPayer,
    async run(test) {
      const order = test.request();

      const action = await test.actionFor(order);

      expect(action.expiresMs).toBe(order.expiresMs);
      expect((await test.query(order)).kind).toBe(unopened(test));
    },
  },
  {
    title: 'authorize: the payer has an action that Stripe’s wire can show',
    applies: needsPayer,
    async run(test) {
      const action = await test.actionFor(test.request());

      expectShown(test, action);
    },
  },
  {
    title: 'authorize: an order that a query does not find can still be paid',
    applies: (capability, offer) => capability.unknownUntilOpened === true && isQueried(capability, offer),
    async run(test) {
      const order = test.request();
      const action = await test.actionFor(order);
      expect(await test.query(order)).toEqual({ kind: 'not_found' });

      await test.payer(action, 'approve');

      expect(await test.final(() => test.query(order))).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'authorize: a payment that its payer declines fails with a class, a code and a message',
    applies: needsPayer,
    async run(test) {
      const order = test.request();
      await test.payer(await test.actionFor(order), 'decline');

      const outcome = await test.query(order);

      expect(outcome).toMatchObject({
        kind: 'failed',
        decline: {
          class: 'payer_action',
          code: expect.stringMatching(/^[a-z_]+$/),
          message: expect.stringMatching(/./),
        },
      });
    },
  },
  {
    title: 'authorize: an order that is not paid fails at its expiry, and can no longer be paid',
    applies: ({ needsPayer: needed, payableMs }) => needed === true && payableMs !== undefined,
    async run(test) {
      const order = test.request();
      const action = await test.actionFor(order);
      test.clock.move(test.capability.payableMs!);

      await test.payer(action, 'approve');

      await expectUnpaid(test, order);
    },
  },
  {
    title: 'authorize: the same request again is the same payment',
    async run(test) {
      const order = test.request();
      const first = await test.channel.authorize(order);

      const second = await test.channel.authorize(order);

      expect(second).toEqual(first);
      await test.pay(order);
      const again = await test.channel.authorize(order);
      expect(['captured', 'unknown']).toContain(again.kind);
      expect(await test.query(order)).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'authorize: sent twice at the same time it is one payment, which takes the money once',
    async run(test) {
      const order = test.request();

      const outcomes = await Promise.all([test.channel.authorize(order), test.channel.authorize(order)]);

      for (const { kind } of outcomes) expect(['requires_action', 'captured', 'unknown']).toContain(kind);
      await test.pay(order);
      const refund = test.refundOf(order, test.amount);
      await test.channel.refund(refund);
      expect(await test.refunded(refund)).toMatchObject({ kind: 'succeeded' });
      const more = test.refundOf(order, 1n);
      expect((await test.final(() => test.channel.refund(more))).kind).toBe('failed');
    },
  },
  {
    title: 'authorize: another amount under the same reference is not another payment, and not reported as declined',
    async run(test) {
      const order = test.request();
      await test.pay(order);

      const other = await test.channel.authorize({ ...order, amount: test.amount + 1n });

      expect(other.kind).toBe('unknown');
      expect(await test.query(order)).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'authorize: a lost response is unknown, and the payment is found by a query or the same request',
    applies: isQueried,
    async run(test) {
      const order = test.request();
      test.lose('response');

      const outcome = await test.channel.authorize(order);

      expect(outcome.kind).toBe('unknown');
      const found = await test.query(order);
      expect(found.kind).toBe(needsPayer(test.capability) ? unopened(test) : 'captured');
    },
  },
  {
    title: 'authorize: a lost request is unknown, and a query finds nothing',
    applies: isQueried,
    async run(test) {
      const order = test.request();
      test.lose('request');

      const outcome = await test.channel.authorize(order);

      expect(outcome.kind).toBe('unknown');
      expect(await test.query(order)).toEqual({ kind: 'not_found' });
    },
  },
  {
    title: 'query: a lost response is unknown, and never not_found',
    applies: isQueried,
    async run(test) {
      const order = test.request();
      await test.channel.authorize(order);
      test.lose('response');

      expect((await test.query(order)).kind).toBe('unknown');
    },
  },
  {
    title: 'callback: the outcome of a payment is announced, verified, and equals the query',
    async run(test) {
      const order = test.request();
      await test.pay(order);

      const facts = await test.callbacks();

      const about = facts.filter((fact) => fact.about === 'attempt' && fact.reference === order.reference);
      expect(about.at(-1)?.outcome).toEqual(await test.query(order));
    },
  },
  {
    title: 'list: a payment is listed with its amount, its instrument and its state',
    applies: (_, { lists }) => lists,
    async run(test) {
      const order = test.request();
      await test.pay(order);

      const range = { sinceMs: test.clock.nowMs() - 60_000, untilMs: test.clock.nowMs() };
      const page = await test.channel.listing!.list({ account: test.account, ...range });

      const listed = page?.listed.find(({ reference }) => reference === order.reference) as Extract<
        Listed,
        { about: 'charge' }
      >;
      expect(listed).toMatchObject({ about: 'charge', amount: test.amount, currency: test.currency, capture: true });
      expect(listed.state.attempt).toMatchObject({ kind: 'captured', amount: test.amount });
      if (test.instrument.kind === 'wallet') expect(listed.wallet).toBe(test.instrument.type);
      else expect(listed.card?.last4).toMatch(/^\d{4}$/);
    },
  },
];
