/** The one table of aggregates: what the payments table's stream carries. One more aggregate is one more line here. */
import { checkoutKind } from '../checkout/kind.ts';
import { customerKind } from '../customers/kind.ts';
import { disputeKind } from '../disputes/kind.ts';
import { methodKind } from '../payment-methods/kind.ts';
import { paymentKind } from '../payments/kind.ts';
import { payoutKind } from '../payouts/kind.ts';
import { priceKind, productKind } from '../products/kind.ts';
import { refundKind } from '../refunds/kind.ts';
import { setupKind } from '../setup-intents/kind.ts';
import type { AggregateKind } from './kind/kind.ts';

/** By their items' `kind`. */
export const KINDS = {
  payment: paymentKind,
  refund: refundKind,
  payout: payoutKind,
  dispute: disputeKind,
  customer: customerKind,
  method: methodKind,
  setup: setupKind,
  checkout_session: checkoutKind,
  product: productKind,
  price: priceKind,
} as const;

type KindName = keyof typeof KINDS;
type ImageOf<K> = K extends AggregateKind<infer T> ? T : never;

export type ChangeOf<K extends KindName> = {
  readonly kind: K;
  readonly old?: ImageOf<(typeof KINDS)[K]>;
  readonly new: ImageOf<(typeof KINDS)[K]>;
};
/** A commit: which aggregate went from which state to which. */
export type Change = { readonly [K in KindName]: ChangeOf<K> }[KindName];

export const isKindName = (name: unknown): name is KindName => typeof name === 'string' && Object.hasOwn(KINDS, name);

/** The line of the change's kind; the change itself says that the two fit. */
export const kindOf = ({ kind }: Pick<Change, 'kind'>): AggregateKind<Change['new']> =>
  KINDS[kind] as unknown as AggregateKind<Change['new']>;
