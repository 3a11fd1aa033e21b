/** The official Go SDK: `ConstructEvent` refuses events of another version than its own. */
import { it } from 'vitest';
import { installGo } from '../world/install-clients.ts';
import { journeyOf } from '../world/real-clients.ts';
import { skipped } from '../world/skip.ts';
import { expectJourney } from './journeys.ts';

it('stripe-go', async (context) => {
  const installed = installGo();
  if (typeof installed === 'string') return skipped(context, `Go SDK: ${installed}`);

  expectJourney(await journeyOf(installed.program, []), {
    card: 'card_error',
    request: 'invalid_request_error',
    idempotency: 'idempotency_error',
    forged: true,
    none: '',
  });
});
