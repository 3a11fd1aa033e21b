/**
 * A restore, rehearsed on a stack from loss to audit: what the runbook says, carried out by the code that it names. Emulators have no
 * point-in-time recovery, so copies of the tables stand for the tables that AWS would restore.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import Stripe from 'stripe';
import { TABLES } from '../../lib/data.ts';
import { Failure } from './failure.ts';
import {
  auditAll,
  auditorOf,
  type CreatedMerchant,
  operatorOf,
  recoveryOf,
  repairAll,
  settleAndWait,
} from './operator.ts';
import type { AwsPlace } from './place.ts';
import { dynamoOf, ownTable, rawTable } from './raw-table.ts';
import { recoverAll } from './recovery.ts';
import { copyBack, isComplete, type RawTable } from './restore.ts';
import { switchSchedules } from './schedules.ts';

/** Restored together, to one moment. */
const FAMILY = ['payments', 'ledger', 'events', 'search', 'idempotency', 'vault'] as const;
type Name = (typeof FAMILY)[number];
/** Lost whole; of the others the moment's state is what counts. */
const LOST: readonly Name[] = ['payments', 'ledger', 'idempotency', 'vault'];
/** Far above what an emulator does: it is the limit. */
const RATE = 50_000;
const QUIET_MS = 3_000;

export interface Rehearsal {
  readonly stack: string;
  /** An emulator's address. */
  readonly endpoint: string;
  readonly baseUrl: string;
  readonly say: (line: string) => void;
}

/** Carries the rehearsal out and says how long each step took. Throws a Failure with what is not as it was. */
export async function rehearse({ stack, endpoint, baseUrl, say }: Rehearsal): Promise<void> {
  const place = { stack, endpoint };
  const client = dynamoOf(place);
  const operator = operatorOf(place);
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const startedMs = Date.now();
    const result = await work();
    say(`restore: ${what}: ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
    return result;
  };
  const tables = new Map<Name, string>();
  for (const name of FAMILY) tables.set(name, await ownTable(client, place, TABLES[name].logicalId));
  const own = (name: Name): RawTable => rawTable(client, tables.get(name)!);

  const made = await operator<CreatedMerchant>('create-merchant', { name: 'Rehearsal', delayDays: 0 });
  const { merchant } = made;
  const { hostname, port } = new URL(baseUrl);
  const stripe = new Stripe(made.test.secretKey, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const today = new Date().toISOString().slice(0, 10);
  const accounts = async (): Promise<unknown> => {
    const headers = { authorization: `Bearer ${made.test.secretKey}` };
    return (await fetch(`${baseUrl}/v1/ledger/accounts`, { headers })).json();
  };
  const copies = new Map<Name, string>();
  const webhooks = await receiver();
  await stripe.webhookEndpoints.create({ url: webhooks.url, enabled_events: ['*'] });

  const life = await step('payments, a refund, a dispute, a settlement, a saved card', () => before(stripe));
  await settleAndWait(operator, { date: today, merchant }, 90_000);
  const unposted = await pay(stripe);
  await quiet(client, tables);
  try {
    await step('the moment: copies stand for the restored tables', async () => {
      for (const name of FAMILY) copies.set(name, await standIn(client, name, own(name)));
    });
    // As if the restored moment were between a payment and its stream record.
    await forget(rawTable(client, copies.get('ledger')!), unposted.id);
    const from = new Date().toISOString();
    const later = await step('payments, captures, voids and refunds after the moment', () =>
      after(stripe, { held: life.held, refunded: unposted.id }),
    );
    await step('the stop: schedules are off, the consumers finish', async () => {
      if ((await switchSchedules(endpoint, stack, false)) === 0)
        throw new Failure('restore: the stack has no schedule');
      await quiet(client, tables);
    });
    const books = await accounts();
    const charges = await chargesAtSandbox(client, place);
    const wanted = await Promise.all(later.ids.map((id) => moneyOf(stripe, id)));
    const told = webhooks.sent.length;
    if (told === 0) throw new Failure('restore: no webhook was sent before the loss');

    await step('the loss: payments, ledger, keys and vault are empty', async () => {
      for (const name of LOST) await empty(own(name));
    });
    await step('the copy back of six tables, verified', async () => {
      for (const name of FAMILY) {
        const between = { from: rawTable(client, copies.get(name)!), to: own(name), exact: true, rate: RATE };
        const mark = name === 'payments' ? { mark: 'rehearsal' } : {};
        const copied = await copyBack({ ...between, ...mark, dryRun: false });
        const left = await copyBack({ ...between, dryRun: true });
        same(`copy of ${name}`, [isComplete(left, true), copied.contended], [true, 0]);
      }
    });
    await quiet(client, tables);
    const recovered = await step('the recovery from the channel', () =>
      recoverAll(recoveryOf(place), { from, merchant, mode: 'test' }),
    );
    same('payments recovered', [...recovered[0]!.made].filter((id) => id.startsWith('pi_')).sort(), later.made);
    same('charges without an owner', recovered[0]!.unbooked, []);
    const again = await recoverAll(recoveryOf(place), { from, merchant, mode: 'test' });
    same('records made by a second recovery', [again[0]!.made, again[0]!.learned], [[], []]);
    await step('the repair', async () => {
      const { counts, audit } = await repairAll(operator, { merchant, from: today, to: tomorrow(today) });
      same('the audit of the repair', audit.balanced, true);
      if ((counts.entries ?? 0) < 1) throw new Failure('restore: the repair found no missing entry');
    });
    await step('the audit', async () => {
      const audits = await auditAll(auditorOf(place), { merchant, mode: 'test' });
      same(
        'differences',
        audits.flatMap(({ differences }) => differences),
        [],
      );
      same('books', await accounts(), books);
      await quiet(client, tables);
      same('webhooks since the loss', webhooks.sent.slice(told), []);
    });
    await step('the payer tries again under the old key, a saved card pays', async () => {
      same('the payment of the key', (await pay(stripe, {}, later.key)).id, later.keyed);
      same('charges at the channel', await chargesAtSandbox(client, place), charges);
      same('payments', await Promise.all(later.ids.map((id) => moneyOf(stripe, id))), wanted);
      const saved = { customer: life.customer, payment_method: life.method, off_session: true };
      same('a payment with the saved card', (await pay(stripe, saved)).status, 'succeeded');
    });
  } finally {
    webhooks.close();
    await switchSchedules(endpoint, stack, true);
    for (const TableName of copies.values()) await client.send(new DeleteTableCommand({ TableName }));
  }
}

/** An endpoint that keeps the types and objects of what it is sent. */
async function receiver(): Promise<{ readonly url: string; readonly sent: string[]; readonly close: () => void }> {
  const sent: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const event = JSON.parse(Buffer.concat(parts).toString('utf8')) as Stripe.Event;
      sent.push(`${event.type} ${(event.data.object as { id?: string }).id} ${event.id}`);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, sent, close: () => server.close() };
}

type PaymentParams = Partial<Stripe.PaymentIntentCreateParams>;
const pay = (stripe: Stripe, changes: PaymentParams = {}, idempotencyKey?: string): Promise<Stripe.PaymentIntent> =>
  stripe.paymentIntents.create(
    { amount: 4_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true, ...changes },
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );

async function before(stripe: Stripe) {
  const customer = (await stripe.customers.create({ email: 'rehearsal@example.com' })).id;
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' };
  const method = (await stripe.paymentMethods.create({ type: 'card', card })).id;
  await stripe.paymentMethods.attach(method, { customer });
  const [refunded, held] = [await pay(stripe), await pay(stripe, { capture_method: 'manual' })];
  await pay(stripe, { customer, payment_method: method, off_session: true });
  await pay(stripe, { payment_method: 'pm_card_createDispute' });
  await stripe.refunds.create({ payment_intent: refunded.id, amount: 500 });
  return { customer, method, held: held.id };
}

async function after(stripe: Stripe, life: { readonly held: string; readonly refunded: string }) {
  const key = `rehearsal-${Date.now()}`;
  const keyed = await pay(stripe, {}, key);
  const held = await pay(stripe, { capture_method: 'manual' });
  const captured = await pay(stripe, { capture_method: 'manual' });
  await stripe.paymentIntents.capture(captured.id, { amount_to_capture: 1_500 });
  const voided = await pay(stripe, { capture_method: 'manual' });
  await stripe.paymentIntents.cancel(voided.id);
  const inFlight = await pay(stripe, { payment_method: 'pm_card_threeDSecureRequired' });
  await stripe.refunds.create({ payment_intent: keyed.id, amount: 700 });
  await stripe.paymentIntents.capture(life.held);
  await stripe.refunds.create({ payment_intent: life.refunded, amount: 600 });
  const made = [keyed, held, captured, voided, inFlight].map(({ id }) => id);
  return { key, keyed: keyed.id, made: made.toSorted(), ids: [...made, life.held, life.refunded] };
}

async function moneyOf(stripe: Stripe, id: string): Promise<readonly unknown[]> {
  const intent = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  const charge = intent.latest_charge as Stripe.Charge | null;
  const money = [intent.status, intent.amount, intent.amount_capturable, intent.amount_received];
  return [id, ...money, charge?.id, charge?.amount_captured, charge?.amount_refunded];
}

async function chargesAtSandbox(client: DynamoDBClient, place: AwsPlace): Promise<number> {
  const table = rawTable(client, await ownTable(client, place, TABLES.sandbox.logicalId));
  let count = 0;
  await eachItem(table, async ({ pk }) => {
    if (pk!.S!.startsWith('c#')) count += 1;
  });
  return count;
}

/** An empty table beside the own one, filled with what that holds. */
async function standIn(client: DynamoDBClient, name: Name, from: RawTable): Promise<string> {
  const TableName = `rehearsal-${name}-${Date.now()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  await copyBack({ from, to: rawTable(client, TableName), exact: false, dryRun: false, rate: RATE });
  return TableName;
}

type Stored = Parameters<RawTable['remove']>[0];

async function eachItem(table: RawTable, work: (item: Stored) => Promise<void>): Promise<void> {
  let after: Stored | undefined;
  do {
    const page = await table.scan(0, 1, after);
    await Promise.all(page.items.map(work));
    after = page.after;
  } while (after !== undefined);
}

/** Consumers may still write: what is not gone is deleted again. */
async function empty(table: RawTable): Promise<void> {
  for (let left = 1; left > 0; ) {
    left = 0;
    await eachItem(table, async (item) => {
      left += 1;
      await table.remove(item);
    });
  }
}

/** Deletes the journal entry that a payment's capture made. */
async function forget(ledger: RawTable, payment: string): Promise<void> {
  let found = 0;
  await eachItem(ledger, async (item) => {
    if (!item.pk!.S!.includes('#j#') || !item.sk!.S!.includes(payment.slice(-14))) return;
    found += 1;
    await ledger.remove(item);
  });
  same('entries of the payment', found, 1);
}

/** Waits until no consumer has written for a while: the streams and queues are drained. */
async function quiet(client: DynamoDBClient, tables: ReadonlyMap<Name, string>): Promise<void> {
  const state = async (): Promise<string> => {
    const tokens: string[] = [];
    for (const name of ['payments', 'ledger', 'events', 'search'] as const)
      await eachItem(
        rawTable(client, tables.get(name)!),
        async ({ pk, sk, w }) => void tokens.push(`${pk!.S} ${sk!.S} ${w?.S}`),
      );
    return tokens.toSorted().join('\n');
  };
  const deadline = Date.now() + 60_000;
  for (let last = await state(); ; ) {
    await sleep(QUIET_MS);
    const now = await state();
    if (now === last) return;
    if (Date.now() > deadline) throw new Failure('restore: the consumers still have work');
    last = now;
  }
}

const tomorrow = (date: string): string => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);

function same(what: string, is: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(is), JSON.stringify(wanted)];
  if (one !== other) throw new Failure(`restore: ${what}: ${one}, and not ${other}`);
}
