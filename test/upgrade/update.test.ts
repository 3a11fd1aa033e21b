/**
 * A stack that version 0.1 deployed and filled, updated by this release (`install01`): its resources and items stay, every object is read,
 * and every operation goes on from it, through the public API and the operator's commands. The functions run at the time of 0.1.
 */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { auditAll, repairAll, type TrialBalance } from '../../bin/local/operator.ts';
import { physicalNames } from '../../bin/local/stack-resources.ts';
import { canceled } from '../../functions/payments/cancellation.ts';
import { next } from '../../functions/payments/commit.ts';
import { PAYMENT, paymentOf } from '../../functions/payments/store.ts';
import { changeOf } from '../../functions/stream/change.ts';
import { type Attributes, attributesOf, itemOf } from '../../functions/table/dynamo-item.ts';
import { putRecord } from '../../functions/table/record.ts';
import { type Records, recordsOf } from '../audit/records.ts';
import { deployed, eventually, settle, webhookListener } from '../world/deployed.ts';
import { clientOptions, functionNamed, lambdaClient, tableNames } from '../world/deployed-stack.ts';
import { namesOf01, plainOf01, typesOf01 } from '../world/install-01.ts';
import { readOf } from '../world/read-record.ts';
import { storedBy01 } from '../world/release-01.ts';
import { copyOfTables, itemsOf } from '../world/stored-tables.ts';

const stored = storedBy01();
const { merchant, test: keys } = stored.merchant;
const stripe = deployed().stripe(keys.secretKey);
/** The day on which 0.1 stopped, and on which the functions run. */
const DAY = '2026-11-30';
const DAYS = { merchant, from: '2026-11-29', to: DAY } as const;

const records = async (): Promise<Records> => recordsOf({ table: await copyOfTables('payments', 'ledger') });

const intents = async (status: string): Promise<readonly string[]> =>
  (await records()).payments
    .filter(
      ({ status: is, direct, pending, session, refusedOperation }) =>
        is === status && !direct && !pending && !session && !refusedOperation,
    )
    .map(({ body }) => `pi_${body}`);

/** Runs the janitor as if it were so many minutes later, for which it asks the channel again. */
async function janitor(minutes: number): Promise<void> {
  const asOfMs = stored.madeMs + minutes * 60_000;
  const { FunctionName } = await functionNamed('payments-janitor');
  const Payload = Buffer.from(JSON.stringify({ asOfMs }));
  const { FunctionError } = await lambdaClient().send(new InvokeCommand({ FunctionName, Payload }));
  expect(FunctionError).toBeUndefined();
}

/** What the audit finds, until nothing is on its way. */
async function differences(): Promise<readonly string[]> {
  let left: readonly string[] = [];
  await eventually(async () => {
    const audits = await auditAll(deployed().auditor, { merchant, settling: 0 });
    left = audits
      .flatMap(({ differences: all }) => all)
      // The sandbox of 0.1 kept no record of its disputes, and learned of some payments only through the callbacks of its test.
      .filter((line) => !/^(missing_at_channel|channel_state_differs) /.test(line));
    return audits.length === 1 && left.length === 0 ? true : undefined;
  }, 45_000).catch(() => {});
  return left;
}

describe('the update of a stack of 0.1', () => {
  it('replaces no resource: each keeps its logical id and its physical one', async () => {
    const { endpoint, stack } = deployed();
    const now = Object.fromEntries(await physicalNames(endpoint, stack));
    const before = namesOf01();
    const types = typesOf01();
    const count = (type: string): number => Object.values(types).filter((one) => one === type).length;

    expect(Object.keys(before).sort()).toEqual(Object.keys(types).sort());
    expect({
      tables: count('AWS::DynamoDB::Table'),
      queues: count('AWS::SQS::Queue'),
      functions: count('AWS::Lambda::Function'),
      mappings: count('AWS::Lambda::EventSourceMapping'),
      machines: count('AWS::StepFunctions::StateMachine'),
      apis: count('AWS::ApiGatewayV2::Api'),
      keys: count('AWS::KMS::Key'),
      buckets: count('AWS::S3::Bucket'),
    }).toEqual({ tables: 11, queues: 13, functions: 25, mappings: 8, machines: 1, apis: 1, keys: 4, buckets: 1 });
    expect(Object.fromEntries(Object.keys(before).map((id) => [id, now[id]]))).toEqual(before);
    expect(Object.keys(now).length).toBeGreaterThan(Object.keys(before).length);
  });

  it('keeps every item of every table', async () => {
    for (const [table, items] of stored.tables) {
      const there = new Set((await itemsOf(table)).map(textOf));
      // The sandbox calls its accounts back at the address of this stack.
      const kept = items.filter(({ sk }) => table !== 'sandbox' || sk!.S !== 'account').map(textOf);
      expect([table, kept.filter((item) => !there.has(item))]).toEqual([table, []]);
    }
  });
});

/** The item as text, without what a key of the stack encrypts. */
function textOf({ wrapped: _wrapped, sealed: _sealed, secret: _secret, ...item }: Attributes): string {
  const members = Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(members, (_name, value: unknown) => {
    const bytes = (value as { readonly B?: Uint8Array } | null)?.B;
    return bytes === undefined ? value : { B: Buffer.from(bytes).toString('base64') };
  });
}

describe('what 0.1 stored', () => {
  it('has its journal: repair posts no entry, the audit finds no difference, the trial balance is zero', async () => {
    const done = await repairAll(deployed().operator, DAYS);
    const again = await repairAll(deployed().operator, DAYS);

    // Version 0.1 announced nothing of unapplied money: three commits, and the charges of two of them that are not listed.
    expect(done.counts).toMatchObject({ entries: 0, events: 5, tokens: 0, reviews: 0, unread: 0 });
    expect(again.counts).toMatchObject({ entries: 0, events: 0, tokens: 0, reviews: 0, unread: 0 });
    expect(again.audit).toMatchObject({ balanced: true, differences: [], orphans: [] });
    expect(await itemsOf('ledger')).toHaveLength(stored.tables.get('ledger')!.length);
    expect(await differences()).toEqual([]);
    expect((await deployed().operator<TrialBalance>('trial-balance')).balanced).toBe(true);
  });

  it('is read, each object by its id', async () => {
    const changes = stored.tables.get('payments')!.flatMap((item) => changeOf(undefined, itemOf(item)) ?? []);
    const read = new Map<string, number>();
    for (const change of changes) {
      const [wanted, object] = await readOf(stripe, change);
      expect(object).toMatchObject(wanted);
      read.set(change.kind, (read.get(change.kind) ?? 0) + 1);
    }

    expect(Object.fromEntries(read)).toEqual({
      payment: 76,
      refund: 11,
      dispute: 8,
      payout: 6,
      customer: 2,
      method: 84,
      setup: 6,
      checkout_session: 5,
    });
  });

  it('is listed and searched', async () => {
    const ids: string[] = [];
    for await (const { id } of stripe.paymentIntents.list({ limit: 100 })) ids.push(id);
    const { payments } = await records();
    expect(ids.sort()).toEqual(
      payments
        .filter(({ direct }) => !direct)
        .map(({ body }) => `pi_${body}`)
        .sort(),
    );
    const found = await stripe.paymentIntents.search({ query: "metadata['order']:'6735'" });
    expect(found.data.map(({ metadata }) => metadata.note)).toEqual(['saved card']);
  });

  it('answers a request that is sent again with the stored reply', async () => {
    const again = await stripe.paymentIntents.create(
      { amount: 2_500, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
      { idempotencyKey: 'last-1' },
    );

    expect(again).toMatchObject({ status: 'succeeded', amount: 2_500 });
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
  });
});

describe('operations on what 0.1 stored', () => {
  it('pay what waits for a payment method or a confirmation', async () => {
    const waiting = [...(await intents('requires_payment_method')), ...(await intents('requires_confirmation'))];
    expect(waiting.length).toBeGreaterThan(3);
    for (const id of waiting) {
      const paid = await stripe.paymentIntents.confirm(id, {
        payment_method: 'pm_card_visa',
        return_url: 'https://shop.example/',
      });
      expect([id, paid.status]).toEqual([id, paid.capture_method === 'manual' ? 'requires_capture' : 'succeeded']);
    }
  });

  it('charge the saved cards of a customer, one of which is a number in the vault', async () => {
    const [customer] = (await stripe.customers.list({ email: 'ada@shop.example' })).data;
    const { data: cards } = await stripe.paymentMethods.list({ customer: customer!.id });
    const vaulted = stored.tables.get('vault')!.map(({ sk }) => `pm_${sk!.S}`);
    expect(cards.length).toBeGreaterThan(1);
    expect(cards.filter(({ id }) => vaulted.includes(id))).toHaveLength(1);
    for (const { id } of cards) {
      const paid = await stripe.paymentIntents.create({
        amount: 1_000,
        currency: 'usd',
        customer: customer!.id,
        payment_method: id,
        off_session: true,
        confirm: true,
      });
      expect([id, paid.status]).toEqual([id, 'succeeded']);
    }
  });

  it('finish a challenge that 0.1 began', async () => {
    const [open] = await intents('requires_action');
    const { next_action } = await stripe.paymentIntents.retrieve(open!);
    const { pathname, search } = new URL(next_action!.redirect_to_url!.url!);
    await fetch(`${deployed().baseUrl}${pathname}${search}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'result=complete',
    });

    await eventually(async () => {
      expect((await stripe.paymentIntents.retrieve(open!)).status).toMatch(/succeeded|requires_capture/);
      return true;
    });
  });

  it('capture a hold, and cancel one', async () => {
    const [first, ...captured] = await intents('requires_capture');
    expect(captured.length).toBeGreaterThan(2);
    expect((await stripe.paymentIntents.cancel(first!)).status).toMatch(/canceled|succeeded/);
    for (const id of captured)
      expect([id, (await stripe.paymentIntents.capture(id)).status]).toEqual([id, 'succeeded']);
  });

  it('resolve what was under way', async () => {
    await eventually(async () => {
      for (const minute of [2, 4, 8, 16, 32]) await janitor(minute);
      const { payments, refunds } = await records();
      expect(payments.filter(({ pending }) => pending)).toEqual([]);
      expect(refunds.filter(({ status }) => status === 'pending')).toEqual([]);
      expect(await intents('processing')).toEqual([]);
      return true;
    });
    const { payments } = await records();
    // The sandbox took no such money, and refuses to return it.
    const surplus = payments.flatMap(({ attempts }) =>
      attempts.filter((one) => one.surplus && one.status === 'captured'),
    );
    expect(surplus.map(({ failedReturns }) => failedReturns)).toEqual([[61]]);
  });

  it('refund the rest of a payment', async () => {
    const { payments } = await records();
    const paid = payments.filter(
      ({ status, disputes, refundCount }) => status === 'succeeded' && !disputes && refundCount > 0,
    );
    let refunds = 0;
    for (const { body, attempts } of paid) {
      const charge = await stripe.charges.retrieve(`ch_${body}${attempts.at(-1)!.ordinal}`).catch(() => undefined);
      if (!charge || charge.amount_captured === charge.amount_refunded) continue;
      const refund = await stripe.refunds.create({ charge: charge.id }).catch((error: Error) => error.message);
      expect([charge.id, refund]).toEqual([charge.id, expect.objectContaining({ object: 'refund' })]);
      refunds += 1;
    }
    expect(refunds).toBeGreaterThan(2);
  });

  it('answer a dispute, and refuse a refund of what is disputed', async () => {
    const open = (await records()).disputes.filter(({ status }) => status === 'needs_response');
    const [answered, refused] = open.map(({ body }) => `du_${body}`);
    const { status } = await stripe.disputes.update(answered!, {
      evidence: { uncategorized_text: 'winning_evidence' },
      submit: true,
    });
    expect(status).toMatch(/under_review|won/);
    const { charge } = await stripe.disputes.retrieve(refused!);
    await expect(stripe.refunds.create({ charge: charge as string })).rejects.toMatchObject({
      code: 'charge_disputed',
    });
  });

  it('send events to a webhook endpoint of 0.1, signed with its secret', async () => {
    const listener = await webhookListener();
    try {
      const [endpoint] = (await stripe.webhookEndpoints.list()).data;
      const secret = plainOf01(itemOf(stored.tables.get('events')!.find((item) => item.secret)!).secret as Uint8Array);
      await stripe.webhookEndpoints.update(endpoint!.id, {
        url: listener.url,
        enabled_events: ['payment_intent.succeeded'],
      });
      // Functions remember endpoints for seconds.
      await eventually(async () => {
        await stripe.paymentIntents.create({
          amount: 1_100,
          currency: 'usd',
          payment_method: 'pm_card_visa',
          confirm: true,
        });
        return eventually(() => listener.deliveries[0], 3_000);
      });
      const { body, signature } = listener.deliveries[0]!;
      // Signed at the time of the functions.
      const event = Stripe.webhooks.constructEvent(body, signature, secret, Number.MAX_SAFE_INTEGER);
      expect(event).toMatchObject({ type: 'payment_intent.succeeded', data: { object: { status: 'succeeded' } } });
      expect(secret).toMatch(/^whsec_/);
    } finally {
      await listener.close();
    }
  });

  it('announce what a function of 0.1 commits beside this release, though it copies what an earlier commit announced', async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 1_200, currency: 'usd' });
    const item = (await itemsOf('payments')).map(itemOf).find(({ sk }) => sk === id.slice('pi_'.length));
    const payment = paymentOf(item!);
    const commit = { nowMs: payment.committedMs + 1 };
    const { announces } = payment;
    expect(announces).toEqual({ version: 1, types: ['payment_intent.created'] });
    const changed = next(payment, 'canceled', commit, canceled(payment, 'abandoned', commit as never));
    const write = putRecord(PAYMENT, { ...changed, announces: announces! });
    await new DynamoDBClient(clientOptions()).send(
      new PutItemCommand({
        TableName: (await tableNames()).get('payments')!,
        Item: attributesOf((write as { readonly item: Parameters<typeof attributesOf>[0] }).item),
      }),
    );

    await eventually(async () => {
      const { data } = await stripe.events.list({ limit: 20 });
      const types = data
        .filter(({ data: { object } }) => (object as { id?: string }).id === id)
        .map(({ type }) => type);
      expect(types).toEqual(['payment_intent.canceled', 'payment_intent.created']);
      return true;
    });
  });

  it('settle and pay out the period, and leave books without a difference', async () => {
    expect(await differences()).toEqual([]);
    const { output } = await settle(merchant, DAY);
    expect(output).toMatchObject({ status: 'done' });
    await eventually(async () => {
      await janitor(64);
      const { data } = await stripe.payouts.list({ limit: 100 });
      expect(new Set(data.map(({ status }) => status))).toEqual(new Set(['paid', 'canceled']));
      return true;
    });

    expect(await differences()).toEqual([]);
    const { counts, audit } = await repairAll(deployed().operator, { ...DAYS, dryRun: true });
    expect(counts).toMatchObject({ entries: 0, unread: 0 });
    expect(audit).toMatchObject({ balanced: true, differences: [], orphans: [] });
    expect((await deployed().operator<TrialBalance>('trial-balance')).balanced).toBe(true);
  });
});
