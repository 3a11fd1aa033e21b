/** Sums that no double holds exactly: answered, announced and sent with all of their digits, as numbers of JSON (I14). */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newObjectKey } from '../../functions/kernel/ids.ts';
import { parseCurrency } from '../../functions/kernel/money.ts';
import { accounts } from '../../functions/ledger/accounts.ts';
import { balanceKey } from '../../functions/ledger/keys.ts';
import { move } from '../../functions/ledger/rules.ts';
import { journalPut } from '../../functions/ledger/store.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { payoutCreatedEntry } from '../../functions/payouts/entries.ts';
import type { Payout } from '../../functions/payouts/payout.ts';
import { putPayout } from '../../functions/payouts/store.ts';
import { absent } from '../../functions/table/table.ts';
import { startReceiver } from '../simulators/webhook-receiver.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';

const [AVAILABLE, RESERVE, PENDING, PAID_OUT] = [
  9_007_199_254_740_993n,
  9_007_199_254_740_995n,
  9_007_199_254_740_997n,
  9_007_199_254_740_999n,
];

const app = await contractApp();
const receiver = await startReceiver();
afterAll(() => receiver.close());
let payout: Payout;
beforeAll(async () => {
  await app.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
  const { table, clock, payments } = app.world;
  const scope = scopeOfApp(app);
  const settings = await loadSettings(table, scope);
  const nowMs = clock.nowMs();
  const currency = parseCurrency('idr')!;
  payout = {
    scope,
    body: newObjectKey(nowMs, payments.random, settings.shards),
    version: 1,
    livemode: false,
    status: 'pending',
    amount: PAID_OUT,
    currency,
    createdMs: nowMs,
    committedMs: nowMs,
    arrivalMs: nowMs,
    bank: settings.bankAccount,
    reference: 'r1',
    sealedThroughMs: nowMs,
  };
  const key = balanceKey(scope, currency);
  await table.commit(
    { kind: 'put', table: 'ledger', item: { ...key, available: AVAILABLE, reserve: RESERVE, v: 1n }, when: absent },
    journalPut(scope, {
      type: 'captured',
      body: newObjectKey(nowMs, payments.random, settings.shards),
      step: 1,
      currency,
      committedMs: nowMs,
      legs: [
        ...move(accounts.channel('sandbox'), accounts.pending, PENDING),
        // What the payout left of it is kept in the balance item.
        ...move(accounts.channel('sandbox'), accounts.available, AVAILABLE + PAID_OUT),
        ...move(accounts.channel('sandbox'), accounts.reserve, RESERVE),
      ],
    }),
    journalPut(scope, payoutCreatedEntry(payout)),
    putPayout(undefined, payout),
  );
  await app.settleDown();
});

const { send } = rawOf(app);
const textOf = async (path: string): Promise<string> => {
  const response = await send('GET', path);
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status: 200 });
  return text;
};

it('the balance has the available, reserved and pending amounts to the last digit', async () => {
  const text = await textOf('/v1/balance');

  expect(text).toContain(`"available":[{"amount":${AVAILABLE},"currency":"idr","source_types":{"card":${AVAILABLE}}}]`);
  expect(text).toContain(`"connect_reserved":[{"amount":${RESERVE},"currency":"idr"}]`);
  expect(text).toContain(`"pending":[{"amount":${PENDING},"currency":"idr","source_types":{"card":${PENDING}}}]`);
  expect(JSON.parse(text)).toMatchObject({ object: 'balance', livemode: false });
});

it('the trial balance has them as text', async () => {
  expect(await textOf('/v1/ledger/accounts')).toContain(`"balance":"-${PENDING}"`);
});

it('a payout, its balance transaction and its event have its amount to the last digit', async () => {
  expect(await textOf(`/v1/payouts/po_${payout.body}`)).toContain(`"amount":${PAID_OUT},`);
  expect(await textOf('/v1/balance_transactions')).toContain(`"amount":-${PAID_OUT},`);
  const events = await textOf('/v1/events?type=payout.created');
  expect(events).toContain(`"amount":${PAID_OUT},`);
  expect(receiver.received.map(({ payload }) => payload).join()).toContain(`"amount":${PAID_OUT},`);
  expect(await textOf(`/v1/payouts?expand[]=data.balance_transaction`)).toContain(`"net":-${PAID_OUT},`);
});
