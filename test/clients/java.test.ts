/** The official Java SDK: `getObject()` is empty for events of another version than its own. */
import { join } from 'node:path';
import { it } from 'vitest';
import { CLIENTS, installJava } from '../world/install-clients.ts';
import { journeyOf } from '../world/real-clients.ts';
import { skipped } from '../world/skip.ts';
import { expectJourney } from './journeys.ts';

it('stripe-java', async (context) => {
  const installed = installJava();
  if (typeof installed === 'string') return skipped(context, `Java SDK: ${installed}`);

  const classes = ['-cp', `${installed.folder}/*`];
  expectJourney(await journeyOf(installed.program, [...classes, join(CLIENTS, 'java/Journey.java')]), {
    card: 'CardException',
    request: 'InvalidRequestException',
    idempotency: 'IdempotencyException',
    forged: 'SignatureVerificationException',
    none: null,
  });
});
