/** Velocity features: who was seen how often, per hour, kept as sets of charge ids, so that counting an attempt twice is counting it once. */
import { createHash } from 'node:crypto';
import type { Scope } from '../../kernel/ids.ts';
import { all, any, below, type Item, type Key, missing, type Write } from '../../table/table.ts';
import type { AttemptFeature } from '../port/message.ts';

const HOUR_MS = 3_600_000;
/** Hours that a decision looks at: the present one and the one before. */
export const HOURS_READ = 2;
/** Read for two hours, kept for two days: late messages find their bucket. */
const RETENTION_SECONDS = 48 * 3600;
/** No rule needs more: a counter that is full means "many". */
const MAXIMUM_COUNTED = 100n;

export type Entity = 'card' | 'email';

/** The counts of one card or e-mail address in the hours that are read. */
export interface Velocity {
  readonly attempts: number;
  readonly declined: number;
}
export const NONE: Velocity = { attempts: 0, declined: 0 };

const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);

/** E-mail addresses are stored as a hash: features hold no personal data. */
const hashOf = (scope: Scope, entity: Entity, value: string): string =>
  createHash('sha256').update(`${scope}|${entity}|${value.toLowerCase()}`).digest('base64url').slice(0, 22);

const featureKey = (scope: Scope, entity: Entity, value: string, hour: number): Key => ({
  pk: `${scope}#f#${entity}#${hashOf(scope, entity, value)}`,
  sk: `h${hour}`,
});

/** Keys of the buckets to read for a value at a time. */
export const featureKeys = (scope: Scope, entity: Entity, value: string, atMs: number): readonly Key[] =>
  Array.from({ length: HOURS_READ }, (_, back) => featureKey(scope, entity, value, hourOf(atMs) - back));

/** The sums over the buckets that were found and have not expired. */
export function velocityOf(items: readonly (Item | undefined)[], atMs: number): Velocity {
  const sizes = (name: string): number =>
    items.reduce((sum, item) => {
      const live = item !== undefined && Number(item.expiresAt) * 1000 > atMs;
      return sum + (live ? ((item[name] as ReadonlySet<string> | undefined)?.size ?? 0) : 0);
    }, 0);
  return { attempts: sizes('attempts'), declined: sizes('declined') };
}

/** The counting of one attempt. It conflicts when the bucket is full. */
export function countWrites(feature: AttemptFeature): readonly Write[] {
  const values: readonly (readonly [Entity, string | undefined])[] = [
    ['card', feature.fingerprint],
    ['email', feature.email],
  ];
  return values.flatMap(([entity, value]): Write[] => {
    if (value === undefined) return [];
    const hour = hourOf(feature.atMs);
    const charge = new Set([feature.attempt]);
    return [
      {
        kind: 'update',
        table: 'risk',
        key: featureKey(feature.scope, entity, value, hour),
        set: { expiresAt: ((hour + 1) * HOUR_MS) / 1000 + RETENTION_SECONDS },
        add: { attempts: charge, ...(feature.outcome !== 'authorized' && { declined: charge }), n: 1 },
        when: all(any(missing('n'), below('n', MAXIMUM_COUNTED))),
      },
    ];
  });
}
