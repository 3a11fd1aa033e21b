import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../functions/kernel/clock.ts';
import type { Scope } from '../../../../functions/kernel/ids.ts';
import type { Currency } from '../../../../functions/kernel/money.ts';
import { parseCurrency } from '../../../../functions/kernel/money.ts';
import type { TestRisk } from '../../../../functions/kernel/test-cards.ts';
import { countAttempts } from '../../../../functions/risk/features/count.ts';
import { NONE } from '../../../../functions/risk/features/features.ts';
import type { RiskSubject } from '../../../../functions/risk/port/port.ts';
import { decide, riskEngine } from '../../../../functions/risk/rules/engine.ts';
import { RULES } from '../../../../functions/risk/rules/rules.ts';
import { memoryTable } from '../../../world/memory-table.ts';
import { AT_MS, card, feature } from '../features.ts';

const subject: RiskSubject = {
  scope: 'AcmeTest' as Scope,
  livemode: false,
  amount: 2_000n,
  currency: 'usd' as Currency,
  card,
  email: 'a@b.example',
  atMs: AT_MS,
};
const normal = { action: 'allow', level: 'normal', score: 10, reasons: [] };
const never: Clock = { nowMs: () => AT_MS, sleep: () => new Promise(() => undefined) };

describe('decide', () => {
  const evidence = { subject, card: NONE, email: NONE };
  const tested = (testRisk: TestRisk) => decide({ ...evidence, subject: { ...subject, card: { ...card, testRisk } } });

  it('allows a payment that no rule matches', () => expect(decide(evidence)).toEqual(normal));

  it('reviews elevated risk', () =>
    expect(tested('elevated')).toEqual({
      action: 'review',
      level: 'elevated',
      score: 68,
      rule: 'test_card_elevated_risk',
      reasons: ['test_card_elevated_risk'],
    }));

  it('blocks highest risk, and the card that is always blocked', () => {
    expect(tested('highest')).toMatchObject({
      action: 'block',
      level: 'highest',
      score: 90,
      rule: 'test_card_highest_risk',
    });
    expect(tested('blocked')).toMatchObject({
      action: 'block',
      level: 'highest',
      score: 100,
      rule: 'test_card_always_blocked',
    });
  });

  it('requests a challenge of normal risk where a rule does', () => {
    const rule = 'test_card_requests_3ds';

    expect(tested('request_3ds')).toEqual({ ...normal, action: 'request_3ds', rule, reasons: [rule] });
  });

  it('blocks what is of highest risk, whatever else a rule requests', () => {
    const asking = { ...card, testRisk: 'request_3ds' as const };
    const decision = decide({ subject: { ...subject, card: asking }, card: { attempts: 6, declined: 6 }, email: NONE });

    expect(decision).toMatchObject({ action: 'block', rule: 'card_declined_often' });
  });

  it.each([
    [{ attempts: 2, declined: 2 }, 10, 'allow', []],
    [{ attempts: 3, declined: 3 }, 66, 'review', ['card_declined_repeatedly']],
    [{ attempts: 5, declined: 5 }, 66, 'review', ['card_declined_repeatedly']],
    [{ attempts: 6, declined: 6 }, 78, 'block', ['card_declined_often']],
    [{ attempts: 29, declined: 0 }, 10, 'allow', []],
    [{ attempts: 30, declined: 0 }, 76, 'block', ['card_used_very_often']],
    [{ attempts: 30, declined: 6 }, 100, 'block', ['card_declined_often', 'card_used_very_often']],
  ])('card seen %j: score %i, %s', (card, score, action, reasons) => {
    expect(decide({ ...evidence, card })).toMatchObject({ score, action, reasons });
  });

  it.each([
    [{ attempts: 4, declined: 4 }, 10, 'allow'],
    [{ attempts: 5, declined: 5 }, 66, 'review'],
    [{ attempts: 10, declined: 10 }, 78, 'block'],
  ])('e-mail seen %j: score %i, %s', (email, score, action) => {
    expect(decide({ ...evidence, email })).toMatchObject({ score, action });
  });

  it('adds up what alone decides nothing, strongest reason first', () => {
    const prepaid = { ...card, funding: 'prepaid' };

    expect(decide({ ...evidence, subject: { ...subject, card: prepaid, amount: 500_000n } })).toEqual({
      action: 'allow',
      level: 'normal',
      score: 30,
      reasons: ['amount_very_high', 'prepaid_card'],
    });
    expect(decide({ ...evidence, subject: { ...subject, amount: 499_999n } })).toEqual(normal);
  });

  it.each([
    ['usd', 499_999n, 500_000n],
    ['eur', 399_999n, 400_000n],
    ['jpy', 799_999n, 800_000n],
    ['huf', 149_999_999n, 150_000_000n],
    ['krw', 7_999_999n, 8_000_000n],
    ['kwd', 1_499_999n, 1_500_000n],
  ] as const)('takes an amount in %s as very high from its own threshold on', (code, below, from) => {
    const reasons = (amount: bigint) =>
      decide({ ...evidence, subject: { ...subject, currency: parseCurrency(code)!, amount } }).reasons;

    expect(reasons(below)).toEqual([]);
    expect(reasons(from)).toEqual(['amount_very_high']);
  });

  it('takes no usual payment as very high: 500,000 yen, 5,000 forint, 50,000 won', () => {
    for (const [code, amount] of [
      ['jpy', 500_000n],
      ['huf', 500_000n],
      ['krw', 500_000n],
      ['clp', 500_000n],
    ] as const)
      expect(decide({ ...evidence, subject: { ...subject, currency: parseCurrency(code)!, amount } })).toEqual(normal);
  });

  it('every rule has an id of its own, and points or a request', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    expect(RULES.every(({ points, requests3ds }) => points > 0 || requests3ds)).toBe(true);
  });
});

describe('assess', () => {
  const declinedTimes = async (count: number) => {
    const table = memoryTable();
    for (let n = 1; n <= count; n++) await countAttempts(table, { attempts: [feature(n, 'declined')], reviews: [] });
    return table;
  };

  it('reads what was counted of the card and the address, in one call', async () => {
    const table = await declinedTimes(3);
    const before = table.calls;

    expect(await riskEngine(table, never).assess({ ...subject, atMs: AT_MS + 3_600_000 })).toMatchObject({
      action: 'review',
      score: 66,
      reasons: ['card_declined_repeatedly'],
    });
    expect(table.calls - before).toBe(1);
  });

  it('forgets what was two hours ago, and knows nothing of other scopes', async () => {
    const table = await declinedTimes(6);

    expect(await riskEngine(table, never).assess({ ...subject, atMs: AT_MS + 7_200_000 })).toEqual(normal);
    expect(await riskEngine(table, never).assess({ ...subject, scope: 'OtherOne' as Scope })).toEqual(normal);
  });

  it('does not hold the velocity of a published test id against a test', async () => {
    const table = await declinedTimes(6);
    const { email: _, ...anonymous } = subject;
    const before = table.calls;

    const decision = await riskEngine(table, never).assess({
      ...anonymous,
      card: { ...card, published: true },
    });

    expect([decision, table.calls - before]).toEqual([normal, 0]);
  });

  it('fails open when the features cannot be read', async () => {
    const table = memoryTable();
    table.onCall = () => {
      throw new Error('table out of reach');
    };

    expect(await riskEngine(table, never).assess(subject)).toEqual({ ...normal, reasons: ['features_unavailable'] });
  });

  it('fails open after 250 ms, and still judges what the payment says itself', async () => {
    const table = memoryTable();
    table.onCall = () => new Promise(() => undefined);
    const waits: number[] = [];
    const clock: Clock = { nowMs: () => AT_MS, sleep: async (ms) => void waits.push(ms) };

    const decision = await riskEngine(table, clock).assess({ ...subject, card: { ...card, testRisk: 'blocked' } });

    expect(waits).toEqual([250]);
    expect(decision).toMatchObject({ action: 'block', reasons: ['test_card_always_blocked', 'features_unavailable'] });
  });
});
