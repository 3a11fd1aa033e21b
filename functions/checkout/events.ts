/** What a commit of a Checkout Session announces: its end, once. Payments by card have no other news than that (docs/api.md). */

import { EVENT_VERSIONS, type Projection } from '../stream/kind/kind.ts';
import type { Session } from './session.ts';
import { renderSession } from './wire.ts';

function types(old: Session | undefined, { status }: Session): readonly string[] {
  if (old?.status === status || status === 'open') return [];
  return [status === 'complete' ? 'checkout.session.completed' : 'checkout.session.expired'];
}

const before = (session: Session): Session | undefined =>
  session.endedMs === session.committedMs ? { ...session, status: 'open' } : undefined;

export const checkoutProjection: Projection<Session> = {
  family: 'o',
  // A session has the body of its setup intent.
  firstEventVersion: 2 * EVENT_VERSIONS,
  types,
  object: (session) => renderSession(session),
  before,
  due: (old, { status, expiresMs }) => (old || status !== 'open' ? undefined : { kind: 'k', atMs: expiresMs }),
};
