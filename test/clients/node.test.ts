/** The official Node SDK, newest and 10.x. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLIENTS, installNode } from '../world/install-clients.ts';
import { journeyOf } from '../world/real-clients.ts';
import { skipped } from '../world/skip.ts';
import { expectJourney } from './journeys.ts';

/** 10.x sends no version of its own: its types ask its user for this one. */
it.for<readonly [string, readonly string[]]>([
  ['stripe-23', []],
  ['stripe-10', ['2022-08-01']],
])('%s', async ([name, version], context) => {
  const installed = installNode();
  if (typeof installed === 'string') return skipped(context, `Node SDKs: ${installed}`);

  const script = join(CLIENTS, 'node/journey.mjs');
  const journey = await journeyOf(installed.program, [script, name, ...version], { PACKAGES: installed.folder });
  const { sources, ...seen } = journey.seen as Readonly<Record<string, unknown>>;

  expect(sources).toEqual([['card', true, true, true, 2039], [true, 'card', [true]], true]);
  expectJourney(
    { ...journey, seen },
    {
      card: 'StripeCardError',
      request: 'StripeInvalidRequestError',
      idempotency: 'StripeIdempotencyError',
      forged: 'StripeSignatureVerificationError',
      none: null,
    },
  );
});
