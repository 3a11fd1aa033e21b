/** What is measured beside Sluice, in the order of the table. */
import { HTTP_FLOOR } from './http-floor.ts';
import { KILL_BILL } from './kill-bill.ts';
import { LOCALSTRIPE } from './localstripe.ts';
import type { Peer } from './peer.ts';
import { POSTGRES } from './postgres.ts';
import { STRIPE_MOCK } from './stripe-mock.ts';

/** A product that no registry here has. */
const missing = (name: string, reason: string): Peer => ({
  name,
  counts: '',
  install: () => reason,
  start: () => Promise.reject(new Error(reason)),
});

export const PEERS: readonly Peer[] = [
  HTTP_FLOOR,
  POSTGRES,
  STRIPE_MOCK,
  LOCALSTRIPE,
  KILL_BILL,
  missing('Formance ledger', 'the Go module proxy does not serve its module (github.com/formancehq/ledger)'),
];
