/** What a channel calls a payment, a capture and a refund: stored with the operation, and in every later request about it. */
import { describe, expect, it } from 'vitest';
import type { ResumeRequest } from '../../../functions/channels/port/channel.ts';
import { handlesDiffer, handlesIn, withNewHandles } from '../../../functions/channels/port/handles.ts';
import type {
  AttemptQuery,
  AuthorizeRequest,
  CaptureRequest,
  OperationOutcome,
  PaymentAtChannel,
  RefundQuery,
  RefundRequest,
} from '../../../functions/channels/port/port.ts';
import { paymentTypes } from '../../../functions/payments/event-types.ts';
import { applyOperation } from '../../../functions/payments/operations/operation-outcome.ts';
import { applyOutcome, isNews } from '../../../functions/payments/outcome.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { clientOf, minutes, ordered, payerAt, payerReturns, paymentOf } from '../../scenarios/wallet-payments.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';
import { COMMIT, known, OUTCOMES } from './known.ts';

const CHARGE = expect.stringMatching(/^ch[0-9a-f]{12}$/) as string;
const CAPTURE = expect.stringMatching(/^cp[0-9a-f]{12}$/) as string;
const REFUND = expect.stringMatching(/^rf[0-9a-f]{12}$/) as string;
const SUCCEEDED: OperationOutcome = { kind: 'succeeded' };

/** Every request of these kinds to the channel, as the core makes it. */
function spied(sim: Simulation) {
  const client = clientOf(sim);
  const given = {
    authorize: [] as AuthorizeRequest[],
    capture: [] as CaptureRequest[],
    refund: [] as RefundRequest[],
    close: [] as PaymentAtChannel[],
    resume: [] as ResumeRequest[],
    queryAttempt: [] as AttemptQuery[],
    queryRefund: [] as RefundQuery[],
  };
  const spy =
    <Request, Answer>(seen: Request[], send: (request: Request) => Answer) =>
    (request: Request) => {
      seen.push(request);
      return send(request);
    };
  const { authorize, capture, refund, close, resume, queryAttempt, queryRefund } = client;
  Object.assign(client, {
    authorize: spy(given.authorize, authorize),
    capture: spy(given.capture, capture),
    refund: spy(given.refund, refund),
    close: spy(given.close, close),
    resume: spy(given.resume, resume!),
    queryAttempt: spy(given.queryAttempt, queryAttempt),
    queryRefund: spy(given.queryRefund, queryRefund),
  });
  return given;
}

async function paid(params: Record<string, string> = {}) {
  const sim = await simulate();
  const given = spied(sim);
  const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true', ...params };
  const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'pay');
  const id = String(body.id);
  const capture = (key = 'capture') => sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, key);
  const refund = (key = 'refund') => sim.request('POST', '/v1/refunds', { payment_intent: id, amount: '4000' }, key);
  return { sim, given, id, capture, refund, payment: () => paymentOf(sim, id) };
}
const HELD = { capture_method: 'manual' };

describe('the names that a channel gives', () => {
  it('are stored with the attempt, its capture and its refund, and come with the requests that follow', async () => {
    const { sim, given, capture, refund, payment } = await paid(HELD);
    await capture();
    await refund();

    const [attempt] = payment().attempts;
    const [stored] = recordsOf(sim.world).refunds;
    expect(attempt?.handles).toEqual({ charge: CHARGE });
    expect(payment().capture?.handles).toEqual({ capture: CAPTURE });
    expect(stored?.handles).toEqual({ refund: REFUND });
    expect(given.authorize).toMatchObject([{ createdMs: attempt!.createdMs }]);
    expect(given.capture).toMatchObject([
      { createdMs: attempt!.createdMs, handles: attempt!.handles, sentMs: expect.any(Number) },
    ]);
    expect(given.refund).toMatchObject([
      {
        createdMs: stored!.createdMs,
        refunded: { payment: attempt!.handles, capture: payment().capture!.handles },
      },
    ]);
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });

  it('are named by a query, with the time of the first commit: also before any answer', async () => {
    const { sim, given, capture, payment } = await paid({ ...HELD, payment_method: 'pm_card_sandbox_captureLost' });
    await capture();
    const sentMs = payment().pending!.sentMs;
    await sim.world.runQueues();
    await minutes(sim, 2);

    const { createdMs, handles } = payment().attempts[0]!;
    expect(given.queryAttempt[0]).toMatchObject({
      createdMs,
      handles,
      operation: { number: 1, kind: 'capture', sentMs },
    });
    expect(payment().capture?.handles).toEqual({ capture: CAPTURE });

    const lost = await paid({ payment_method: 'pm_card_sandbox_lostResponse' });
    const started = lost.payment().attempts[0]!;
    expect(started).not.toHaveProperty('handles');
    await lost.sim.world.runQueues();
    await minutes(lost.sim, 2);
    expect(lost.given.queryAttempt[0]).toEqual({
      reference: started.reference,
      account: started.channel,
      createdMs: started.createdMs,
    });
    expect(lost.payment().attempts[0]?.handles).toEqual({ charge: CHARGE });
  });

  it('of a refund whose response was lost are learned by the query, which names what is refunded', async () => {
    const { sim, given, refund, payment } = await paid({ payment_method: 'pm_card_sandbox_refundLost' });
    await refund();
    await sim.world.runQueues();
    await minutes(sim, 2);

    const [stored] = recordsOf(sim.world).refunds;
    expect(stored).toMatchObject({ status: 'succeeded', handles: { refund: REFUND } });
    expect(given.queryRefund[0]).toEqual({
      reference: stored!.reference,
      payment: payment().attempts[0]!.reference,
      account: payment().attempts[0]!.channel,
      createdMs: stored!.createdMs,
      refunded: { payment: payment().attempts[0]!.handles },
    });
  });

  it('of an order come with its resume and its close, and with the success the capture has one', async () => {
    const sim = await simulate();
    const given = spied(sim);
    const { intent, reference } = await ordered(sim, 'paypal');
    payerAt(sim, reference, 'approve');
    await payerReturns(sim, reference);

    expect(given.resume).toMatchObject([{ handles: { charge: CHARGE }, createdMs: expect.any(Number) }]);
    expect(paymentOf(sim, intent).attempts[0]?.handles).toEqual({ charge: CHARGE, capture: CAPTURE });

    const other = await simulate();
    const closing = spied(other);
    const open = await ordered(other, 'wechat_pay');
    await other.request('POST', `/v1/payment_intents/${open.intent}/cancel`, {}, 'cancel');
    expect(closing.close).toMatchObject([{ handles: { charge: CHARGE } }]);
  });

  it('are not needed: a record without any is captured and refunded by our references', async () => {
    const { sim, given, capture, refund } = await paid(HELD);
    const client = { ...clientOf(sim) };
    const nameless = <T extends { readonly handles?: unknown }>({ handles: _none, ...outcome }: T) => outcome;
    Object.assign(clientOf(sim), {
      capture: async (request: CaptureRequest) => {
        const { handles: _handles, ...without } = request;
        return nameless(await client.capture(without));
      },
      refund: async (request: RefundRequest) => {
        const { refunded: _refunded, ...without } = request;
        return nameless(await client.refund(without));
      },
    });
    expect((await capture()).status).toBe(200);
    expect((await refund()).status).toBe(200);

    expect(given.refund[0]).not.toHaveProperty('refunded');
    expect(recordsOf(sim.world).refunds[0]).toMatchObject({ status: 'succeeded' });
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a name that has another value now', () => {
  const other = { charge: 'ch000000000000' };

  it('changes nothing and raises an alarm: of an attempt, a capture and a refund', async () => {
    const { sim, capture, refund, payment } = await paid(HELD);
    await capture();
    await refund();
    sim.channel.callbacks.splice(0);
    const before = payment();
    const { reference } = before.attempts[0]!;
    const outcome = { ...OUTCOMES.authorized, handles: other };

    expect((await sim.takeOne({ about: 'attempt', reference, outcome })).applied).toBe('weaker');
    const renamed = { ...SUCCEEDED, handles: { capture: 'cp000000000000' } };
    expect((await sim.takeOne({ about: 'operation', reference, operation: 1, outcome: renamed })).applied).toBe(
      'weaker',
    );
    const [stored] = recordsOf(sim.world).refunds;
    const back = { ...SUCCEEDED, handles: { refund: 'rf000000000000' } };
    const fact = { about: 'refund', reference: stored!.reference, outcome: back } as const;
    expect((await sim.takeOne(fact)).applied).toBe('weaker');

    expect(payment()).toEqual(before);
    expect(recordsOf(sim.world).refunds[0]).toEqual(stored);
  });

  it('does not hide the money that comes with it: that is applied, and the alarm is raised all the same', async () => {
    const { sim, payment } = await paid(HELD);
    const { reference } = payment().attempts[0]!;
    const outcome = { ...OUTCOMES.captured, amount: 10_000n, handles: other };

    expect((await sim.takeOne({ about: 'attempt', reference, outcome })).applied).toBe('differs');

    expect(payment().status).toBe('succeeded');
    expect(payment().attempts[0]?.handles).toEqual({ charge: CHARGE });
  });
});

describe('names alone', () => {
  const handles = { pspReference: 'PSP1' };

  it('are news, and announce nothing', () => {
    const before = known('sent', false);
    const outcome = { ...OUTCOMES.pending, handles };

    expect(isNews(before, before.attempts[0]!, outcome)).toBe(true);
    const after = applyOutcome(before, 1, outcome, COMMIT)!;

    expect(after).toMatchObject({ version: 6, status: 'processing', attempts: [{ status: 'sent', handles }] });
    expect(paymentTypes(before, after)).toEqual([]);
    expect(isNews(after, after.attempts[0]!, outcome)).toBe(false);
    expect(applyOutcome(after, 1, outcome, COMMIT)).toBeUndefined();
  });

  it('leave what the request announces to the request', () => {
    const before = { ...known('sent', false), cause: 'confirming', unannounced: true } as const;

    const after = applyOutcome(before, 1, { ...OUTCOMES.pending, handles }, COMMIT)!;

    expect(after).toMatchObject({ cause: 'confirming', unannounced: true });
    expect(paymentTypes(before, after)).toEqual([]);
  });

  it('of a report that contradicts the record, or must wait, are not learned', () => {
    const captured = known('captured', false);
    expect(applyOutcome(captured, 1, { ...OUTCOMES.failed, handles }, COMMIT)).toBeUndefined();

    const pending = { kind: 'increment', operation: 1, amount: 3_000n, sentMs: 1 } as const;
    const raising = { ...known('authorized', true), pending };
    const held = { ...OUTCOMES.authorized, amount: 2_500n, handles };
    expect(applyOutcome(raising, 1, held, COMMIT)).toBeUndefined();
  });

  it('of a capture that is pending are kept with it, and with its success they are the capture’s', () => {
    const pending = { kind: 'capture', operation: 1, amount: 2_000n, sentMs: 1 } as const;
    const sent = { ...known('authorized', true), operations: 1, pending };

    const named = applyOperation(sent, 1, { kind: 'pending', handles }, COMMIT)!;
    expect(named.pending).toEqual({ ...pending, handles });
    expect(applyOperation(named, 1, { kind: 'pending', handles }, COMMIT)).toBeUndefined();

    const done = applyOperation(named, 1, { kind: 'succeeded', handles: { capture: 'C1' } }, COMMIT)!;
    expect(done.capture?.handles).toEqual({ ...handles, capture: 'C1' });
    const again = applyOperation(done, 1, { kind: 'succeeded', handles: { late: 'L1' } }, COMMIT)!;
    expect(again).toMatchObject({ status: 'succeeded', capture: { handles: { ...handles, late: 'L1' } } });
  });
});

describe('a reply that contradicts what a callback reported first', () => {
  it('teaches no handles, and leaves the record as it is', async () => {
    const sim = await simulate();
    const client = clientOf(sim);
    const { authorize } = client;
    let captured: unknown;
    client.authorize = async (request) => {
      const { handles: _, ...outcome } = await authorize(request);
      await sim.takeOne({ about: 'attempt', reference: request.reference, outcome });
      captured = recordsOf(sim.world).payments[0]!.attempts;
      return { ...OUTCOMES.failed, handles: { pspReference: 'PSP1' } };
    };
    const pay = { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
    const { status, body } = await sim.request('POST', '/v1/payment_intents', pay, 'key');

    expect([status, body.status]).toEqual([200, 'succeeded']);
    expect(recordsOf(sim.world).payments[0]!.attempts).toEqual(captured);
  });
});

describe('handles', () => {
  it.each([
    ['an empty value', ''],
    ['a value with a space', 'a b'],
    ['a value with another script', 'é'],
    ['a value over 100 characters', 'x'.repeat(101)],
    ['a number', 7],
    ['nothing', undefined],
  ])('%s is left out, and the others are kept', (_, value) => {
    expect(handlesIn({ bad: value, trade_no: '2026!~' })).toEqual({ handles: { trade_no: '2026!~' } });
    expect(handlesIn({ bad: value })).toEqual({});
  });

  it('are six at most, also when more are learned', () => {
    const many = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`name${n}`, `v${n}`]));

    expect(Object.keys(handlesIn(many).handles!)).toHaveLength(6);
    const grown = withNewHandles({ first: '1', second: '2' }, many)!;
    expect(Object.keys(grown)).toEqual(['first', 'second', 'name0', 'name1', 'name2', 'name3']);
    expect(withNewHandles(grown, { more: '1' })).toBe(grown);
  });

  it('keep the first value of a name, and say that another came', () => {
    const first = { charge: 'a' };

    expect(withNewHandles(first, { charge: 'b' })).toBe(first);
    expect(withNewHandles(first, undefined)).toBe(first);
    expect(withNewHandles(undefined, {})).toBeUndefined();
    expect(handlesDiffer(first, { charge: 'b' })).toBe(true);
    expect(handlesDiffer(first, { charge: 'a', capture: 'c' })).toBe(false);
    expect(handlesDiffer(undefined, { charge: 'b' })).toBe(false);
  });
});

it('a return of unapplied money names the payment that it is of', async () => {
  const sim = await simulate();
  const given = spied(sim);
  const { intent, reference } = await ordered(sim, 'wechat_pay');
  await sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');
  sim.channel.takeAnyway(reference, 10_000n);
  await sim.deliverCallbacks();
  await sim.world.runQueues();

  await minutes(sim, 2);

  expect(given.refund).toMatchObject([
    { payment: reference, amount: 10_000n, createdMs: expect.any(Number), refunded: { payment: { charge: CHARGE } } },
  ]);
  expect(await audit(sim)).toEqual([]);
});
