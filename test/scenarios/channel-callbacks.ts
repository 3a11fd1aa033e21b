/** The contract of a channel module: callbacks are verified on their bytes, acknowledged in the words of the channel, and disputes are answered. */
import { expect } from 'vitest';
import type { CallbackVerdict } from '../../functions/channels/port/callback.ts';
import type { Bench, Case } from './channel-bench.ts';

/** The last callback about a payment of which some goes back to its payer. */
async function lastCallback(test: Bench) {
  const order = test.request();
  await test.pay(order);
  const refund = test.refundOf(order, 100n);
  await test.channel.refund(refund);
  await test.refunded(refund);
  return { order, signed: (await test.signed()).at(-1)! };
}

const NOT_TAKEN = ['refused', 'too_large', 'send_again', 'failed'] as const satisfies readonly CallbackVerdict[];

export const CALLBACKS: readonly Case[] = [
  {
    title: 'callback: verified on its bytes, and refused with a byte changed, without headers or with other keys',
    async run(test) {
      const { signed } = await lastCallback(test);
      const { module, material, otherMaterial } = test.verifying;
      const verify = (raw: Uint8Array, headers = signed.headers, keys = material) =>
        module.verify(raw, headers, keys, test.clock.nowMs());
      const changed = Uint8Array.from(signed.raw, (byte, at) => (at === signed.raw.length - 3 ? byte ^ 1 : byte));

      expect(module.plausible(signed.headers, test.clock.nowMs())).toBe(true);
      const verified = await verify(signed.raw);

      expect(verified).toMatchObject({ kind: 'verified', dedupe: expect.stringMatching(/./) });
      expect(await verify(signed.raw)).toEqual(verified);
      expect((await verify(changed)).kind).not.toBe('verified');
      expect((await verify(signed.raw, {})).kind).not.toBe('verified');
      expect((await verify(signed.raw, signed.headers, otherMaterial)).kind).not.toBe('verified');
      expect((await verify(new Uint8Array())).kind).not.toBe('verified');
    },
  },
  {
    title:
      'callback: the acknowledgement differs from every other answer, and each is one that the channel can receive',
    async run(test) {
      const { module } = test.verifying;
      const taken = module.acknowledge('taken');

      expect(taken.status).toBeGreaterThanOrEqual(200);
      expect(taken.status).toBeLessThan(300);
      for (const verdict of NOT_TAKEN) {
        const answer = module.acknowledge(verdict);
        expect(answer).not.toEqual(taken);
        expect([verdict, answer.status >= 200 && answer.status < 600]).toEqual([verdict, true]);
      }
    },
  },
];

export const DISPUTES: readonly Case[] = [
  {
    title: 'callback: a dispute is reported under our reference, or under a name by which the channel has it',
    applies: (_, { disputes }) => disputes,
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const id = await test.dispute!(order.reference);
      const { channel, account } = test;
      expect(channel.referenceOf !== undefined).toBe(channel.capabilities.callbacksNameParents === true);

      const facts = await test.callbacks();

      const reported = facts.filter((fact) => 'dispute' in fact && fact.dispute.id === id).at(-1);
      if (reported?.about !== 'dispute_of') return expect(reported).toMatchObject({ reference: order.reference });
      const of = { account, name: reported.reference };
      expect(await channel.referenceOf!(of)).toEqual({ kind: 'found', reference: order.reference });
      expect(await channel.referenceOf!({ ...of, name: 'none' })).toEqual({ kind: 'not_ours' });
    },
  },
  {
    title:
      'answerDispute: under its number an answer is taken once, and a later one is refused once the dispute is closed',
    applies: (_, { disputes }) => disputes,
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const dispute = await test.dispute!(order.reference);
      const request = { reference: order.reference, account: test.account, dispute, submission: 1 };
      const accept = { ...request, answer: 'accept' as const, evidence: {} };

      expect(await test.channel.answerDispute(accept)).toEqual({ kind: 'succeeded' });
      expect(await test.channel.answerDispute(accept)).toEqual({ kind: 'succeeded' });

      expect((await test.channel.answerDispute({ ...accept, submission: 2 })).kind).toBe('failed');
    },
  },
  {
    title: 'answerDispute: after a lost response it is unknown, and the same answer again is the same',
    applies: (_, { disputes }) => disputes,
    async run(test) {
      const order = test.request();
      await test.pay(order);
      const dispute = await test.dispute!(order.reference);
      const evidence = { uncategorized_text: 'the parcel was delivered' };
      const request = { reference: order.reference, account: test.account, dispute, submission: 1, evidence };
      test.lose('response');

      expect((await test.channel.answerDispute({ ...request, answer: 'contest' })).kind).toBe('unknown');

      expect(await test.channel.answerDispute({ ...request, answer: 'contest' })).toEqual({ kind: 'succeeded' });
    },
  },
];
