/** The official Python SDK, newest and 11.x, which writes `True` where newer ones write `true`. */
import { join } from 'node:path';
import { it } from 'vitest';
import { ROOT } from '../../bin/local/files.ts';
import { CLIENTS, installPython } from '../world/install-clients.ts';
import { journeyOf } from '../world/real-clients.ts';
import { skipped } from '../world/skip.ts';
import { expectJourney } from './journeys.ts';

it.for<readonly [string, string]>([
  ['newest', 'test/e2e/python/requirements.txt'],
  ['11', 'test/clients/python/requirements-11.txt'],
])('%s', async ([name, requirements], context) => {
  const installed = installPython(name, join(ROOT, requirements));
  if (typeof installed === 'string') return skipped(context, `Python SDK ${name}: ${installed}`);

  const script = join(CLIENTS, 'python/journey.py');
  expectJourney(await journeyOf(installed.program, [script], { PYTHONPATH: installed.folder }), {
    card: 'CardError',
    request: 'InvalidRequestError',
    idempotency: 'IdempotencyError',
    forged: 'SignatureVerificationError',
    none: null,
  });
});
