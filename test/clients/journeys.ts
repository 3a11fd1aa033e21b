/** What every client's journey ends in, whatever its language calls its errors. */
import { expect } from 'vitest';
import type { Journey } from '../world/real-clients.ts';

export interface Errors {
  readonly card: string;
  readonly request: string;
  readonly idempotency: string;
  /** Of a forged webhook. */
  readonly forged: unknown;
  /** What stands for a code that is not there. */
  readonly none: unknown;
}

export function expectJourney({ seen, passed }: Journey, { card, request, idempotency, forged, none }: Errors): void {
  expect(seen).toEqual({
    paid: ['succeeded', 2000],
    declined: [card, 402, 'card_declined', 'insufficient_funds'],
    missing: [request, 404, 'resource_missing', none],
    walked: 5,
    found: true,
    webhook: ['payment_intent.succeeded', true, 2000],
    forged,
    replayed: true,
    conflicting: [idempotency, 400, none, none],
    retried: ['succeeded', 1],
  });
  // The answer was lost once: the client sent the request again under its key, and it was carried out once.
  expect(passed).toEqual([
    { key: expect.any(String), status: 200, replayed: false },
    { key: passed[0]?.key, status: 200, replayed: true },
  ]);
}
