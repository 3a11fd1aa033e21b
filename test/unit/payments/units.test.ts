/**
 * The budgets of a payment that are counts: write units, calls to AWS, and that none of them grows with what is stored. Units are as
 * DynamoDB counts them (the in-memory table's count is compared with a real engine's in test/integration).
 */
import { describe, expect, it } from 'vitest';
import { callsOfConfirm, unitsOfPayment, unitsWith } from '../../support/counts.ts';

describe('create and confirm of a saved card, automatic capture, 200 bytes of metadata', () => {
  it('costs at most 8 write units, and at most 16 with callback, risk counters and one webhook', async () => {
    const { payment, allIn, tokens } = await unitsOfPayment();

    expect(payment).toBeLessThanOrEqual(8);
    // Intent twice, idempotency key twice, events, journal entry: fewer would mean that one of them was not written.
    expect(payment).toBeGreaterThanOrEqual(6);
    expect(allIn).toBeLessThanOrEqual(16);
    // The callback, and a counter each of card and e-mail address.
    expect(allIn).toBeGreaterThanOrEqual(payment + 3);
    // Search is counted apart (ADR 0009): two metadata pairs, the customer, the card's last four digits and its fingerprint.
    expect(tokens).toBe(5);
  });

  it('makes at most 5 calls to AWS beside the channel, at most 3 of them in series', async () => {
    const { calls, inSeries } = await callsOfConfirm();

    expect(calls).toBeLessThanOrEqual(5);
    // The idempotency key, the claim and the outcome are the least there can be.
    expect(inSeries).toBe(3);
  });
});

it('a retrieve, a list page and a payment cost the same with 10 000 payments stored as with 1 000', async () => {
  expect(await unitsWith(10_000)).toEqual(await unitsWith(1_000));
});
