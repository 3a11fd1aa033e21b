/** `ledger -- audit`: a payment and the refunds and chargebacks that name it agree, whichever half a restore brought back. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Payment } from '../../../functions/payments/payment.ts';
import { differencesOf } from '../../audit/auditor.ts';
import { all, change, type Docs, type Found, first } from '../../audit/damage.ts';
import { everyEntry } from '../../scenarios/busy-day.ts';
import type { Simulation } from '../../world/simulation.ts';

let day: Simulation;
beforeAll(async () => {
  day = await everyEntry();
});

/** Of a payment that counts nothing, each refund that names it says so. */
const found = async (sim: Simulation): Promise<readonly string[]> => [
  ...new Set(
    (await differencesOf(sim)).filter((one) => /^(refunds|chargebacks|payment)_differ|^record_missing pi_/.test(one)),
  ),
];
const refunded = ({ refundCount, disputes }: Payment): boolean => refundCount > 0 && !disputes;

/** The payment as it was before it had any refunds and chargebacks. */
const asBefore = ({ disputes: _, chargedBack: __, returned: ___, ...payment }: Payment): Payment => ({
  ...payment,
  refunded: 0n,
  refundCount: 0,
});

describe('a payment and its refunds and chargebacks', () => {
  it('agree on a day on which everything happened', async () => {
    expect(await found(day)).toEqual([]);
  });

  it('names a payment that does not count its refunds', async () => {
    const sim = day.fork();
    const payment = first(sim, 'payment', refunded);
    const { refundCount, refunded: sum, body } = payment.doc;
    await change(sim, payment, asBefore(payment.doc));

    expect(await found(sim)).toEqual([`refunds_differ pi_${body} 0 refunds of 0, found ${refundCount} of ${sum}`]);
  });

  it('names a payment that counts an amount and no refund', async () => {
    const sim = day.fork();
    const payment = first(sim, 'payment', ({ refundCount }) => refundCount === 0);
    await change(sim, payment, { ...payment.doc, refunded: 1n });

    expect(await found(sim)).toEqual([`refunds_differ pi_${payment.doc.body} 0 refunds of 1, found 0 of 0`]);
  });

  it('names a payment that does not count its chargeback', async () => {
    const sim = day.fork();
    const payment = first(sim, 'payment', (one) => one.disputes?.blocking === 1);
    await change(sim, payment, asBefore(payment.doc));

    expect(await found(sim)).toEqual([
      `chargebacks_differ pi_${payment.doc.body} 0 chargebacks, 0 not won, found 1, 1 not won`,
    ]);
  });

  it('names a payment that counts a won chargeback as not won', async () => {
    const sim = day.fork();
    const payment = first(sim, 'payment', (one) => one.disputes?.blocking === 0);
    await change(sim, payment, { ...payment.doc, disputes: { opened: 1, blocking: 1 } });

    expect(await found(sim)).toEqual([
      `chargebacks_differ pi_${payment.doc.body} 1 chargebacks, 1 not won, found 1, 0 not won`,
    ]);
  });
});

describe.each([
  ['refund', 're'],
  ['dispute', 'du'],
] as const)('a %s', (kind, prefix) => {
  const one = (sim: Simulation): Found<Docs['refund' | 'dispute']> => first(sim, kind);

  it('of a payment that does not exist is named', async () => {
    const sim = day.fork();
    const child = one(sim);
    await change(sim, child, { ...child.doc, payment: 'x' as never });

    expect(await found(sim)).toContain(`record_missing pi_x of ${prefix}_${child.doc.body}`);
  });

  it('of the charge of another payment is named', async () => {
    const sim = day.fork();
    const child = one(sim);
    const { body } = all(sim, 'payment').find(({ doc }) => doc.body !== child.doc.payment)!.doc;
    await change(sim, child, { ...child.doc, payment: body });

    expect((await found(sim)).join('\n')).toContain(
      `payment_differs ${prefix}_${child.doc.body} is of the charge ${child.doc.paymentReference} in usd, not pi_${body}'s`,
    );
  });

  it('in another currency than its charge is named', async () => {
    const sim = day.fork();
    const child = one(sim);
    await change(sim, child, { ...child.doc, currency: 'eur' as never });

    expect((await found(sim)).join('\n')).toContain(`payment_differs ${prefix}_${child.doc.body} is of the charge`);
  });
});
