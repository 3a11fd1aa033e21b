/** What a commit of a customer announces, and what a search finds it by. */

import { metadataTokens, type Token } from '../search/index/tokens.ts';
import type { Projection } from '../stream/kind/kind.ts';
import type { Customer } from './customer.ts';
import { customerTypes } from './event-types.ts';
import { renderCustomer } from './wire.ts';

const tokens = ({ metadata, email, name, phone }: Customer): readonly Token[] => [
  ...metadataTokens(metadata),
  ...Object.entries({ email, name, phone }).flatMap(([path, value]): Token[] =>
    value === undefined ? [] : [[path, value]],
  ),
];

export const customerProjection: Projection<Customer> = {
  family: 'o',
  types: customerTypes,
  object: renderCustomer,
  // A deleted one is shown as it was: its record keeps none of its members (docs.stripe.com/api/events/types).
  rendered: (old, now) =>
    now.status === 'deleted'
      ? { ...old, version: now.version, committedMs: now.committedMs, ...(now.request && { request: now.request }) }
      : now,
  tokens,
  before: (customer) => (customer.status === 'deleted' ? { ...customer, status: 'active' } : undefined),
  // The request that deletes it detaches its cards. The janitor detaches the remaining ones.
  recheck: ({ status }) => (status === 'deleted' ? 'c' : undefined),
};
