/** The contract of a channel module: what a payer approved is resumed once, and what no payer paid is closed for ever. */
import { expect } from 'vitest';
import { type Case, expectUnpaid, holds, needsPayer, resumes } from './channel-bench.ts';

export const RESUMES: readonly Case[] = [
  {
    title: 'resume: an approved payment moves no money before it, and says so to a query and in a callback',
    applies: resumes,
    async run(test) {
      const order = test.request();
      await test.payer(await test.actionFor(order), 'approve');

      expect(await test.query(order)).toMatchObject({ kind: 'approved' });
      const facts = (await test.callbacks()).filter(({ reference }) => reference === order.reference);
      expect(facts).toMatchObject([{ about: 'attempt', reference: order.reference, outcome: { kind: 'approved' } }]);
    },
  },
  {
    title: 'resume: twice is once, and both have the same answer',
    applies: resumes,
    async run(test) {
      const order = test.request();
      await test.payer(await test.actionFor(order), 'approve');

      const first = await test.resume(order);
      const second = await test.resume(order);

      expect(first).toMatchObject({ kind: 'captured', amount: test.amount });
      expect(second).toEqual(first);
    },
  },
  {
    title: 'resume: before the approval it moves nothing, and the payer can still approve',
    applies: resumes,
    async run(test) {
      const order = test.request();
      const action = await test.actionFor(order);

      const early = await test.resume(order);

      expect(early).toMatchObject({ kind: 'requires_action', action });
      await test.payer(action, 'approve');
      expect(await test.resume(order)).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'resume: of a reference that the channel does not know is unknown',
    applies: resumes,
    async run(test) {
      expect((await test.resume(test.request())).kind).toBe('unknown');
    },
  },
  {
    title: 'resume: after a lost response, the second call finds the payment',
    applies: resumes,
    async run(test) {
      const order = test.request();
      await test.payer(await test.actionFor(order), 'approve');
      test.lose('response');

      expect((await test.resume(order)).kind).toBe('unknown');

      expect(await test.resume(order)).toMatchObject({ kind: 'captured', amount: test.amount });
      expect(await test.query(order)).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'resume: a payment for a later capture is held by it',
    applies: (capability) => resumes(capability) && holds(capability),
    async run(test) {
      const order = test.request({ capture: false });
      await test.payer(await test.actionFor(order), 'approve');

      expect(await test.resume(order)).toMatchObject({ kind: 'authorized' });
    },
  },
];

export const CLOSES: readonly Case[] = [
  {
    title: 'close: an order that is closed can never be paid, and closing it again succeeds',
    applies: needsPayer,
    async run(test) {
      const order = test.request();
      const action = await test.actionFor(order);

      expect(await test.close(order)).toEqual({ kind: 'succeeded' });

      await test.payer(action, 'approve');
      await expectUnpaid(test, order);
      expect(await test.close(order)).toEqual({ kind: 'succeeded' });
    },
  },
  {
    title: 'close: a reference that the channel has not seen is closed before its request arrives',
    applies: needsPayer,
    async run(test) {
      const order = test.request();

      expect(await test.close(order)).toEqual({ kind: 'succeeded' });

      const late = await test.channel.authorize(order);
      // Where the address of a page carries the order, nothing is sent for it: the page refuses the payer.
      if (late.kind === 'requires_action') await test.payer(late.action, 'approve');
      else expect(late.kind).toBe('failed');
      expect(await test.close(order)).toEqual({ kind: 'succeeded' });
      await expectUnpaid(test, order);
    },
  },
  {
    title: 'close: a challenge that its payer has not passed is closed, and takes nothing when it is passed then',
    applies: (capability) => !needsPayer(capability),
    async run(test) {
      const [abandoned, passed] = [test.request({ wantsChallenge: true }), test.request({ wantsChallenge: true })];
      const action = await test.actionFor(abandoned);

      expect(await test.close(abandoned)).toEqual({ kind: 'succeeded' });

      await test.payer(action, 'approve');
      await expectUnpaid(test, abandoned);
      expect(await test.close(abandoned)).toEqual({ kind: 'succeeded' });
      // The same challenge is paid where it is not closed.
      await test.payer(await test.actionFor(passed), 'approve');
      expect((await test.close(passed)).kind).toBe('failed');
      expect(await test.query(passed)).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'close: a paid order stays paid (failed)',
    async run(test) {
      const order = test.request();
      await test.pay(order);

      expect((await test.close(order)).kind).toBe('failed');

      expect(await test.query(order)).toMatchObject({ kind: 'captured', amount: test.amount });
    },
  },
  {
    title: 'close: an approved order whose money has not moved can be closed, and is not resumed afterwards',
    applies: resumes,
    async run(test) {
      const order = test.request();
      await test.payer(await test.actionFor(order), 'approve');

      expect(await test.close(order)).toEqual({ kind: 'succeeded' });

      expect((await test.resume(order)).kind).toBe('failed');
      await expectUnpaid(test, order);
    },
  },
  {
    title: 'close: after a lost response it is unknown, and the second call succeeds',
    applies: needsPayer,
    async run(test) {
      const order = test.request();
      await test.channel.authorize(order);
      test.lose('response');

      expect((await test.close(order)).kind).toBe('unknown');

      expect(await test.close(order)).toEqual({ kind: 'succeeded' });
    },
  },
];
