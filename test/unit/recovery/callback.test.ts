/** What a callback does about a payment that its payer has only approved: it completes it, where there is time to ask the channel. */
import { describe, expect, it } from 'vitest';
import type { Parent } from '../../../functions/channels/port/callback.ts';
import type { CallbackFact } from '../../../functions/channels/port/port.ts';
import { takeCallback } from '../../../functions/recovery/callback.ts';
import { packJson } from '../../../functions/table/pack.ts';
import { minutes, ordered, payerAt, sentTo, statusesOf } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

it.each([
  ['completes it', true, 'applied', 1, 'succeeded captured'],
  ['leaves it to the janitor where no time is left to ask', false, 'known', 0, 'requires_action requires_action'],
] as const)('a callback of an approval at PayPal %s', async (_, mayAsk, applied, resumed, status) => {
  const sim = await simulate();
  const { intent, reference } = await ordered(sim, 'paypal');
  payerAt(sim, reference, 'approve');
  const fact = { about: 'attempt', reference, outcome: sim.channel.charges.get(reference)!.outcome } as const;
  const account = [...sim.channel.state.accounts.keys()][0]!;
  const message = { channel: 'sandbox', account, livemode: false, dedupe: 'd', rawBase64: '', receivedMs: 0, fact };

  const taken = await takeCallback(sim.world.payments, packJson(message), () => mayAsk);

  expect(taken.applied).toBe(applied);
  expect(sentTo(sim, 'resume')).toBe(resumed);
  expect(statusesOf(sim, intent)).toBe(status);
  await sim.world.runQueues();
  await minutes(sim, 3);
  expect(statusesOf(sim, intent)).toBe('succeeded captured');
});

describe('a dispute that names its payment as the channel does', () => {
  /** A paid payment, and the report that its payer disputes `pi_1`. */
  async function reported(answer: (reference: string) => Parent) {
    const sim = await simulate();
    const { body } = await sim.request(
      'POST',
      '/v1/payment_intents',
      { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' },
      'pay',
    );
    const [reference] = [...sim.channel.charges.keys()];
    const asked: unknown[] = [];
    Object.assign(sim.world.payments.channel('sandbox'), {
      async referenceOf(payment: unknown) {
        asked.push(payment);
        return answer(reference!);
      },
    });
    const account = [...sim.channel.state.accounts.keys()][0]!;
    const fact: CallbackFact = {
      about: 'dispute_of',
      reference: 'pi_1',
      dispute: {
        id: 'd1',
        kind: 'chargeback',
        amount: 1000n,
        currency: 'usd',
        fee: 0n,
        reason: 'fraudulent',
        openedMs: sim.world.clock.nowMs(),
        dueMs: sim.world.clock.nowMs() + 1000,
      },
      outcome: { kind: 'opened' },
    };
    const message = { channel: 'sandbox', account, livemode: false, dedupe: 'd', rawBase64: '', receivedMs: 0, fact };
    const take = () => takeCallback(sim.world.payments, packJson(message));
    const disputes = async () => (await sim.request('GET', '/v1/disputes')).body.data as { payment_intent: string }[];
    return { take, asked, disputes, account, intent: body.id as string };
  }

  it('is of the payment whose reference the channel has, once', async () => {
    const { take, asked, disputes, account, intent } = await reported((reference) => ({
      kind: 'found',
      reference: reference as never,
    }));

    expect([(await take()).applied, (await take()).applied]).toEqual(['applied', 'known']);

    expect(asked[0]).toEqual({ account: { channel: 'sandbox', account }, name: 'pi_1' });
    expect(await disputes()).toMatchObject([{ payment_intent: intent }]);
  });

  it('of a payment that was not made here changes nothing', async () => {
    const { take, disputes } = await reported(() => ({ kind: 'not_ours' }));

    expect((await take()).applied).toBe('known');
    expect(await disputes()).toEqual([]);
  });

  it('of a payment of another account is refused', async () => {
    const { take, disputes } = await reported((reference) => ({
      kind: 'found',
      reference: `Scope002${reference.slice(8)}` as never,
    }));

    expect((await take()).applied).toBe('foreign');
    expect(await disputes()).toEqual([]);
  });

  it('is taken again later where the channel does not answer', async () => {
    const { take, disputes } = await reported(() => ({ kind: 'unknown', reason: 'status 503' }));

    await expect(take()).rejects.toThrow('status 503');
    expect(await disputes()).toEqual([]);
  });
});
