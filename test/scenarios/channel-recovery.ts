/** The contract of a channel module: how an unknown outcome is learned, as its capabilities say. */
import { expect } from 'vitest';
import { type Bench, type Case, isQueried, needsPayer } from './channel-bench.ts';

/** A payment without an order: a void under our reference recovers it. */
const isVoided: NonNullable<Case['applies']> = (capability, offer) =>
  !isQueried(capability, offer) && !needsPayer(capability);

/** A payment whose request arrived, and whose answer was lost. */
async function unanswered(test: Bench) {
  const order = test.request();
  test.lose('response');
  expect((await test.channel.authorize(order)).kind).toBe('unknown');
  return order;
}

export const RECOVERY: readonly Case[] = [
  {
    title: 'credentials: those of the account are accepted, by a request that changes nothing',
    async run({ channel, account, callbacks }) {
      expect(await channel.checkCredentials(account)).toEqual({ kind: 'accepted' });
      expect(await callbacks()).toEqual([]);
    },
  },
  {
    title: 'recovery: there is a query where the capabilities name one, and no other',
    async run({ channel }) {
      const { recovery } = channel.capabilities;

      expect(channel.queryAttempt !== undefined).toBe(recovery.payment === 'query');
      expect(channel.queryRefund !== undefined).toBe(recovery.refund === 'query');
      expect(channel.timing.idempotencyMs).toBeGreaterThan(0);
    },
  },
  {
    title: 'recovery: a void under our reference leaves nothing of a payment whose response was lost',
    applies: isVoided,
    async run(test) {
      const order = await unanswered(test);

      expect(await test.voided(order, 1)).toMatchObject({ kind: 'succeeded' });

      const refund = await test.final(() => test.channel.refund(test.refundOf(order, test.amount)));
      expect(refund).toMatchObject({ kind: 'failed', found: { kind: 'released' } });
      expect(await test.voided(order, 2)).toMatchObject({ kind: 'failed', found: { kind: 'released' } });
    },
  },
  {
    title: 'recovery: that void is one void under its number, also after its own response was lost',
    applies: isVoided,
    async run(test) {
      const order = await unanswered(test);
      test.lose('response');
      expect((await test.channel.void(test.operation(order, 1))).kind).toBe('unknown');

      const first = await test.voided(order, 1);

      expect(first).toMatchObject({ kind: 'succeeded' });
      expect(await test.voided(order, 1)).toEqual(first);
    },
  },
  {
    title: 'recovery: a void of what never arrived says so',
    applies: isVoided,
    async run(test) {
      const order = test.request();
      test.lose('request');
      await test.channel.authorize(order);

      expect(await test.voided(order, 1)).toMatchObject({ kind: 'failed', found: { kind: 'not_found' } });
    },
  },
  {
    title: 'recovery: a void of money that has gone back in part says what was taken',
    applies: isVoided,
    async run(test) {
      const order = test.request();
      await test.pay(order);
      await test.final(() => test.channel.refund(test.refundOf(order, 100n)));

      const found = { kind: 'captured', amount: test.amount };
      expect(await test.voided(order, 1)).toMatchObject({ kind: 'failed', found });
    },
  },
  {
    title: 'recovery: a request that is sent again without notes is the same request',
    applies: (capability, offer) => !isQueried(capability, offer),
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const refund = test.refundOf(order, 100n);
      const first = await test.final(() => test.channel.refund({ ...refund, notes: { direct: true } }));

      expect(await test.final(() => test.channel.refund(refund))).toEqual(first);

      const rest = test.refundOf(order, test.amount - 100n);
      expect(await test.final(() => test.channel.refund(rest))).toMatchObject({ kind: 'succeeded' });
    },
  },
];
