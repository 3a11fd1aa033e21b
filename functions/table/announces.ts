/** What a commit announces, stored with it, so that no reader derives it from two images (ADR 0026). */
import { without } from '../kernel/without.ts';

export interface Announces {
  /** The version that the commit made. A function of 0.1 copies this member into its own commits, of which it says nothing. */
  readonly version: number;
  /** Types of the events, oldest first. */
  readonly types: readonly string[];
}

interface Announcing {
  readonly version: number;
  readonly announces?: Announces;
}

/**
 * The value with what its commit announces. `before` is the stored value that it follows; undefined for a first version.
 * @throws Error where it does not follow `before`
 */
export function announcing<T extends Announcing>(
  types: (before: T | undefined, now: T) => readonly string[],
  before: T | undefined,
  now: T,
): T {
  const { version } = now;
  if (version !== (before?.version ?? 0) + 1)
    throw new Error(`version ${version} does not follow version ${before?.version ?? 0}`);
  return { ...now, announces: { version, types: types(before, now) } };
}

/** Types that the last commit says it announces; undefined where it does not say. */
export const announcedBy = ({ version, announces }: Announcing): readonly string[] | undefined =>
  announces !== undefined && announces.version === version ? announces.types : undefined;

/** The value without that member. */
export const unannounced = <T extends Announcing>(value: T): T => without(value, 'announces') as T;
