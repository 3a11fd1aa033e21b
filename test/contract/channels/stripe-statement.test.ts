/** The statement of a day at Stripe: every movement of money in the books of the simulator is one line of it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StatementLine } from '../../../functions/channels/port/statement.ts';
import { fetchStatement, parseStatement } from '../../../functions/channels/stripe/statement.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { balanceOf } from '../../simulators/stripe/books.ts';
import { libraryFor, orderAt, USD } from '../../simulators/stripe/library.ts';
import { type StripeUnderTest, stripeUnderTest } from '../../simulators/stripe/under-test.ts';

const DAY_MS = 24 * 3_600_000;
let under: StripeUnderTest;
beforeEach(async () => {
  under = await stripeUnderTest();
});
afterEach(() => under.close());

const fetched = (date: string) =>
  fetchStatement(
    {
      http: httpClient,
      nowMs: () => under.clock.nowMs(),
      baseUrl: under.simulator.url,
      credentials: async (_, schema) =>
        schema.parse({
          environment: 'test',
          secretKey: under.simulator.secretKey,
          webhookSecrets: under.simulator.secrets,
        }),
    },
    under.account,
    date,
  );

async function linesOf(date: string): Promise<readonly StatementLine[]> {
  const lines: StatementLine[] = [];
  for await (const line of parseStatement(fetched(date))) lines.push(line);
  return lines;
}

const today = () => new Date(under.clock.nowMs()).toISOString().slice(0, 10);

it('has the payment, the refund and the dispute under our references, and adds up to the balance', async () => {
  const request = orderAt(under);
  const { handles } = await under.channel.authorize(request);
  const refund = {
    reference: under.reference(0),
    payment: request.reference,
    account: under.account,
    createdMs: under.clock.nowMs(),
    refunded: { payment: handles! },
    amount: 300n,
    currency: USD,
  };
  await under.channel.refund(refund);
  await under.dispute!(request.reference);
  const [dispute] = [...under.simulator.books.disputes.keys()];
  under.simulator.decideDispute(dispute!, 'won');
  const date = today();
  under.clock.move(DAY_MS);

  const lines = await linesOf(date);

  expect(lines.map(({ type, ourReference, gross, fee, net }) => [type, ourReference, gross, fee, net])).toEqual([
    ['dispute_reversed', request.reference, 700n, '-15.00', 2200n],
    ['dispute', request.reference, -700n, '15.00', -2200n],
    ['refund', refund.reference, -300n, '0.00', -300n],
    ['payment', request.reference, 1000n, '0.59', 941n],
  ]);
  expect(Number(lines.reduce((sum, { net }) => sum + net, 0n))).toBe(balanceOf(under.simulator.books).usd);
});

it('has every page, each line once, and no line of another day', async () => {
  const sdk = libraryFor(under);
  const pay = () =>
    sdk.paymentIntents.create({ amount: 100, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' });
  const yesterday = today();
  await pay();
  under.clock.move(DAY_MS);
  const date = today();
  for (let made = 0; made < 101; made++) await pay();
  under.clock.move(DAY_MS);
  await pay();
  under.clock.move(DAY_MS);

  const ids = (await linesOf(date)).map(({ id }) => id);

  expect([ids.length, new Set(ids).size]).toEqual([101, 101]);
  expect(await linesOf(yesterday)).toHaveLength(1);
});

it('is not there before its day is over, nor where Stripe does not answer', async () => {
  await expect(linesOf(today())).rejects.toThrow('is not over');
  const date = today();
  under.clock.move(DAY_MS);
  under.simulator.faults.push({ kind: 'error_before' });

  await expect(linesOf(date)).rejects.toThrow('status 500');
  await expect(linesOf('2027-13-01')).rejects.toThrow('no day');
});
