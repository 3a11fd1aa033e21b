/** The contract of a channel module: reports that differ from the request, that take a day, and that come together. */
import { expect } from 'vitest';
import { type Bench, type Case, isQueried } from './channel-bench.ts';

const DAY_MS = 24 * 3_600_000;

/** The payer approves, and the payment is completed where that takes a call of ours. */
async function approved(test: Bench, amount: bigint) {
  const order = test.request({ amount });
  await test.payer(await test.actionFor(order), 'approve');
  if (test.capability.resumes) await test.resume(order);
  return order;
}

export const AMOUNTS: readonly Case[] = [
  {
    title: 'authorize: an approval of a part is reported with what was taken, alike by the query and the callback',
    applies: (_, { amounts }) => amounts?.half !== undefined,
    async run(test) {
      const amount = test.amounts!.half!;
      const order = await approved(test, amount);

      const found = await test.final(() => test.query(order));

      expect(found).toMatchObject({ kind: 'captured', amount: amount / 2n });
      const about = (await test.callbacks()).filter((fact) => fact.about === 'attempt');
      expect(about.at(-1)?.outcome).toMatchObject({ kind: 'captured', amount: amount / 2n });
    },
  },
  {
    title:
      'authorize: an order that the channel decides a day later is pending until then, and never failed or unknown',
    applies: (capability, offer) => offer.amounts?.later !== undefined && isQueried(capability, offer),
    async run(test) {
      const order = await approved(test, test.amounts!.later!);

      expect((await test.query(order)).kind).toBe('pending');
      test.clock.move(DAY_MS - 3_600_000);
      expect((await test.query(order)).kind).toBe('pending');
      test.clock.move(2 * 3_600_000);
      expect(await test.query(order)).toMatchObject({ kind: 'captured', amount: order.amount });
    },
  },
  {
    title: 'callback: facts that the channel sends in one message are each a fact, of one message',
    applies: (_, { amounts }) => amounts?.together !== undefined,
    async run(test) {
      const order = await approved(test, test.amounts!.together!);
      await test.final(() => test.query(order));
      const refund = test.refundOf(order, 100n);
      await test.channel.refund(refund);
      await test.refunded(refund);

      const { module, material } = test.verifying;
      const verified = await Promise.all(
        (await test.signed()).map(({ raw, headers }) => module.verify(raw, headers, material, test.clock.nowMs())),
      );

      const several = verified.find((each) => each.kind === 'verified' && each.facts.length > 1);
      const facts = several?.kind === 'verified' ? several.facts : [];
      expect(facts.map(({ about, reference }) => [about, reference])).toEqual(
        expect.arrayContaining([
          ['attempt', order.reference],
          ['refund', refund.reference],
        ]),
      );
    },
  },
];
