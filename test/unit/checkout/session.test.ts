/** What becomes of a session when its payment or setup intent gets somewhere: every state with every outcome. */
import { describe, expect, it } from 'vitest';
import { sessionTypes } from '../../../functions/checkout/event-types.ts';
import {
  isOver,
  type Outcome,
  type Session,
  sessionAfter,
  successAddress,
} from '../../../functions/checkout/session.ts';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';

const SESSION: Session = {
  scope: 'AAAAAAAA' as Scope,
  body: '0000000000000000000000' as ObjectKey,
  version: 4,
  livemode: false,
  createdMs: 1_000,
  committedMs: 5_000,
  status: 'open',
  mode: 'payment',
  expiresMs: 9_000,
  successUrl: 'https://shop.example/',
  metadata: {},
};
const STATES: Readonly<Record<string, Session>> = {
  open: SESSION,
  paying: { ...SESSION, paying: true },
  held: { ...SESSION, status: 'complete', endedMs: 5_000 },
  paid: { ...SESSION, status: 'complete', paid: true, endedMs: 5_000 },
  'paid later': { ...SESSION, status: 'complete', delayed: 'pending', endedMs: 5_000 },
  'paid late': { ...SESSION, status: 'complete', delayed: 'succeeded', paid: true, endedMs: 5_000 },
  'never paid': { ...SESSION, status: 'complete', delayed: 'failed', endedMs: 5_000 },
  expired: { ...SESSION, status: 'expired', endedMs: 5_000 },
};

describe('a session after its intent', () => {
  it.each<[keyof typeof STATES, Outcome, string | undefined]>([
    ['open', 'paid', 'complete paid ended at 7001'],
    ['open', 'secured', 'complete ended at 7001'],
    ['open', 'failed', undefined],
    ['open', 'canceled', 'expired ended at 7001'],
    ['open', 'delayed', 'complete delayed pending ended at 7001'],
    ['paying', 'paid', 'complete paid ended at 7001'],
    ['paying', 'secured', 'complete ended at 7001'],
    ['paying', 'failed', 'open'],
    ['paying', 'canceled', 'expired ended at 7001'],
    ['paying', 'delayed', 'complete delayed pending ended at 7001'],
    ['held', 'paid', 'complete paid ended at 5000'],
    ['held', 'secured', undefined],
    ['held', 'failed', undefined],
    ['held', 'canceled', undefined],
    ['held', 'delayed', undefined],
    ['paid', 'paid', undefined],
    ['paid', 'secured', undefined],
    ['paid', 'failed', undefined],
    ['paid', 'canceled', undefined],
    ['paid', 'delayed', undefined],
    ['paid later', 'paid', 'complete paid delayed succeeded ended at 5000'],
    ['paid later', 'secured', undefined],
    ['paid later', 'failed', 'complete delayed failed ended at 5000'],
    ['paid later', 'canceled', 'complete delayed failed ended at 5000'],
    ['paid later', 'delayed', undefined],
    ['paid late', 'paid', undefined],
    ['paid late', 'failed', undefined],
    ['paid late', 'canceled', undefined],
    ['never paid', 'paid', 'complete paid delayed succeeded ended at 5000'],
    ['never paid', 'failed', undefined],
    ['never paid', 'canceled', undefined],
    ['expired', 'paid', undefined],
    ['expired', 'secured', undefined],
    ['expired', 'failed', undefined],
    ['expired', 'canceled', undefined],
    ['expired', 'delayed', undefined],
  ])('%s, then %s: %s', (state, outcome, expected) => {
    const after = sessionAfter(STATES[state]!, outcome, 7_000);

    const told = after && [
      after.status,
      after.paying && 'paying',
      after.paid && 'paid',
      after.delayed && `delayed ${after.delayed}`,
      after.endedMs && `ended at ${after.endedMs}`,
    ];
    expect(told?.filter(Boolean).join(' ')).toBe(expected);
    // What is announced stands a moment after the payment's own commit.
    const announced = after !== undefined && sessionTypes(STATES[state], after).length > 0;
    if (after) expect(after).toMatchObject({ version: 5, committedMs: announced ? 7_001 : 7_000 });
  });

  it('commits strictly later than it did, also where its intent’s clock was behind', () => {
    expect(sessionAfter(SESSION, 'canceled', 3_000)).toMatchObject({ committedMs: 5_001, endedMs: 5_001 });
  });
});

describe('what a commit of a session announces', () => {
  it.each<[keyof typeof STATES, Outcome, readonly string[]]>([
    ['paying', 'paid', ['checkout.session.completed']],
    ['paying', 'secured', ['checkout.session.completed']],
    ['paying', 'delayed', ['checkout.session.completed']],
    ['paying', 'failed', []],
    ['paying', 'canceled', ['checkout.session.expired']],
    ['held', 'paid', []],
    ['paid later', 'paid', ['checkout.session.async_payment_succeeded']],
    ['paid later', 'failed', ['checkout.session.async_payment_failed']],
    ['paid later', 'canceled', ['checkout.session.async_payment_failed']],
    ['never paid', 'paid', ['checkout.session.async_payment_succeeded']],
  ])('%s, then %s: %s', (state, outcome, types) => {
    expect(sessionTypes(STATES[state], sessionAfter(STATES[state]!, outcome, 7_000)!)).toEqual(types);
  });

  it('is nothing for a change of its metadata, also after a delayed payment', () => {
    for (const state of Object.values(STATES)) expect(sessionTypes(state, { ...state, version: 5 })).toEqual([]);
  });
});

describe('where its payer goes', () => {
  it.each([
    ['https://shop.example/done', 'https://shop.example/done'],
    [
      'https://shop.example/done?id={CHECKOUT_SESSION_ID}#top',
      'https://shop.example/done?id=cs_test_0000000000000000000000#top',
    ],
    ['https://shop.example/{CHECKOUT_SESSION_ID}/ä', 'https://shop.example/cs_test_0000000000000000000000/%C3%A4'],
    ['myshop://done', 'myshop://done'],
  ])('%s is %s', (successUrl, address) => {
    expect(successAddress({ ...SESSION, successUrl })).toBe(address);
  });
});

describe('time', () => {
  it.each<[string, Partial<Session>, number, boolean]>([
    ['is not up before', {}, 8_999, false],
    ['is up', {}, 9_000, true],
    ['does not end what is being paid', { paying: true }, 9_000, false],
    ['does not end what is complete', { status: 'complete' }, 9_000, false],
    ['has ended what is expired', { status: 'expired' }, 9_000, false],
  ])('%s', (_what, changes, nowMs, over) => {
    expect(isOver({ ...SESSION, ...changes }, nowMs)).toBe(over);
  });
});
