/** A Django project with dj-stripe: syncs every model that it has, and processes every webhook. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localPath } from '../../bin/local/files.ts';
import { objectsOf } from '../scenarios/one-of-each-object.ts';
import { CLIENTS, installPython } from '../world/install-clients.ts';
import { result, startBusyApp } from '../world/real-clients.ts';
import { skipped } from '../world/skip.ts';

interface Seen {
  readonly synced: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  readonly webhooks: readonly string[];
  readonly failed: readonly unknown[];
}

/** What dj-stripe reports for reasons of its own, or because Sluice does not serve it. docs/clients.md lists the same. */
const REPORTED = [
  /^Error listing AccountV2: /,
  /^Error listing TaxId: .*unknown parameter: id/,
  /^Error syncing US: TypeError\('Object of type StripeObject is not JSON serializable'\)/,
  /^Error listing ActiveEntitlement: .*Unrecognized request URL/,
];

it('dj-stripe', async (context) => {
  const installed = installPython('djstripe', join(CLIENTS, 'djstripe/requirements.txt'));
  if (typeof installed === 'string') return skipped(context, `dj-stripe: ${installed}`);
  const database = localPath('clients', 'djstripe.sqlite');
  rmSync(database, { force: true });
  const app = await startBusyApp();
  await objectsOf(app, app.merchant);

  const seen = (await result(installed.program, [join(CLIENTS, 'djstripe/project.py')], {
    PYTHONPATH: installed.folder,
    API_BASE: app.baseUrl,
    API_KEY: app.merchant.test.secretKey,
    DATABASE: database,
    // The AccountV2 of dj-stripe goes to Stripe whatever the project says: nothing leaves this machine.
    HTTPS_PROXY: 'http://127.0.0.1:9',
  })) as Seen;
  await app.stop();

  expect(seen.synced).toMatchObject({
    Account: 1,
    BalanceTransaction: expect.any(Number) as number,
    Charge: 5,
    Customer: expect.any(Number) as number,
    Dispute: 1,
    Event: expect.any(Number) as number,
    PaymentIntent: 5,
    PaymentMethod: 1,
    Payout: 2,
    Price: 1,
    Product: 1,
    Refund: 1,
    Review: 1,
    Session: expect.any(Number) as number,
    SetupIntent: 2,
    WebhookEndpoint: 1,
  });
  expect(seen.errors.filter((line) => !REPORTED.some((known) => known.test(line)))).toEqual([]);
  expect(seen.failed).toEqual([]);
  expect(seen.webhooks).toEqual([
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
    'charge.failed',
    'charge.refund.updated',
    'charge.refunded',
    'charge.succeeded',
    'customer.created',
    'customer.deleted',
    'customer.updated',
    'payment_intent.created',
    'payment_intent.payment_failed',
    'payment_intent.succeeded',
    'payment_method.attached',
    'payment_method.detached',
    'price.created',
    'product.created',
    'refund.created',
    'refund.updated',
    'setup_intent.created',
    'setup_intent.succeeded',
  ]);
});
