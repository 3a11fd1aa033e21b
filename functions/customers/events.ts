/** What a commit of a customer announces, and what a search finds it by. */

import { metadataTokens, type Token } from '../search/index/tokens.ts';
import type { Projection } from '../stream/kind/kind.ts';
import type { Customer } from './customer.ts';
import { renderCustomer } from './wire.ts';

function types(old: Customer | undefined, customer: Customer): readonly string[] {
  if (!old) return ['customer.created'];
  if (customer.status !== old.status) return ['customer.deleted'];
  return JSON.stringify(renderCustomer(old)) === JSON.stringify(renderCustomer(customer)) ? [] : ['customer.updated'];
}

const tokens = ({ metadata, email, name, phone }: Customer): readonly Token[] => [
  ...metadataTokens(metadata),
  ...Object.entries({ email, name, phone }).flatMap(([path, value]): Token[] =>
    value === undefined ? [] : [[path, value]],
  ),
];

export const customerProjection: Projection<Customer> = {
  family: 'o',
  types,
  object: renderCustomer,
  // A deleted one is shown as it was: its record keeps none of its members (docs.stripe.com/api/events/types).
  shown: (old, now) =>
    now.status === 'deleted'
      ? { ...old, version: now.version, committedMs: now.committedMs, ...(now.request && { request: now.request }) }
      : now,
  tokens,
  before: (customer) => (customer.status === 'deleted' ? { ...customer, status: 'active' } : undefined),
  // The request that deletes it detaches its cards. The janitor detaches the remaining ones.
  recheck: ({ status }) => (status === 'deleted' ? 'c' : undefined),
};
