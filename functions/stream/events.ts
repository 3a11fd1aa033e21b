/**
 * From a commit to the events it announces: a pure function of the stream record, so that the same record twice is the same events
 * under the same ids. Types and order are Stripe's (https://docs.stripe.com/api/events/types).
 */

import { jsonText } from '../kernel/json.ts';
import type { Token } from '../search/index/tokens.ts';
import { announcedBy } from '../table/announces.ts';
import { type Change, kindOf } from './kinds.ts';

/**
 * Types of the events of a commit, oldest first: what it says itself, or what the images tell where it does not say. A change of the item that is
 * no commit (the version stays) announces nothing.
 */
export function eventTypesOf(change: Change): readonly string[] {
  const announced = announcedBy(change.new);
  if (announced === undefined) return computedTypesOf(change);
  return change.old?.version === change.new.version ? [] : announced;
}

/** Types of the events of a commit that does not say what it announces. */
export const computedTypesOf = (change: Change): readonly string[] => kindOf(change).types(change.old, change.new);

/** Tokens that the object has since this commit; what it had before was noted with an earlier one. */
export function newTokens(change: Change): readonly Token[] {
  const { tokens } = kindOf(change);
  if (!tokens) return [];
  const before = new Set(change.old ? tokens(change.old).map((token) => token.join('\n')) : []);
  return tokens(change.new).filter((token) => !before.has(token.join('\n')));
}

/**
 * What `….updated` events show of before: the members of the object that the commit changed, as they were; null for those that were
 * not there (docs.stripe.com/api/events/object). Undefined where no such event is announced.
 */
export function previousAttributes(change: Change, types: readonly string[]): object | undefined {
  const updated = types.find((type) => type.endsWith('.updated'));
  if (updated === undefined || !change.old) return undefined;
  const { object } = kindOf(change);
  return changedIn(object(change.old, updated, change.new), object(change.new, updated));
}

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function changedIn(old: object, now: object): object {
  const [before, after] = [old as Members, now as Members];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    names.flatMap((name): [string, unknown][] => {
      const [was, is] = [before[name], after[name]];
      if (jsonText(was) === jsonText(is)) return [];
      return [[name, isObject(was) && isObject(is) ? changedIn(was, is) : (was ?? null)]];
    }),
  );
}

/** Types of the events of the commit that made this image, as far as the image shows. */
export function lastTypesOf(change: Pick<Change, 'kind' | 'new'>): readonly string[] {
  const announced = announcedBy(change.new);
  if (announced !== undefined) return announced;
  const last = lastCommitOf(change);
  return last ? computedTypesOf(last) : [];
}

/**
 * The change that made an image of 0.1, which does not say what it announces, as far as events go; undefined when the image does not tell.
 */
export function lastCommitOf({ kind, new: image }: Pick<Change, 'kind' | 'new'>): Change | undefined {
  if (image.version === 1) return { kind, new: image } as Change;
  const old = kindOf({ kind }).before?.(image);
  return old && ({ kind, old, new: image } as Change);
}
