/** Orders at wallets: approved, resumed, expired and closed, by a return, a callback, the janitor or a request. */
import { describe, expect, it } from 'vitest';
import type { ResumeRequest } from '../../../functions/channels/port/channel.ts';
import { audit } from '../../audit/audit.ts';
import {
  callsBack,
  clientOf,
  minutes,
  ordered,
  payerAt,
  payerReturns,
  paymentOf,
  sentTo,
  statusesOf,
} from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HOUR_MS = 3_600_000;
/** A scenario of the sandbox's wallets (functions/sandbox/README.md). */
const PAID_IN_PART = '19908';
const SETTLING_MS = 60_000;

const cancel = (sim: Simulation, intent: string) =>
  sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');

describe('an order that its payer has approved', () => {
  it('is completed by the return, which is then right about the status', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');

    const { location } = await payerReturns(sim, reference);

    expect(location?.searchParams.get('redirect_status')).toBe('succeeded');
    expect(statusesOf(sim, intent)).toBe('succeeded captured');
  });

  it('is completed once, however often the payer returns', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');
    await payerReturns(sim, reference);
    const before = paymentOf(sim, intent);

    const again = await payerReturns(sim, reference);

    expect(again.location?.searchParams.get('redirect_status')).toBe('succeeded');
    expect(paymentOf(sim, intent)).toEqual(before);
    expect(sentTo(sim, 'resume')).toBe(1);
  });

  it('waits while its channel takes no completion for now, and is completed later', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');
    const client = clientOf(sim);
    const { resume } = client;
    const decline = { class: 'technical_not_accepted', code: 'processing_error', message: 'later' } as const;
    client.resume = async () => ({ kind: 'failed', decline });

    const { location } = await payerReturns(sim, reference);
    expect(location?.searchParams.get('redirect_status')).toBe('pending');
    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');

    client.resume = resume!;
    await minutes(sim, 3);
    expect(statusesOf(sim, intent)).toBe('succeeded captured');
  });

  it('is completed by the janitor when the payer never returns', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');

    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    expect(sim.world.failures).toEqual([]);
  });

  it('is completed by a callback that comes before the return', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');

    const { applied } = await callsBack(sim, reference);

    expect(applied).toBe('applied');
    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    const { location } = await payerReturns(sim, reference);
    expect(location?.searchParams.get('redirect_status')).toBe('succeeded');
    expect(sentTo(sim, 'resume')).toBe(1);
  });

  it('is held where the merchant captures later', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal', { capture_method: 'manual' });
    payerAt(sim, reference, 'approve');

    await payerReturns(sim, reference);

    expect(statusesOf(sim, intent)).toBe('requires_capture authorized');
  });

  it('is not completed for a payment that was canceled meanwhile', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');
    await sim.request('POST', `/v1/payment_intents/${intent}/cancel`);

    const { location } = await payerReturns(sim, reference);
    await callsBack(sim, reference);

    expect(location?.searchParams.get('redirect_status')).toBe('failed');
    expect(statusesOf(sim, intent)).toBe('canceled closed');
    expect(sentTo(sim, 'resume')).toBe(0);
    expect(sim.channel.charges.get(reference)!.outcome.kind).toBe('failed');
  });

  it.each([['resume'], ['close']] as const)('is completed or closed, never both: %s is first', async (first) => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');
    const both = { resume: () => payerReturns(sim, reference), close: () => cancel(sim, intent) };
    const second = first === 'resume' ? 'close' : 'resume';
    // The second arrives at the channel while the request of the first is still on its way back.
    const client = clientOf(sim);
    const arrived = client[first] as (request: ResumeRequest) => Promise<never>;
    client[first] = async (request: ResumeRequest): Promise<never> => {
      const answer = await arrived(request);
      client[first] = arrived;
      await both[second]();
      return answer;
    };

    await both[first]();
    await minutes(sim, 3);

    expect(statusesOf(sim, intent)).toBe(first === 'resume' ? 'succeeded captured' : 'canceled closed');
    expect(sim.channel.charges.get(reference)!.captured).toBe(first === 'resume' ? 10_000n : 0n);
    expect(await audit(sim)).toEqual([]);
    expect(sim.world.failures).toEqual([]);
  });

  it('is no success at the shop when the wallet took a part: the payment has nothing, and the part goes back', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay', { amount: PAID_IN_PART });
    payerAt(sim, reference, 'approve');

    const { location } = await payerReturns(sim, reference);

    expect(location?.searchParams.get('redirect_status')).toBe('failed');
    expect(paymentOf(sim, intent).status).toBe('requires_payment_method');
    expect(paymentOf(sim, intent).attempts[0]).toMatchObject({ surplus: true });
  });

  it('carries what the payer brought back to the channel', async () => {
    const sim = await simulate();
    const { reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');
    const given: ResumeRequest[] = [];
    const client = clientOf(sim);
    const resume = client.resume!;
    client.resume = (request) => {
      given.push(request);
      return resume(request);
    };

    await payerReturns(sim, reference, 'token=EC-1&PayerID=P%2F9');

    expect(given.map(({ parameters }) => parameters)).toEqual([{ token: 'EC-1', PayerID: 'P/9' }]);
  });
});

describe('the time that the payer has', () => {
  it('ends no order by itself: what the channel may still let the payer pay is closed there first', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay');

    // The clock of the janitor is ahead of the channel's, which has not closed the order.
    await sim.world.janitor(sim.world.clock.nowMs() + 2 * HOUR_MS);

    expect(sentTo(sim, 'close')).toBe(1);
    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    payerAt(sim, reference, 'approve');
    expect(sim.channel.charges.get(reference)?.captured ?? 0n).toBe(0n);
  });

  it('is sent with the order and kept on the attempt; a card has none', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay');

    const [attempt] = paymentOf(sim, intent).attempts;
    expect(attempt?.expiresMs).toBe(attempt!.createdMs + HOUR_MS);
    expect(sim.channel.state.charges.get(reference)?.params.expiresMs).toBe(attempt?.expiresMs);
    const card = await sim.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: 'true',
    });
    expect(Object.keys(paymentOf(sim, String(card.body.id)).attempts[0]!)).not.toContain('expiresMs');
  });

  it('is not over because the channel knows nothing of the order yet', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'alipay');

    await minutes(sim, 50);

    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
    payerAt(sim, reference, 'approve');
    await payerReturns(sim, reference);
    expect(statusesOf(sim, intent)).toBe('succeeded captured');
  });

  it('ends with the expiry and the settling time: the payment then asks for another method', async () => {
    const sim = await simulate();
    const { intent } = await ordered(sim, 'alipay');
    sim.move(HOUR_MS + SETTLING_MS - 1);
    await sim.janitor();
    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');

    await minutes(sim, 61);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect(paymentOf(sim, intent).attempts[0]?.decline?.code).toBe('payment_intent_payment_attempt_expired');
  });

  it('does not end before the order is closed where the channel still offers it', async () => {
    const sim = await simulate();
    const { intent, reference } = await ordered(sim, 'wechat_pay');
    // This channel has forgotten when to close the order.
    sim.channel.alterCharge(reference, (charge) => ({ ...charge, decidedMs: charge.decidedMs + 10 * HOUR_MS }));

    await minutes(sim, 121);
    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
    await minutes(sim, 61);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect(sentTo(sim, 'close')).toBe(1);
    expect(sim.channel.charges.get(reference)!.outcome.kind).toBe('failed');
  });

  it('of a card’s challenge ends with the challenge time of the channel', async () => {
    const sim = await simulate();
    const made = await sim.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: 'true',
    });
    await sim.world.runQueues();
    const intent = String(made.body.id);
    await sim.channel.forget(paymentOf(sim, intent).attempts[0]!.reference);

    await minutes(sim, 24 * 60);
    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
    await minutes(sim, 61);

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
  });
});

describe('an order whose answer was lost', () => {
  /** The request arrives, or does not, and its answer is lost. */
  async function lost(sim: Simulation, arrives: boolean): Promise<string> {
    const client = clientOf(sim);
    const { authorize } = client;
    client.authorize = async (request) => {
      if (arrives) await authorize(request);
      return { kind: 'unknown', reason: 'lost' };
    };
    const { intent, answer } = await ordered(sim, 'alipay');
    expect(answer.body.status).toBe('processing');
    return intent;
  }

  it.each([[true], [false]])(
    'is closed under our reference after the settling time (it arrived: %s)',
    async (arrives) => {
      const sim = await simulate();
      const intent = await lost(sim, arrives);
      sim.move(SETTLING_MS);
      await sim.janitor();
      expect(sentTo(sim, 'close')).toBe(0);

      await minutes(sim, 4);

      expect(sentTo(sim, 'close')).toBe(1);
      expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
      expect(paymentOf(sim, intent).attempts[0]?.decline?.code).toBe('processing_error');
    },
  );

  it('stays in processing while the channel does not say that it is closed', async () => {
    const sim = await simulate();
    const client = clientOf(sim);
    const { close } = client;
    client.close = async () => ({ kind: 'unknown', reason: 'lost' });
    const intent = await lost(sim, true);

    await minutes(sim, 100);
    expect(statusesOf(sim, intent)).toBe('processing sent');

    client.close = close;
    await minutes(sim, 61);
    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
  });
});
