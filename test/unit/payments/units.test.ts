/**
 * The budgets of a payment that are counts: write units, calls to AWS, and that none of them grows with what is stored. Units are as
 * DynamoDB counts them (the in-memory table's count is compared with a real engine's in test/integration).
 */
import { describe, expect, it } from 'vitest';
import { countPayment } from '../../scenarios/payment-counts.ts';
import { callsOfConfirm, unitsOfPayment, unitsWith } from '../../scenarios/request-counts.ts';

describe('create and confirm of a saved card, automatic capture, 200 bytes of metadata', () => {
  it('costs 6 write units: intent twice, idempotency key twice, events, journal entry', async () => {
    expect((await unitsOfPayment()).payment).toBe(6);
  });

  it('costs 13 with a callback, risk counters, search notes and a delivered webhook, one record at a time', async () => {
    const { payment } = await countPayment('single');

    expect(payment.webhooks).toBe(3);
    expect(payment.writeUnits).toBe(13);
    expect(payment.writeUnitsOf).toEqual({
      payments: 2,
      // The key, its reply, and the janitor's note: a record by itself shows the payment open.
      idempotency: 3,
      events: 1,
      ledger: 1,
      channels: 1,
      // Card and e-mail address.
      risk: 2,
      // Two pairs of metadata and the customer.
      search: 3,
    });
  });

  it('costs 12 of them in full batches, which show no payment open', async () => {
    const { payment } = await countPayment('full');

    expect([payment.writeUnits, payment.writeUnitsOf.idempotency, payment.webhooks]).toEqual([12, 2, 3]);
  });

  it('costs 12 read units one record at a time, and 9 in full batches with warm caches', async () => {
    const reads = async (load: 'single' | 'full') => (await countPayment(load)).payment.readUnits;

    // The caller's key; settings in the API and the fan-out; method, card, period, endpoints, the callback's payment; half a unit
    // each for four counters of risk, and for the endpoint, its park, the failure and the events of a delivery.
    expect([await reads('single'), await reads('full')]).toEqual([12, 9]);
  });

  it('sends one message to a queue, and asks KMS nothing: the secret of the endpoint is remembered', async () => {
    const { payment } = await countPayment('single');

    expect([payment.deliveries, payment.features, payment.kmsRequests]).toEqual([1, 0, 0]);
  });

  it('a newly typed card adds 6 write units, one read unit beside key and settings, and one MAC', async () => {
    const { newCard } = await countPayment('single');

    expect([newCard.writeUnits, newCard.readUnits, newCard.macs]).toEqual([6, 3, 1]);
  });

  it('makes at most 6 calls to AWS beside the channel, 4 of them in series', async () => {
    const { calls, inSeries } = await callsOfConfirm();

    expect(calls).toBeLessThanOrEqual(6);
    // The idempotency key, the features that the rules read, the first commit and the outcome.
    expect(inSeries).toBe(4);
  });
});

it('a retrieve, a list page and a payment cost the same with 10 000 payments stored as with 1 000', async () => {
  expect(await unitsWith(10_000)).toEqual(await unitsWith(1_000));
});
