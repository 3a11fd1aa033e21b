/** A Django project with dj-stripe: syncs every model that it has, and processes every webhook that the product sends. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { end, start } from '../../bin/local/child.ts';
import { localPath, ROOT } from '../../bin/local/files.ts';
import { allOf, everyEvent, SENT_TYPES } from '../scenarios/every-event.ts';
import { eventually } from '../world/deployed.ts';
import { freePort } from '../world/free-port.ts';
import { CLIENTS, installPython } from '../world/install-clients.ts';
import { type Product, startProduct } from '../world/product.ts';
import { output } from '../world/real-clients.ts';
import { skipped } from '../world/skip.ts';

let product: Product;
let installed: ReturnType<typeof installPython>;
beforeAll(async () => {
  installed = installPython('djstripe', join(CLIENTS, 'djstripe/requirements.txt'));
  product = await startProduct();
});
afterAll(() => product.stop());

interface Webhooks {
  readonly processed: Readonly<Record<string, string>>;
  readonly failed: readonly unknown[];
}

/** A webhook that the project does not answer within ten seconds is sent again by the deployed stack, five minutes later. */
const AGAIN_MS = 480_000;

/** What dj-stripe reports for reasons of its own, or because Sluice does not serve it. docs/clients.md lists the same. */
const REPORTED = [
  /^Error listing AccountV2: /,
  /^Error listing TaxId: .*unknown parameter: id/,
  /^Error syncing US: TypeError\('Object of type StripeObject is not JSON serializable'\)/,
  /^Error listing ActiveEntitlement: .*Missing required param: customer/,
];

/** Runs `manage.py` of the project with an own database. */
function projectOf({ program, folder }: Exclude<typeof installed, string>, name: string) {
  const database = localPath('clients', `${name}.sqlite`);
  for (const suffix of ['', '-journal']) rmSync(`${database}${suffix}`, { force: true });
  const env = {
    PATH: process.env.PATH,
    PYTHONPATH: folder,
    PYTHONUNBUFFERED: '1',
    API_BASE: product.baseUrl,
    API_KEY: product.secretKey,
    DATABASE: database,
    // Making the tables migration by migration takes a minute, and asks nothing of Sluice.
    DJANGO_SETTINGS_MODULE: 'shop.without_migrations',
    // The AccountV2 of dj-stripe goes to Stripe whatever the project says: nothing leaves this machine.
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const script = join(CLIENTS, 'djstripe/manage.py');
  return {
    manage: (...args: readonly string[]) => output(program, [script, ...args], env),
    serve: (port: number) =>
      start(program, [script, 'runserver', '--noreload', `127.0.0.1:${port}`], { env, stdio: 'ignore' }),
  };
}

it('processes a webhook of every type', async (context) => {
  if (typeof installed === 'string') return skipped(context, `dj-stripe: ${installed}`);
  const { manage, serve } = projectOf(installed, 'webhooks');
  await manage('migrate', '--run-syncdb', '--verbosity', '0');
  const port = await freePort();
  const server = serve(port);
  const webhooks = async () => (await (await fetch(`http://127.0.0.1:${port}/webhooks`)).json()) as Webhooks;
  try {
    await eventually(webhooks);
    await manage('make_endpoint', `http://127.0.0.1:${port}`);

    await everyEvent(product);

    const sent = await allOf(product.stripe.events);
    const seen = await eventually(async () => {
      const { processed, failed } = await webhooks();
      const missing = failed.length > 0 ? [] : sent.filter(({ id }) => processed[id] === undefined);
      if (missing.length > 0) throw new Error(`not processed: ${missing.map(({ type }) => type).join(' ')}`);
      return { processed, failed };
    }, AGAIN_MS);
    expect(seen.failed).toEqual([]);
    expect([...new Set(Object.values(seen.processed))].sort()).toEqual([...SENT_TYPES]);
  } finally {
    await end(server);
  }
});

it('syncs every object into an empty database', async (context) => {
  if (typeof installed === 'string') return skipped(context, `dj-stripe: ${installed}`);
  const { manage } = projectOf(installed, 'sync');
  await manage('migrate', '--run-syncdb', '--verbosity', '0');

  const lines = await manage('djstripe_sync_models', '--no-fail-on-error');

  const { stripe } = product;
  const count = async (resource: Parameters<typeof allOf>[0]) => (await allOf(resource)).length;
  const synced = lines.flatMap((line) => /^ {2}Synced (\d+) (\w+)/.exec(line)?.slice(1) ?? []);
  expect(Object.fromEntries(synced.flatMap((name, at) => (at % 2 ? [[name, Number(synced[at - 1])]] : [])))).toEqual({
    Account: 1,
    BalanceTransaction: await count(stripe.balanceTransactions),
    Charge: await count(stripe.charges),
    Customer: await count(stripe.customers),
    Dispute: await count(stripe.disputes),
    Event: await count(stripe.events),
    PaymentIntent: await count(stripe.paymentIntents),
    PaymentMethod: 1,
    Payout: await count(stripe.payouts),
    Price: await count(stripe.prices),
    Product: await count(stripe.products),
    Refund: await count(stripe.refunds),
    Review: await count(stripe.reviews),
    Session: await count(stripe.checkout.sessions),
    SetupIntent: await count(stripe.setupIntents),
    WebhookEndpoint: await count(stripe.webhookEndpoints),
  });
  const errors = lines.map((line) => line.trim()).filter((line) => line.startsWith('Error'));
  expect(errors.filter((line) => !REPORTED.some((known) => known.test(line)))).toEqual([]);
});

it('the scenario has every type that the product announces, but the two that a wallet decides after a day', () => {
  const files = readdirSync(join(ROOT, 'functions'))
    .filter((name) => name !== 'notifications')
    .flatMap((name) => readdirSync(join(ROOT, 'functions', name)).map((file) => join(ROOT, 'functions', name, file)))
    .filter((file) => file.endsWith('/event-types.ts'));
  const announced = files.flatMap(
    (file) => readFileSync(file, 'utf8').match(/(?<=')[a-z_]+(?:\.[a-z_]+)+(?=')/g) ?? [],
  );

  expect(files).toHaveLength(9);
  expect([...new Set(announced)].filter((type) => !(SENT_TYPES as readonly string[]).includes(type))).toEqual([]);
});
