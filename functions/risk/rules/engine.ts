/** From features to a decision: one batch read, then rules without I/O. */
import type { Clock } from '../../kernel/clock.ts';
import type { Table } from '../../table/table.ts';
import { type Entity, featureKeys, NONE, velocityOf } from '../features/features.ts';
import type { Risk, RiskSubject } from '../port/port.ts';
import { FEATURES_UNAVAILABLE, type RiskAction, type RiskDecision, type RiskLevel } from '../port/risk.ts';
import { BASE_SCORE, type Evidence, RULES } from './rules.ts';

/** From these scores on (Stripe Radar's own). */
const ELEVATED = 65;
const HIGHEST = 75;
/** A payment does not wait longer for its features; without them it is judged by what it says itself. */
const DEADLINE_MS = 250;

const ACTIONS: Readonly<Partial<Record<RiskLevel, RiskAction>>> = { highest: 'block', elevated: 'review' };

/** The decision of the rules. Highest risk is blocked, elevated risk reviewed by a person. */
export function decide(evidence: Evidence): RiskDecision {
  const matched = RULES.filter((rule) => rule.matches(evidence)).sort((a, b) => b.points - a.points);
  const score = Math.min(100, BASE_SCORE + matched.reduce((sum, rule) => sum + rule.points, 0));
  const level: RiskLevel = score >= HIGHEST ? 'highest' : score >= ELEVATED ? 'elevated' : 'normal';
  const asking = matched.find(({ requests3ds }) => requests3ds)?.id;
  const decisive = level === 'normal' ? asking : matched[0]?.id;
  return {
    action: ACTIONS[level] ?? (asking === undefined ? 'allow' : 'request_3ds'),
    level,
    score,
    ...(decisive !== undefined && { rule: decisive }),
    reasons: matched.map((rule) => rule.id),
  };
}

/** The port that payments asks. */
export const riskEngine = (table: Table, clock: Clock): Risk => ({
  async assess(subject) {
    const features = await withinDeadline(readFeatures(table, subject), clock);
    if (features) return decide({ subject, ...features });
    const decision = decide({ subject, card: NONE, email: NONE });
    return { ...decision, reasons: [...decision.reasons, FEATURES_UNAVAILABLE] };
  },
});

async function readFeatures(table: Table, subject: RiskSubject): Promise<Pick<Evidence, 'card' | 'email'>> {
  const { scope, email, atMs } = subject;
  // The velocity of a published test card says nothing.
  const card = subject.card?.published ? undefined : subject.card?.fingerprint;
  const keysOf = (entity: Entity, value: string | undefined) =>
    value === undefined ? [] : featureKeys(scope, entity, value, atMs);
  const [cardKeys, emailKeys] = [keysOf('card', card), keysOf('email', email)];
  const keys = [...cardKeys, ...emailKeys];
  if (keys.length === 0) return { card: NONE, email: NONE };
  // The counters follow the stream, so they are late by more than an eventually consistent read.
  const items = await table.getMany(
    keys.map((key) => ({ table: 'risk' as const, key })),
    'eventual',
  );
  return {
    card: velocityOf(items.slice(0, cardKeys.length), atMs),
    email: velocityOf(items.slice(cardKeys.length), atMs),
  };
}

/** What the promise gives, or undefined when it fails or takes too long: risk fails open, and the reasons say so. */
async function withinDeadline<T>(promise: Promise<T>, clock: Clock): Promise<T | undefined> {
  const guarded = promise.catch(() => undefined);
  return Promise.race([guarded, clock.sleep(DEADLINE_MS).then(() => undefined)]);
}
