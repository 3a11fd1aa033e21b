/**
 * Which equalities a search serves by notes (ADR 0009). Each note of a payment costs one write unit, so the merchant's settings say which
 * fields are noted (ADR 0021). Pure.
 */
import { CACHE_MS } from '../kernel/remembered.ts';

/**
 * The noted fields of a scope, each with the time (ms) from which every object has its note; 0: always. An object that was created earlier
 * is found by walking. Settings of 0.1 have none: it noted every field.
 */
export type SearchFields = Readonly<Record<string, number>>;

/** Lists by customer are served by this note, so it is always kept. */
export const ALWAYS_NOTED = 'customer';
const METADATA = 'metadata';
const LAST4 = 'payment_method_details.card.last4';
const FINGERPRINT = 'payment_method_details.card.fingerprint';

/** Every field that can be noted; `metadata` is every pair, `metadata.KEY` the pairs of one key. */
export const SEARCH_FIELDS = [METADATA, 'email', 'name', 'phone', LAST4, FINGERPRINT] as const;

/** What a new merchant gets. Card facts cost every payment two write units, and few merchants search by them. */
export const DEFAULT_SEARCH_FIELDS = [METADATA, 'email', 'name', 'phone'] as const;

/** Whether an equality on this path can have a note. */
export const isSelective = (path: string): boolean =>
  path === ALWAYS_NOTED || path.startsWith(`${METADATA}.`) || SEARCH_FIELDS.some((field) => field === path);

/** Since when (ms) every object with this value has a note; undefined where the field is not noted. */
export function notedSince(fields: SearchFields | undefined, path: string): number | undefined {
  if (path === ALWAYS_NOTED || fields === undefined) return 0;
  const since = [path, ...(path.startsWith(`${METADATA}.`) ? [METADATA] : [])].flatMap((name) =>
    Object.hasOwn(fields, name) ? [fields[name]!] : [],
  );
  return since.length === 0 ? undefined : Math.min(...since);
}

/** The setting that serves a path: all of metadata, or the field itself. */
export const fieldOf = (path: string): string => (path.startsWith(`${METADATA}.`) ? METADATA : path);

/** What is noted, by name. */
export const namesOf = (fields: SearchFields | undefined): readonly string[] =>
  fields === undefined ? SEARCH_FIELDS : Object.keys(fields);

/** For the settings of a new scope: nothing was created before. */
export const fieldsFromTheStart = (names: readonly string[]): SearchFields =>
  Object.fromEntries(names.map((name) => [name, 0]));

/** Consumers see a changed setting within `CACHE_MS`; twice that also covers clocks that differ. */
const SEEN_MS = 2 * CACHE_MS;

/** The fields after a change at `nowMs`: a field that was noted stays complete, a new one is complete from soon on. */
export function changedFields(old: SearchFields | undefined, names: readonly string[], nowMs: number): SearchFields {
  return Object.fromEntries(
    names.map((name) => {
      const since = old === undefined ? 0 : notedSince(old, name);
      return [name, since ?? nowMs + SEEN_MS];
    }),
  );
}

/** Whether the operator can name this field: one of the fields, or one key of metadata (Stripe's keys have up to 40 characters). */
export const isSearchField = (name: string): boolean =>
  SEARCH_FIELDS.some((field) => field === name) || /^metadata\.[^,]{1,40}$/.test(name);
