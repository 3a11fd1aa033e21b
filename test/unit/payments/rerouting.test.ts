/** An attempt that its channel does not accept is followed by one on another account, in the same request; nothing is sent twice. */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../../functions/channels/port/port.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyAwait, LEASE_OVER_MS, untilAnswered } from '../../scenarios/every-await.ts';
import { NOT_ACCEPTED, withFurtherAccounts } from '../../scenarios/further-accounts.ts';
import { misremembered } from '../../scenarios/lost-stream.ts';
import { ordered } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const INTENTS = '/v1/payment_intents';
const PAY = { amount: '1000', currency: 'usd', payment_method: NOT_ACCEPTED, confirm: 'true' };
const CARD = {
  'card[number]': '4000009900000160',
  'card[exp_month]': '12',
  'card[exp_year]': '2034',
  'card[cvc]': '123',
};

/** A merchant with so many further accounts. */
async function merchant(further = 1) {
  const sim = await simulate();
  return { sim, accounts: await withFurtherAccounts(sim, further) };
}
const paymentOf = (sim: Simulation) => recordsOf(sim.world).payments[0]!;
const attemptsOf = (sim: Simulation): readonly Attempt[] => paymentOf(sim).attempts;
const sentTo = (sim: Simulation): readonly number[] =>
  [...sim.channel.sent].flatMap(([name, times]) => (name.startsWith('authorize') ? [times] : []));
const eventsOf = async (sim: Simulation): Promise<readonly string[]> => {
  await sim.world.runQueues();
  const { body } = await sim.request('GET', '/v1/events');
  return (body.data as readonly { type: string }[]).map(({ type }) => type).reverse();
};

describe('an attempt that its channel does not accept', () => {
  it('is followed by one on the next account, which pays', async () => {
    const { sim, accounts } = await merchant();
    const { status, body } = await sim.request('POST', INTENTS, PAY, 'key');
    const [first, second] = attemptsOf(sim) as [Attempt, Attempt];

    expect([status, body.status, body.last_payment_error]).toEqual([200, 'succeeded', null]);
    expect(first).toMatchObject({ status: 'failed', channel: accounts[0], decline: { code: 'processing_error' } });
    expect(first.why).toBeUndefined();
    expect(second).toMatchObject({ status: 'captured', channel: accounts[1], follows: 1, risk: first.risk });
    expect(second.why).toEqual([`sandbox/${accounts[0]!.account} not_accepted`]);
    expect(second.reference).not.toBe(first.reference);
    expect(body.latest_charge).toBe(`ch_${second.reference.slice(8)}`);
    expect(sentTo(sim)).toEqual([1, 1]);
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });

  it('fails and is followed in one commit, and the payment is announced as failed at no time', async () => {
    const { sim } = await merchant();
    const seen: string[] = [];
    sim.onChannel = async () => {
      seen.push(`${paymentOf(sim).version} ${attemptsOf(sim).map(({ status }) => status)}`);
    };
    await sim.request('POST', INTENTS, PAY, 'key');

    expect(seen).toEqual(['1 sent', '2 failed,sent']);
    expect(paymentOf(sim).version).toBe(3);
    expect(await eventsOf(sim)).toEqual([
      'payment_intent.created',
      'charge.failed',
      'charge.succeeded',
      'payment_intent.succeeded',
    ]);
    const { body } = await sim.request('GET', '/v1/charges');
    expect((body.data as readonly { status: string }[]).map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    expect(misremembered(sim)).toEqual([]);
  });

  it('says nothing about the card to the rules', async () => {
    const { sim } = await merchant();
    const { body } = await sim.request('POST', '/v1/payment_methods', { type: 'card', ...CARD }, 'card');
    await sim.request('POST', INTENTS, { ...PAY, payment_method: String(body.id) }, 'key');
    await sim.world.runQueues();
    const [features] = sim.world.table.items('risk').filter(({ pk }) => pk.includes('#f#'));

    expect([(features!.attempts as Set<string>).size, features!.declined]).toEqual([1, undefined]);
  });

  it.each([
    [
      'a confirmation',
      async (sim: Simulation) => {
        const { body } = await sim.request('POST', INTENTS, { amount: '1000', currency: 'usd' }, 'made');
        return sim.request('POST', `${INTENTS}/${body.id}/confirm`, { payment_method: NOT_ACCEPTED }, 'key');
      },
    ],
    [
      'a charge without an intent',
      (sim: Simulation) =>
        sim.request(
          'POST',
          '/v1/charges',
          { amount: '1000', currency: 'usd', source: 'tok_sandbox_notAccepted' },
          'key',
        ),
    ],
    ['a hold', (sim: Simulation) => sim.request('POST', INTENTS, { ...PAY, capture_method: 'manual' }, 'key')],
    [
      'a wallet',
      (sim: Simulation) =>
        sim.request(
          'POST',
          INTENTS,
          {
            amount: '9920',
            currency: 'usd',
            confirm: 'true',
            'payment_method_types[]': 'alipay',
            'payment_method_data[type]': 'alipay',
            return_url: 'https://shop.example/',
          },
          'key',
        ),
    ],
  ] as const)('of %s is followed too', async (_name, request) => {
    const { sim, accounts } = await merchant();
    const { status } = await request(sim);

    expect(status).toBe(200);
    expect(attemptsOf(sim)).toMatchObject([{ status: 'failed' }, { follows: 1, channel: accounts[1] }]);
    expect(attemptsOf(sim)[1]!.status).not.toBe('failed');
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });

  it('is declined where there is no other account', async () => {
    const sim = await simulate();
    const { status, body } = await sim.request('POST', INTENTS, PAY, 'key');

    expect([status, (body.error as { code: string }).code]).toEqual([402, 'processing_error']);
    expect(await eventsOf(sim)).toEqual(['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed']);
  });

  it('ends after three accounts, whatever number there is', async () => {
    const { sim } = await merchant(4);
    sim.channel.refuse('authorize');
    const request = () => sim.request('POST', INTENTS, PAY, 'key');
    const { status, body } = await request();

    expect(status).toBe(402);
    expect(attemptsOf(sim).map(({ status: of, follows }) => [of, follows])).toEqual([
      ['failed', undefined],
      ['failed', 1],
      ['failed', 2],
    ]);
    expect((body.error as { charge: string }).charge).toBe(`ch_${attemptsOf(sim)[2]!.reference.slice(8)}`);
    expect(sentTo(sim)).toEqual([1, 1, 1]);
    await sim.world.runQueues();
    expect((await request()).body).toEqual(body);
  });

  it('is not followed six seconds after the first send', async () => {
    const slow = async (ms: number): Promise<number> => {
      const { sim } = await merchant();
      let sends = 0;
      sim.onChannel = async () => {
        if (sends++ === 0) sim.move(ms);
      };
      return (await sim.request('POST', INTENTS, PAY, 'key')).status;
    };

    expect([await slow(6_000), await slow(6_001)]).toEqual([200, 402]);
  });

  it('is not followed either where the order before it took that long to close', async () => {
    const slow = async (ms: number): Promise<number> => {
      const { sim } = await merchant();
      const { intent } = await ordered(sim, 'alipay');
      sim.onChannel = async (name) => {
        if (name === 'close') sim.move(ms);
      };
      return (await sim.request('POST', `${INTENTS}/${intent}/confirm`, { payment_method: NOT_ACCEPTED }, 'key'))
        .status;
    };

    expect([await slow(6_000), await slow(6_001)]).toEqual([200, 402]);
  });
});

describe('what is not followed', () => {
  const outcomes: readonly (readonly [string, string, string])[] = [
    ['a decline', 'pm_card_visa_chargeDeclined', 'failed'],
    ['a processing error', 'pm_card_chargeDeclinedProcessingError', 'failed'],
    ['an unknown outcome', 'pm_card_sandbox_lostResponse', 'sent'],
    ['one that never arrived', 'pm_card_sandbox_neverArrived', 'sent'],
    ['a pending outcome', 'pm_card_sandbox_pendingThenFails', 'sent'],
    ['a challenge', 'pm_card_authenticationRequired', 'requires_action'],
  ];
  it.each(outcomes)('%s', async (_name, payment_method, status) => {
    const { sim } = await merchant();
    await sim.request('POST', INTENTS, { ...PAY, payment_method, return_url: 'https://shop.example/' }, 'key');

    expect(attemptsOf(sim).map((attempt) => attempt.status)).toEqual([status]);
    expect(sentTo(sim)).toEqual([1]);
  });

  it('a failure that a callback or the janitor learns', async () => {
    const { sim } = await merchant();
    await sim.request('POST', INTENTS, { ...PAY, payment_method: 'pm_card_sandbox_lostResponse' }, 'key');
    const { reference } = attemptsOf(sim)[0]!;
    const decline = { class: 'technical_not_accepted', code: 'processing_error', message: 'later' } as const;
    await sim.takeOne({ about: 'attempt', reference, outcome: { kind: 'failed', decline } });

    expect(attemptsOf(sim).map(({ status }) => status)).toEqual(['failed']);
    expect(sentTo(sim)).toEqual([1]);
  });

  it('an attempt whose payer passed a challenge: its account alone knows the proof', async () => {
    const { sim, accounts } = await merchant();
    const manual = { ...PAY, payment_method: 'pm_card_authenticationRequired', confirmation_method: 'manual' };
    const { body } = await sim.request('POST', INTENTS, manual, 'key');
    sim.channel.finishChallenge(attemptsOf(sim)[0]!.reference, true);
    await sim.deliverCallbacks();
    sim.channel.refuse('authorize');
    const { status } = await sim.request('POST', `${INTENTS}/${body.id}/confirm`, {}, 'again');

    expect(status).toBe(402);
    expect(attemptsOf(sim)).toMatchObject([{ channel: accounts[0] }, { status: 'failed', channel: accounts[0] }]);
  });
});

describe('money that a channel takes although it did not accept the payment', () => {
  it('is unapplied, and goes back', async () => {
    const { sim } = await merchant();
    await sim.request('POST', INTENTS, PAY, 'key');
    const [first] = attemptsOf(sim) as [Attempt];
    const outcome: AttemptOutcome = { kind: 'captured', authorizationCode: 'A1', amount: 1_000n };
    const { applied } = await sim.takeOne({ about: 'attempt', reference: first.reference, outcome });

    expect(applied).toBe('applied');
    expect(attemptsOf(sim)).toMatchObject([{ status: 'captured', surplus: true }, { status: 'captured' }]);
    expect(paymentOf(sim).status).toBe('succeeded');
  });
});

describe('the security code', () => {
  const codesLeft = (sim: Simulation) => sim.world.table.items('cvc').length;
  const typedIn = async (sim: Simulation, number = CARD['card[number]']): Promise<string> =>
    String(
      (await sim.request('POST', '/v1/payment_methods', { type: 'card', ...CARD, 'card[number]': number }, 'card')).body
        .id,
    );

  it('goes to both accounts, and is gone afterwards', async () => {
    const { sim } = await merchant();
    const payment_method = await typedIn(sim);
    const { body } = await sim.request('POST', INTENTS, { ...PAY, payment_method, 'expand[]': 'latest_charge' }, 'key');

    expect(body.latest_charge).toMatchObject({ payment_method_details: { card: { checks: { cvc_check: 'pass' } } } });
    expect(sentTo(sim)).toEqual([1, 1]);
    expect(codesLeft(sim)).toBe(0);
  });

  it.each([
    ['an unknown outcome', '4000009900000012'],
    ['a decline', '4000000000000002'],
    ['a success', '4242424242424242'],
  ])('is gone after %s, although another account could follow', async (_name, number) => {
    const { sim } = await merchant();
    await sim.request('POST', INTENTS, { ...PAY, payment_method: await typedIn(sim, number) }, 'key');

    expect(codesLeft(sim)).toBe(0);
  });

  it('is gone where too much time has passed for another account to follow', async () => {
    const { sim } = await merchant();
    const payment_method = await typedIn(sim);
    const { intent } = await ordered(sim, 'alipay');
    sim.onChannel = async (name) => {
      if (name === 'close') sim.move(6_001);
    };
    const { status } = await sim.request('POST', `${INTENTS}/${intent}/confirm`, { payment_method }, 'key');

    expect([status, codesLeft(sim)]).toEqual([402, 0]);
  });

  it('is gone where no account accepts the payment', async () => {
    const { sim } = await merchant();
    sim.channel.refuse('authorize');
    await sim.request('POST', INTENTS, { ...PAY, payment_method: await typedIn(sim) }, 'key');

    expect([sentTo(sim), codesLeft(sim)]).toEqual([[1, 1], 0]);
  });
});

describe('a request that breaks at any await', () => {
  it('sends each attempt once, and ends in one state with the same answer for its retries', async () => {
    const { sim: from } = await merchant();
    const { body } = await from.request('POST', '/v1/payment_methods', { type: 'card', ...CARD }, 'card');
    const request = (sim: Simulation) =>
      sim.request('POST', INTENTS, { ...PAY, payment_method: String(body.id) }, 'key');

    await everyAwait({ from, operation: request, atLeast: 12 }, async (sim, where) => {
      sim.move(LEASE_OVER_MS);
      const { status, body: answered } = await untilAnswered(sim, () => request(sim));
      for (let minute = 0; minute < 3; minute++) {
        await sim.world.runQueues();
        await sim.deliverCallbacks();
        sim.move(61_000);
        await sim.janitor();
      }
      await sim.world.runQueues();
      const attempts = attemptsOf(sim);

      expect([200, 402], where).toContain(status);
      expect(await request(sim)).toMatchObject({ status, body: answered });
      expect(['succeeded', 'requires_payment_method']).toContain(paymentOf(sim).status);
      expect(Math.max(0, ...sentTo(sim))).toBeLessThanOrEqual(1);
      expect(attempts.filter((attempt) => attempt.status === 'captured').length).toBeLessThanOrEqual(1);
      expect(await audit(sim)).toEqual([]);
      for (const { expiresAt } of sim.world.table.items('cvc'))
        expect(Number(expiresAt) * 1_000).toBeLessThanOrEqual(from.world.clock.nowMs() + 15 * 60_000);
    });
  });
});
