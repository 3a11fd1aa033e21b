/** How an unknown outcome at Stripe is learned: by name, by our reference in lists, and never by sending a payment again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { libraryFor, orderAt, USD } from '../../simulators/stripe/library.ts';
import { type StripeUnderTest, stripeUnderTest } from '../../simulators/stripe/under-test.ts';

let under: StripeUnderTest;
beforeEach(async () => {
  under = await stripeUnderTest();
});
afterEach(() => under.close());

const order = (changes: Partial<AuthorizeRequest> = {}) => orderAt(under, changes);

/** Payments of another integration of the same account. */
async function others(count: number): Promise<void> {
  const sdk = libraryFor(under);
  for (let made = 0; made < count; made++)
    await sdk.paymentIntents.create({ amount: 100, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' });
}

/** A payment that Stripe took, and whose answer was lost. */
async function unanswered(changes: Partial<AuthorizeRequest> = {}): Promise<AuthorizeRequest> {
  const request = order(changes);
  under.simulator.faults.push({ kind: 'lose_response' });
  expect((await under.channel.authorize(request)).kind).toBe('unknown');
  return request;
}

const query = async (request: AuthorizeRequest) => (await under.channel.queryAttempt(request)).attempt;

describe('a payment whose answer was lost', () => {
  it('is found behind a hundred others, and is one payment', async () => {
    const request = await unanswered();
    await others(100);

    expect(await query(request)).toMatchObject({ kind: 'captured', amount: 1_000n });

    const lists = under.simulator.seen.filter(({ url }) => url.startsWith('/v1/payment_intents?'));
    expect([lists.length, lists[1]?.url.includes('starting_after=pi_')]).toEqual([2, true]);
    expect(under.simulator.books.money.filter(({ amount }) => amount === 1000)).toHaveLength(1);
  });

  it('is not denied before the whole list is read: a page that fails leaves it unknown', async () => {
    const request = order();
    await others(101);
    under.simulator.faults.push({ kind: 'delay', method: 'GET' }, { kind: 'error_before', method: 'GET' });

    expect(await query(request)).toMatchObject({ kind: 'unknown' });
    expect(await query(request)).toEqual({ kind: 'not_found' });
  });

  it('is not denied either while the list of verifications cannot be read', async () => {
    const request = order();
    under.simulator.faults.push({ kind: 'delay', method: 'GET' }, { kind: 'rate_limit', method: 'GET' });

    expect(await query(request)).toMatchObject({ kind: 'unknown' });
  });

  it('is not looked for among payments of another time', async () => {
    const request = await unanswered();

    expect(await query({ ...request, createdMs: request.createdMs - 31_000 })).toMatchObject({ kind: 'captured' });
    expect(await query({ ...request, createdMs: request.createdMs - 151_000 })).toEqual({ kind: 'not_found' });
    expect(await query({ ...request, createdMs: request.createdMs + 31_000 })).toEqual({ kind: 'not_found' });
  });

  it('and answered 500 stays unknown for the same request, which Stripe answers from its store', async () => {
    const request = order();
    under.simulator.faults.push({ kind: 'error_after' });

    expect((await under.channel.authorize(request)).kind).toBe('unknown');
    expect((await under.channel.authorize(request)).kind).toBe('unknown');

    expect(await query(request)).toMatchObject({ kind: 'captured', amount: 1_000n });
    expect(under.simulator.books.intents.size).toBe(1);
  });

  it('is unknown while its key is in use', async () => {
    const request = order();
    under.simulator.faults.push({ kind: 'delay', delayMs: 200 });

    const first = under.channel.authorize(request);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await under.channel.authorize(request);

    expect(second).toMatchObject({ kind: 'unknown' });
    expect(await first).toMatchObject({ kind: 'captured' });
  });

  it('in another currency than was asked for is for a person', async () => {
    const request = await unanswered();
    const [intent] = [...under.simulator.books.intents.values()];
    Object.assign(intent!, { currency: 'eur' });

    expect(await query(request)).toMatchObject({ kind: 'unknown', reason: 'Stripe has it in eur' });
  });
});

describe('a request that Stripe took for now', () => {
  it.each(['rate_limit', 'lock_timeout'] as const)(
    'not (%s) did nothing, and may go to another account',
    async (kind) => {
      const request = order();
      under.simulator.faults.push({ kind });

      expect(await under.channel.authorize(request)).toMatchObject({
        kind: 'failed',
        decline: { class: 'technical_not_accepted', networkCode: kind },
      });

      expect(under.simulator.books.intents.size).toBe(0);
      expect(await under.channel.authorize(request)).toMatchObject({ kind: 'captured' });
    },
  );

  it('not, because Stripe is down, is unknown', async () => {
    under.simulator.down = true;

    expect((await under.channel.authorize(order())).kind).toBe('unknown');
    expect((await query(order())).kind).toBe('unknown');
  });
});

describe('an operation', () => {
  const held = async (changes: Partial<AuthorizeRequest> = {}) => {
    const request = order({ capture: false, requestedFeatures: ['multicapture', 'increment'], ...changes });
    const { handles } = await under.channel.authorize(request);
    const at = (operation: number) => ({ ...request, handles: handles!, operation, sentMs: under.clock.nowMs() });
    const state = (operation?: { readonly number: number; readonly kind: 'void' }) =>
      under.channel.queryAttempt({ ...request, ...(operation && { operation: { ...operation, sentMs: 0 } }) });
    return { request, at, state, intent: under.simulator.books.intents.get(handles!.payment_intent!)! };
  };

  it('is known by its number after its answer was lost: several captures, and the release of the rest', async () => {
    const { at, state } = await held();
    const lost = () => under.simulator.faults.push({ kind: 'lose_response', method: 'POST' });

    lost();
    expect((await under.channel.capture({ ...at(1), amount: 300n, keepsRest: true })).kind).toBe('unknown');
    lost();
    expect((await under.channel.capture({ ...at(2), amount: 200n, keepsRest: true })).kind).toBe('unknown');
    lost();
    expect((await under.channel.void(at(3))).kind).toBe('unknown');

    const { attempt, operations, operationFacts } = await state();
    expect(attempt).toMatchObject({ kind: 'authorized' });
    expect([...operations].map(([number, { kind }]) => [number, kind])).toEqual([
      [1, 'succeeded'],
      [2, 'succeeded'],
      [3, 'succeeded'],
    ]);
    expect([...operationFacts!.values()]).toEqual([
      { kind: 'capture', amount: 300n, keepsRest: true },
      { kind: 'capture', amount: 200n, keepsRest: true },
      { kind: 'void' },
    ]);
    expect((await under.channel.void(at(3))).kind).toBe('succeeded');
    const sum = (field: 'amount' | 'fee') => under.simulator.books.money.reduce((total, one) => total + one[field], 0);
    expect(sum('amount')).toBe(500);
  });

  it('is a cancel where nothing was captured: of it Stripe keeps no mark, so the question names it', async () => {
    const { at, state } = await held();
    under.simulator.faults.push({ kind: 'delay', method: 'GET' }, { kind: 'lose_response', method: 'POST' });
    expect((await under.channel.void(at(1))).kind).toBe('unknown');

    expect((await state()).operations.size).toBe(0);
    expect((await state({ number: 1, kind: 'void' })).operations.get(1)).toEqual({ kind: 'succeeded' });
    expect((await state()).attempt).toMatchObject({ kind: 'authorized' });
    expect(await under.channel.void(at(1))).toEqual({ kind: 'succeeded' });
  });

  it('that never arrived has no mark', async () => {
    const { at, state } = await held();
    under.simulator.faults.push({ kind: 'lose_request', method: 'POST' });
    expect((await under.channel.capture({ ...at(1), amount: 300n })).kind).toBe('unknown');

    expect((await state()).operations.size).toBe(0);
  });

  it('that failed although its mark was kept is none: what was received decides', async () => {
    const { at, state, intent } = await held();
    intent.metadata = { ...intent.metadata, sluice_operation_1: '1 capture 300' };

    await under.channel.capture({ ...at(2), amount: 400n });

    expect([...(await state()).operations.keys()]).toEqual([2]);
    intent.metadata = { ...intent.metadata, sluice_operation_1: '1 capture 400' };
    expect((await state()).attempt).toMatchObject({ kind: 'unknown' });
    expect((await state()).operations.size).toBe(0);
  });

  it('of another party is reported with all that was taken', async () => {
    const { state, intent } = await held();
    await libraryFor(under).paymentIntents.capture(intent.id, { amount_to_capture: 700 });

    expect((await state()).attempt).toMatchObject({ kind: 'captured', amount: 700n });
    const facts = await under.callbacks();
    expect(facts.at(-1)).toMatchObject({ about: 'attempt', outcome: { kind: 'captured', amount: 700n } });
  });

  it('is known beyond the marks that Stripe has names for', async () => {
    const { at, state } = await held({ amount: 5_000n });

    for (let number = 1; number <= 45; number++)
      expect((await under.channel.capture({ ...at(number), amount: 100n, keepsRest: true })).kind).toBe('succeeded');

    const { operations, attempt } = await state();
    expect([operations.size, operations.get(45)?.kind]).toEqual([40, 'succeeded']);
    expect(attempt).toMatchObject({ kind: 'captured', amount: 4_500n });
  });
});

describe('a refund', () => {
  const paid = async (token = 'pm_card_visa') => {
    const request = order({ instrument: { kind: 'test', token } });
    const { handles } = await under.channel.authorize(request);
    const refund = {
      reference: under.reference(0),
      payment: request.reference,
      account: under.account,
      createdMs: under.clock.nowMs(),
      amount: 400n,
      currency: USD,
    };
    return { refund, named: { ...refund, refunded: { payment: handles! } } };
  };

  it('that the balance did not cover is retried under the same reference, and is one refund', async () => {
    const { named } = await paid();
    under.simulator.leastBalance = 941;
    const tooLow = { kind: 'failed', retryable: true, decline: { code: 'balance_insufficient' } };
    expect(await under.channel.refund(named)).toMatchObject(tooLow);
    expect(await under.channel.refund(named)).toMatchObject(tooLow);
    expect(await under.channel.queryRefund(named)).toEqual({ kind: 'not_found' });

    under.simulator.leastBalance = undefined;
    under.simulator.faults.push(
      { kind: 'delay', method: 'POST' },
      { kind: 'delay', method: 'POST' },
      { kind: 'lose_response', method: 'POST' },
    );
    expect((await under.channel.refund(named)).kind).toBe('unknown');

    expect(await under.channel.refund(named)).toMatchObject({ kind: 'succeeded' });
    expect(await under.channel.queryRefund(named)).toMatchObject({ kind: 'succeeded' });
    expect([...under.simulator.books.refunds.values()].map(({ amount }) => amount)).toEqual([400]);
  });

  it('of a record without names finds its payment, also days later, when the search knows it', async () => {
    const { refund } = await paid();
    under.clock.move(3 * 24 * 3_600_000);
    const later = { ...refund, reference: under.reference(0), createdMs: under.clock.nowMs() };

    expect(await under.channel.refund(later)).toMatchObject({ kind: 'succeeded' });
    expect(await under.channel.queryRefund(later)).toMatchObject({ kind: 'succeeded' });
  });

  it('of a payment that is not found is unknown, for the search may not know it yet', async () => {
    const { refund } = await paid();
    const other = { ...refund, payment: under.reference(1) };

    expect((await under.channel.refund(other)).kind).toBe('unknown');
    expect((await under.channel.queryRefund(other)).kind).toBe('unknown');
  });

  it('may be pending, succeed and fail later', async () => {
    const { named } = await paid('pm_card_pendingRefund');
    const outcome = await under.channel.refund(named);
    const [id] = [...under.simulator.books.refunds.keys()];

    under.simulator.finishRefund(id!, 'succeeded');
    const succeeded = await under.channel.queryRefund({ ...named, handles: outcome.handles! });
    under.simulator.finishRefund(id!, 'failed');
    const failed = await under.channel.queryRefund({ ...named, handles: outcome.handles! });

    expect([outcome.kind, succeeded.kind, failed.kind]).toEqual(['pending', 'succeeded', 'failed']);
    const reported = (await under.callbacks()).flatMap((fact) => (fact.about === 'refund' ? [fact.outcome.kind] : []));
    expect(reported).toEqual(['pending', 'succeeded', 'failed']);
  });
});
