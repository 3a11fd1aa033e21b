/** What a commit of a Checkout Session announces. */

import { EVENT_VERSIONS, type Projection } from '../stream/kind/kind.ts';
import { sessionTypes } from './event-types.ts';
import type { Session } from './session.ts';
import { renderSession } from './wire.ts';

const before = (session: Session): Session | undefined =>
  session.endedMs === session.committedMs ? { ...session, status: 'open' } : undefined;

export const checkoutProjection: Projection<Session> = {
  family: 'o',
  // A session has the object key of its setup intent.
  firstEventVersion: 2 * EVENT_VERSIONS,
  types: sessionTypes,
  object: (session) => renderSession(session),
  before,
  due: (old, { status, expiresMs }) => (old || status !== 'open' ? undefined : { kind: 'k', atMs: expiresMs }),
};
