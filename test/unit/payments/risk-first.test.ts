/** The rules decide before the first commit: what they refuse is one write and is not sent, and what they decided is stored with the attempt. */
import { describe, expect, it, vi } from 'vitest';
import type { Risk } from '../../../functions/risk/port/port.ts';
import type { RiskDecision } from '../../../functions/risk/port/risk.ts';
import { recordsOf } from '../../audit/records.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const INTENTS = '/v1/payment_intents';
const PAY = { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
const BLOCKED = 'pm_card_radarBlock';

/** A simulation whose rules decide this, and count how often they are asked. */
async function deciding(decision: Partial<RiskDecision>) {
  const sim = await simulate();
  const assess = vi.fn<Risk['assess']>(async () => {
    return { action: 'allow', level: 'normal', score: 10, reasons: [], ...decision };
  });
  sim.world.payments.risk.assess = assess;
  return { sim, assess };
}

/** How often a request commits a payment. */
async function commitsOf(sim: Simulation, request: () => Promise<unknown>): Promise<number> {
  const commit = sim.world.table.commit.bind(sim.world.table);
  let commits = 0;
  sim.world.table.commit = async (...writes) => {
    await commit(...writes);
    if (writes.some((write) => write.kind === 'put' && write.item.kind === 'payment')) commits++;
  };
  await request();
  sim.world.table.commit = commit;
  return commits;
}

const attemptsOf = (sim: Simulation) => recordsOf(sim.world).payments[0]!.attempts;

describe('a payment that the rules refuse', () => {
  it.each([
    [
      'create and confirm',
      (sim: Simulation) => sim.request('POST', INTENTS, { ...PAY, payment_method: BLOCKED }, 'k'),
      1,
    ],
    [
      'confirm',
      async (sim: Simulation) => {
        const { body } = await sim.request('POST', INTENTS, { amount: '1000', currency: 'usd' }, 'made');
        return sim.request('POST', `${INTENTS}/${body.id}/confirm`, { payment_method: BLOCKED }, 'k');
      },
      2,
    ],
    [
      'charge',
      (sim: Simulation) =>
        sim.request('POST', '/v1/charges', { amount: '1000', currency: 'usd', source: 'tok_radarBlock' }, 'k'),
      1,
    ],
  ] as const)('%s: is one write, and nothing is sent', async (_name, request, commits) => {
    const sim = await simulate();
    const made = await commitsOf(sim, async () => {
      expect((await request(sim)).body).toMatchObject({ error: { code: 'card_declined', decline_code: 'fraudulent' } });
    });
    await sim.world.runQueues();

    expect(made).toBe(commits);
    expect(sim.channel.sent.size).toBe(0);
    expect(attemptsOf(sim)).toMatchObject([{ status: 'failed', blocked: true, risk: { action: 'block' } }]);
  });

  it('replays the refusal, and announces the intent before its failure', async () => {
    const sim = await simulate();
    const request = () => sim.request('POST', INTENTS, { ...PAY, payment_method: BLOCKED }, 'key');
    const { status, body } = await request();
    await sim.world.runQueues();
    const again = await request();
    const events = await sim.request('GET', '/v1/events');

    expect([status, again.status, again.body]).toEqual([402, 402, body]);
    expect((events.body.data as readonly { type: string }[]).map(({ type }) => type).reverse()).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ]);
  });

  it('is counted by the features', async () => {
    const sim = await simulate();
    const card = { 'card[number]': '4100000000000019', 'card[exp_month]': '12', 'card[exp_year]': '2034' };
    const { body } = await sim.request('POST', '/v1/payment_methods', { type: 'card', ...card }, 'card');
    await sim.request('POST', INTENTS, { ...PAY, payment_method: String(body.id) }, 'key');
    await sim.world.runQueues();

    expect(sim.world.table.items('risk').filter(({ pk }) => pk.includes('#f#'))).toHaveLength(1);
  });

  it('leaves its session open and payable', async () => {
    const sim = await simulate();
    const line = {
      'line_items[0][quantity]': '1',
      'line_items[0][price_data][currency]': 'usd',
      'line_items[0][price_data][unit_amount]': '500',
      'line_items[0][price_data][product_data][name]': 'Tea',
    };
    const { body: session } = await sim.request(
      'POST',
      '/v1/checkout/sessions',
      { mode: 'payment', success_url: 'https://shop.example/done', ...line },
      'session',
    );
    const complete = (payment_method: string, key: string) =>
      sim.request('POST', `/v1/test_helpers/checkout/sessions/${session.id}/complete`, { payment_method }, key);
    const refused = await complete(BLOCKED, 'one');
    const paid = await complete('pm_card_visa', 'two');

    expect(refused).toMatchObject({ status: 402, body: { error: { decline_code: 'fraudulent' } } });
    expect(paid).toMatchObject({ status: 200, body: { status: 'complete', payment_status: 'paid' } });
    expect(attemptsOf(sim)).toMatchObject([{ blocked: true }, { status: 'captured' }]);
  });
});

describe('a decision', () => {
  it('is stored by the first commit', async () => {
    const { sim } = await deciding({ action: 'review', level: 'elevated', score: 70 });
    let stored: unknown;
    sim.onChannel = async () => {
      stored = attemptsOf(sim)[0];
    };
    await sim.request('POST', INTENTS, PAY, 'key');

    expect(stored).toMatchObject({ status: 'sent', risk: { action: 'review', score: 70 } });
  });

  it('is not asked for again by a request that is carried on', async () => {
    const { sim, assess } = await deciding({});
    await sim.broken({ n: 9, how: 'dies' }, () => sim.request('POST', INTENTS, PAY, 'key'));
    expect(attemptsOf(sim)).toMatchObject([{ status: 'sent' }]);
    sim.move(61_000);
    const { status } = await sim.request('POST', INTENTS, PAY, 'key');

    expect([200, 402]).toContain(status);
    expect(assess).toHaveBeenCalledTimes(1);
    expect(attemptsOf(sim)).toHaveLength(1);
  });

  it('that is followed by a crash leaves nothing behind', async () => {
    const { sim, assess } = await deciding({});
    assess.mockRejectedValueOnce(new Error('the function died'));
    await sim.request('POST', INTENTS, PAY, 'key').catch(() => undefined);

    expect(recordsOf(sim.world).payments).toEqual([]);
    expect(sim.channel.sent.size).toBe(0);
  });

  it('to request 3DS has the payer challenged, and goes on after the challenge', async () => {
    const sim = await simulate();
    const card = { ...PAY, payment_method: 'pm_card_sandbox_riskRequests3ds', return_url: 'https://shop.example/' };
    const { body } = await sim.request('POST', INTENTS, card, 'key');
    const [attempt] = attemptsOf(sim);

    expect(body.status).toBe('requires_action');
    expect(attempt).toMatchObject({ wantsChallenge: true, risk: { action: 'request_3ds', level: 'normal' } });
    sim.channel.finishChallenge(attempt!.reference, true);
    await sim.deliverCallbacks();
    expect(recordsOf(sim.world).payments[0]!.status).toBe('succeeded');
  });

  it('to request 3DS leaves a charge without an intent as it is, whose payer cannot be challenged', async () => {
    const sim = await simulate();
    const { body } = await sim.request(
      'POST',
      '/v1/charges',
      { amount: '1000', currency: 'usd', source: 'tok_sandbox_riskRequests3ds' },
      'key',
    );

    expect(body.status).toBe('succeeded');
  });

  it.each([
    ['with an idempotency key', 'key'],
    ['without one', undefined],
  ])('leaves an unknown outcome of a confirmation announced once, %s', async (_name, key) => {
    const sim = await simulate();
    const card = { amount: '1000', currency: 'usd', payment_method: 'pm_card_sandbox_lostResponse' };
    const { body } = await sim.request('POST', INTENTS, card, 'made');
    const confirmed = await sim.request('POST', `${INTENTS}/${body.id}/confirm`, {}, key);
    await sim.world.runQueues();
    const events = await sim.request('GET', '/v1/events?type=payment_intent.processing');

    expect(confirmed.body.status).toBe('processing');
    expect(events.body.data).toHaveLength(1);
  });
});
