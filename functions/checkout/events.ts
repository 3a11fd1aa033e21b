/** What a commit of a Checkout Session announces: its end, once. Payments by card have no other news than that (docs/api.md). */

import type { Projection } from '../stream/kind/projection.ts';
import type { Session } from './session.ts';
import { renderSession } from './wire.ts';

function types(old: Session | undefined, { status }: Session): readonly string[] {
  if (old?.status === status || status === 'open') return [];
  return [status === 'complete' ? 'checkout.session.completed' : 'checkout.session.expired'];
}

export const checkoutProjection: Projection<Session> = {
  family: 'o',
  types,
  object: (session) => renderSession(session),
  due: (old, { status, expiresMs }) => (old || status !== 'open' ? undefined : { kind: 'k', atMs: expiresMs }),
};
