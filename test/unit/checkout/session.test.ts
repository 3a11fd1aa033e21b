/** What becomes of a session when its payment or setup intent gets somewhere: every state with every outcome. */
import { describe, expect, it } from 'vitest';
import { isOver, type Outcome, type Session, sessionAfter } from '../../../functions/checkout/session.ts';
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
  expired: { ...SESSION, status: 'expired', endedMs: 5_000 },
};

describe('a session after its intent', () => {
  it.each<[keyof typeof STATES, Outcome, string | undefined]>([
    ['open', 'paid', 'complete paid ended at 7001'],
    ['open', 'secured', 'complete ended at 7001'],
    ['open', 'failed', undefined],
    ['open', 'canceled', 'expired ended at 7001'],
    ['paying', 'paid', 'complete paid ended at 7001'],
    ['paying', 'secured', 'complete ended at 7001'],
    ['paying', 'failed', 'open'],
    ['paying', 'canceled', 'expired ended at 7001'],
    ['held', 'paid', 'complete paid ended at 5000'],
    ['held', 'secured', undefined],
    ['held', 'failed', undefined],
    ['held', 'canceled', undefined],
    ['paid', 'paid', undefined],
    ['paid', 'secured', undefined],
    ['paid', 'failed', undefined],
    ['paid', 'canceled', undefined],
    ['expired', 'paid', undefined],
    ['expired', 'secured', undefined],
    ['expired', 'failed', undefined],
    ['expired', 'canceled', undefined],
  ])('%s, then %s: %s', (state, outcome, expected) => {
    const after = sessionAfter(STATES[state]!, outcome, 7_000);

    const told = after && [
      after.status,
      after.paying && 'paying',
      after.paid && 'paid',
      after.endedMs && `ended at ${after.endedMs}`,
    ];
    expect(told?.filter(Boolean).join(' ')).toBe(expected);
    if (after) expect(after).toMatchObject({ version: 5, committedMs: after.endedMs === 7_001 ? 7_001 : 7_000 });
  });

  it('commits strictly later than it did, also where its intent’s clock was behind', () => {
    expect(sessionAfter(SESSION, 'canceled', 3_000)).toMatchObject({ committedMs: 5_001, endedMs: 5_001 });
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
