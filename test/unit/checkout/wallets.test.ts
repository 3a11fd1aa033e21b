/** Sessions whose payer is at a wallet: time, races with the payer, and payments that the channel decides later. */
import { describe, expect, it } from 'vitest';
import { WALLETS } from '../../../functions/channels/port/instrument.ts';
import type { Session } from '../../../functions/checkout/session.ts';
import { sessionWrites } from '../../../functions/checkout/store.ts';
import { commitOfItem } from '../../../functions/notifications/store.ts';
import type { Payment, PaymentStatus } from '../../../functions/payments/payment.ts';
import { pack } from '../../../functions/table/pack.ts';
import { audit } from '../../audit/audit.ts';
import { ofKind } from '../../audit/cards.ts';
import { sessionContradictions, sessionsOf } from '../../audit/checkout.ts';
import { expire, moveTo, openSession, pay, payBy } from '../../scenarios/checkout-sessions.ts';
import { comeToRest } from '../../scenarios/every-await.ts';
import { withFurtherAccounts } from '../../scenarios/further-accounts.ts';
import { callsBack, clientOf, payerAt, payerReturns, sentTo } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const get = (sim: Simulation, id: string) => sim.request('GET', `/v1/checkout/sessions/${id}`);
const only = (sim: Simulation): Session => sessionsOf(sim)[0]!;
const payment = (sim: Simulation): Payment => ofKind<Payment>(sim, 'payment')[0]!;
const statuses = (sim: Simulation): string =>
  [only(sim).status, payment(sim).status, ...payment(sim).attempts.map(({ status }) => status)].join(' ');
const wrongIn = async (sim: Simulation) => [
  ...sessionContradictions(sim),
  ...(await audit(sim)),
  ...sim.world.failures,
];
const announced = (sim: Simulation): readonly string[] =>
  sim.world.table
    .items('events')
    .flatMap((item) => (item.pk.includes('#e#') ? commitOfItem(item).types : []))
    .filter((type) => type.startsWith('checkout'));

/** `ownTime`: the channel does not take our expiry of the order, which stays open for hours. */
async function atWallet(type: (typeof WALLETS)[number], seconds = 86_400, ownTime = false) {
  const sim = await simulate();
  const { authorize } = clientOf(sim);
  if (ownTime) clientOf(sim).authorize = ({ expiresMs: _, ...request }) => authorize(request);
  const id = await openSession(sim, { expires_at: String(sim.world.clock.nowMs() / 1000 + seconds) });
  await payBy(sim, id, 'wallet', type);
  await sim.world.runQueues();
  const { reference } = payment(sim).attempts[0]!;
  return { sim, id, reference, expiresMs: only(sim).expiresMs };
}

describe('a session whose time is up while its payer is at a wallet', () => {
  it.each(WALLETS)('%s: the order has expired at the channel, and the janitor ends it', async (type) => {
    const { sim, id, reference, expiresMs } = await atWallet(type, 1_801);
    sim.move(expiresMs - sim.world.clock.nowMs());
    payerAt(sim, reference, 'approve');
    await moveTo(sim, expiresMs + 121_000);
    await comeToRest(sim);

    expect(payment(sim).attempts[0]!.expiresMs).toBe(expiresMs);
    expect(statuses(sim)).toBe('expired canceled failed');
    expect((await get(sim, id)).body).toMatchObject({ status: 'expired', payment_status: 'unpaid' });
    expect(sim.channel.charges.get(reference)!.captured).toBe(0n);
    expect(await wrongIn(sim)).toEqual([]);
  });

  it.each(WALLETS)('%s: the janitor closes an order that is still open, and ends it', async (type) => {
    const { sim, id, reference, expiresMs } = await atWallet(type, 1_801, true);
    await moveTo(sim, expiresMs + 121_000);
    payerAt(sim, reference, 'approve');
    await comeToRest(sim);

    expect([statuses(sim), sentTo(sim, 'close')]).toEqual(['expired canceled failed', 1]);
    expect((await get(sim, id)).body).toMatchObject({ status: 'expired', payment_status: 'unpaid' });
    expect(sim.channel.charges.get(reference)!.captured).toBe(0n);
    expect(announced(sim)).toEqual(['checkout.session.expired']);
    expect(await wrongIn(sim)).toEqual([]);
  });

  it('is complete where the payer was first', async () => {
    const { sim, reference, expiresMs } = await atWallet('alipay', 1_801, true);
    sim.move(expiresMs - sim.world.clock.nowMs() + 500);
    payerAt(sim, reference, 'approve');
    await moveTo(sim, expiresMs + 121_000);
    await comeToRest(sim);

    expect(statuses(sim)).toBe('complete succeeded captured');
    expect(announced(sim)).toEqual(['checkout.session.completed']);
    expect(await wrongIn(sim)).toEqual([]);
  });

  it('is not paid with another method: it ends with what the payer abandoned', async () => {
    const { sim, id, expiresMs } = await atWallet('wechat_pay', 1_801);
    sim.move(expiresMs - sim.world.clock.nowMs());

    const late = await pay(sim, id, 'late');
    await comeToRest(sim);

    expect(late.status).toBe(400);
    expect(statuses(sim)).toBe('expired canceled closed');
    expect(await wrongIn(sim)).toEqual([]);
  });

  it('is not paid with another method either while the channel does not close the order', async () => {
    const { sim, id, expiresMs } = await atWallet('wechat_pay', 1_801);
    sim.move(expiresMs - sim.world.clock.nowMs());
    clientOf(sim).close = async () => ({ kind: 'unknown', reason: 'no answer' });

    const late = await pay(sim, id, 'late');

    expect([late.status, statuses(sim)]).toEqual([429, 'open requires_action requires_action']);
    expect(payment(sim).attempts).toHaveLength(1);
  });
});

describe('an order that another account takes', () => {
  it.each([
    ['with the session', 1_801, 1_801_000],
    ['after its own time', 86_400, 3_600_000],
  ])('expires %s', async (_, seconds, expected) => {
    const sim = await simulate();
    await withFurtherAccounts(sim, 1);
    sim.move(1_000 - (sim.world.clock.nowMs() % 1_000));
    const id = await openSession(sim, { expires_at: String(sim.world.clock.nowMs() / 1000 + seconds) });
    const { authorize } = clientOf(sim);
    const decline = { class: 'technical_not_accepted', code: 'processing_error', message: 'later' } as const;
    const sent: (number | undefined)[] = [];
    clientOf(sim).authorize = async (request) => {
      sent.push(request.expiresMs && request.expiresMs - request.createdMs);
      sim.move(1_000);
      return sent.length === 1 ? { kind: 'failed', decline } : authorize(request);
    };

    await payBy(sim, id, 'wallet', 'alipay');

    expect(statuses(sim)).toBe('open requires_action failed requires_action');
    expect(sent).toEqual([expected, seconds === 1_801 ? expected - 1_000 : expected]);
  });
});

describe('another method', () => {
  it('does not close the order of a session that is not known to be paying: what began since is not abandoned', async () => {
    const { sim, id } = await atWallet('alipay');
    const { paying: _, ...idle } = only(sim);
    const { table } = sim.world;
    // As a request reads it that read the session before the order began, and the payment after.
    const get = table.get.bind(table);
    table.get = async (name, key, ...more) => {
      const item = await get(name, key, ...more);
      return item?.kind === 'checkout_session' ? { ...item, doc: pack(idle) } : item;
    };

    const answer = await pay(sim, id, 'late');
    table.get = get;

    expect([answer.status, sentTo(sim, 'close')]).toEqual([429, 0]);
  });
});

describe('a payment that its channel decides after the payer has paid', () => {
  /** The payment moves as its own commits move it, and its session with it. */
  async function moves(sim: Simulation, from: PaymentStatus, to: PaymentStatus): Promise<void> {
    sim.move(1_000);
    const before = { ...payment(sim), status: from };
    const after = { ...payment(sim), status: to, committedMs: sim.world.clock.nowMs() };
    const writes = await sessionWrites(sim.world.table, 'payment', before, after);
    const [first, ...others] = writes;
    if (first) await sim.world.table.commit(first, ...others);
    await sim.world.runQueues();
  }

  it.each([
    ['succeeded', 'paid', 'checkout.session.async_payment_succeeded'],
    ['requires_payment_method', 'unpaid', 'checkout.session.async_payment_failed'],
  ] as const)('completes the session unpaid; once it is %s, the session is %s', async (to, paid, type) => {
    const { sim, id } = await atWallet('alipay');

    await moves(sim, 'requires_action', 'processing');
    const waiting = await get(sim, id);
    const refused = [await pay(sim, id, 'other'), await expire(sim, id, 'end')];
    await moves(sim, 'processing', to);
    await moves(sim, 'processing', to);

    expect(waiting.body).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect(refused.map(({ status }) => status)).toEqual([400, 400]);
    expect((await get(sim, id)).body).toMatchObject({ status: 'complete', payment_status: paid });
    expect(announced(sim)).toEqual(['checkout.session.completed', type]);
  });

  it('does not complete the session when only its request has no answer yet', async () => {
    const { sim, id } = await atWallet('alipay');

    await moves(sim, 'requires_payment_method', 'processing');

    expect((await get(sim, id)).body.status).toBe('open');
    expect(announced(sim)).toEqual([]);
  });
});

describe('an order that its channel decides a day later', () => {
  /** 199.09: the wallet has the payer's approval, and decides a day later, without a callback. */
  async function approved() {
    const sim = await simulate();
    const id = await openSession(sim, {
      'line_items[0][price_data][unit_amount]': '19909',
      'line_items[0][quantity]': '1',
    });
    await payBy(sim, id, 'wallet', 'alipay');
    const { reference } = payment(sim).attempts[0]!;
    payerAt(sim, reference, 'approve');
    await payerReturns(sim, reference);
    await sim.world.runQueues();
    return { sim, id, reference };
  }

  it('is announced as paid once it is', async () => {
    const { sim, id } = await approved();
    const waiting = [(await get(sim, id)).body.payment_status, announced(sim)];
    const wrong = await wrongIn(sim);

    await moveTo(sim, sim.world.clock.nowMs() + 26 * 3_600_000);
    await comeToRest(sim);

    expect(waiting).toEqual(['unpaid', ['checkout.session.completed']]);
    expect((await get(sim, id)).body).toMatchObject({ status: 'complete', payment_status: 'paid' });
    expect(announced(sim)).toEqual(['checkout.session.completed', 'checkout.session.async_payment_succeeded']);
    expect([...wrong, ...(await wrongIn(sim))]).toEqual([]);
  });

  it('is announced as failed where the wallet declines, and as succeeded if it takes the money after all', async () => {
    const { sim, id, reference } = await approved();
    const takeAs = async (kind: 'failed' | 'captured') => {
      await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.decide(reference, kind) });
      await sim.world.runQueues();
      return [(await get(sim, id)).body.payment_status, ...announced(sim).slice(1)];
    };

    expect(await takeAs('failed')).toEqual(['unpaid', 'checkout.session.async_payment_failed']);
    expect(statuses(sim)).toBe('complete requires_payment_method failed');
    expect(await takeAs('captured')).toEqual([
      'paid',
      'checkout.session.async_payment_failed',
      'checkout.session.async_payment_succeeded',
    ]);
    expect(await wrongIn(sim)).toEqual([]);
  });
});

describe('the callback and the return', () => {
  it.each([
    ['the callback comes first', true],
    ['the payer is back first', false],
  ])('complete the session once: %s', async (_what, first) => {
    const { sim, reference } = await atWallet('paypal');
    payerAt(sim, reference, 'approve');
    const back = () => payerReturns(sim, reference);
    const call = () => callsBack(sim, reference);

    for (const step of first ? [call, back, call] : [back, call, back]) await step();
    await comeToRest(sim);

    expect(statuses(sim)).toBe('complete succeeded captured');
    expect(announced(sim)).toEqual(['checkout.session.completed']);
    expect(await wrongIn(sim)).toEqual([]);
  });

  it('lead the payer to the success page once the session is complete, also from an order that was replaced', async () => {
    const { sim, id, reference } = await atWallet('alipay');
    const [before] = [await payerReturns(sim, reference)];
    await pay(sim, id, 'card');

    const after = await payerReturns(sim, reference);

    expect([before.status, before.location]).toEqual([200, undefined]);
    expect([after.status, after.location?.href]).toEqual([303, 'https://shop.example/done']);
  });
});
