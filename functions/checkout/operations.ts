/** The operations of the checkout context. */
import { listLineItems, listSessions, retrieveSession } from './reads.ts';
import { createSession, expireSession, updateSession } from './sessions.ts';
import { completeSession } from './test-helpers.ts';

export const checkoutOperations = [
  createSession,
  listSessions,
  retrieveSession,
  updateSession,
  expireSession,
  listLineItems,
  completeSession,
] as const;
