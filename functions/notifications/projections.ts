/**
 * From a commit to the events it announces: a pure function of the stream record, so that the same record twice is the same events
 * under the same ids. Types and order are Stripe's (https://docs.stripe.com/api/events/types).
 */

import { checkoutProjection } from '../checkout/events.ts';
import { customerProjection } from '../customers/events.ts';
import { disputeProjection } from '../disputes/events.ts';
import { jsonText } from '../kernel/json.ts';
import { methodProjection } from '../payment-methods/events.ts';
import { paymentProjection } from '../payments/events.ts';
import { payoutProjection } from '../payouts/events.ts';
import { refundProjection } from '../refunds/events.ts';
import type { Token } from '../search/index/tokens.ts';
import { setupProjection } from '../setup-intents/events.ts';
import type { Aggregates, Change } from '../stream/change.ts';
import type { Projection } from '../stream/kind/projection.ts';

const PROJECTIONS: { readonly [K in keyof Aggregates]: Projection<Aggregates[K]> } = {
  payment: paymentProjection,
  refund: refundProjection,
  payout: payoutProjection,
  customer: customerProjection,
  method: methodProjection,
  dispute: disputeProjection,
  setup: setupProjection,
  checkout_session: checkoutProjection,
};

/** The projection of the change's kind; the change itself says that the two fit. */
export const projectionOf = ({ kind }: Pick<Change, 'kind'>): Projection<Change['new']> =>
  PROJECTIONS[kind] as Projection<Change['new']>;

/** Types of the events of a commit, oldest first. */
export const eventTypesOf = (change: Change): readonly string[] => projectionOf(change).types(change.old, change.new);

/** Tokens that the object has since this commit; what it had before was noted with an earlier one. */
export function newTokens(change: Change): readonly Token[] {
  const { tokens } = projectionOf(change);
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
  const { object } = projectionOf(change);
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
