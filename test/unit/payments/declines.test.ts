/** The texts of declines by what pays: those of a wallet name no card, bank or issuer, and have Stripe's codes for other methods. */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome, Decline } from '../../../functions/channels/port/port.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import { renderCharge } from '../../../functions/payments/charge-wire.ts';
import { applyNeverArrived, applyOutcome, refusedByRules } from '../../../functions/payments/outcome.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { renderPayment } from '../../../functions/payments/wire.ts';
import { BODY } from '../notifications/images.ts';
import { COMMIT, known, OUTCOMES } from './known.ts';

const method = { id: `pm_${BODY}`, type: 'alipay' } as const;

function order(status: 'sent' | 'requires_action', changes: Partial<Attempt> = {}): Payment {
  const payment = known(status, false);
  const attempts = payment.attempts.map((attempt): Attempt => ({ ...attempt, method, ...changes }));
  return { ...payment, methodTypes: ['alipay'], attempts };
}
const apply = (payment: Payment, outcome: AttemptOutcome) => applyOutcome(payment, 1, outcome, COMMIT)!;
const declined = (decline: Decline): AttemptOutcome => ({ kind: 'failed', decline });
const GENERIC: Decline = { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' };
const REQUIRED: Decline = { ...GENERIC, code: 'authentication_required', declineCode: 'authentication_required' };

const CASES: readonly (readonly [string, Payment, string])[] = [
  ['our own rules', refusedByRules(order('sent')), 'payment_method_provider_decline'],
  [
    'a payment in part',
    apply(order('requires_action'), { ...OUTCOMES.captured, amount: 500n }),
    'payment_intent_payment_attempt_failed',
  ],
  ['an order without an answer', applyNeverArrived(order('sent'), 1, COMMIT)!, 'processing_error'],
  [
    'an order that was not paid in time',
    applyNeverArrived(order('requires_action'), 1, COMMIT)!,
    'payment_intent_payment_attempt_expired',
  ],
  [
    'an order that was paid and not completed',
    applyNeverArrived(order('sent', { pendingMs: 1_790_000_000_500 }), 1, COMMIT)!,
    'payment_intent_payment_attempt_failed',
  ],
  [
    'a payer who was not to be asked',
    apply(order('sent', { noChallenge: true }), declined(REQUIRED)),
    'payment_intent_action_required',
  ],
  ['a payer who had to be asked', apply(order('sent'), declined(REQUIRED)), 'payment_method_provider_decline'],
  ['a channel in the words of cards', apply(order('sent'), declined(GENERIC)), 'payment_method_provider_decline'],
  [
    'a channel in the words of another card',
    apply(order('sent'), declined({ code: 'expired_card', message: 'Your card has expired.' })),
    'payment_method_provider_decline',
  ],
  [
    'a channel that did not process it',
    apply(
      order('sent'),
      declined({
        class: 'technical_not_accepted',
        code: 'processing_error',
        message: 'An error occurred while processing your card. Try again in a little bit.',
      }),
    ),
    'processing_error',
  ],
  [
    'a wallet in its own words',
    apply(
      order('requires_action'),
      declined({ code: 'payment_method_customer_decline', message: 'The payer declined.' }),
    ),
    'payment_method_customer_decline',
  ],
];

describe('a decline of a wallet', () => {
  it.each(CASES)('by %s has Stripe’s code and names no card', (_, payment, code) => {
    const { last_payment_error: error } = renderPayment(payment);

    expect(error).toMatchObject({ type: 'invalid_request_error', code });
    expect(error!.decline_code).toBeUndefined();
    expect(`${error!.message}`).not.toMatch(/card|bank|issuer/i);
  });

  it('keeps the raw code of the channel', () => {
    const payment = apply(order('sent'), declined({ ...GENERIC, networkCode: '05' }));

    expect(payment.attempts[0]!.decline).toMatchObject({ networkCode: '05' });
  });

  it('makes no charge where the payer was not to be asked', () => {
    const payment = apply(order('sent', { noChallenge: true }), declined(REQUIRED));

    expect(renderPayment(payment).latest_charge).toBeNull();
  });

  it.each(CASES.filter(([, { attempts }]) => attempts[0]!.status === 'failed'))(
    'by %s has an outcome that names no bank',
    (_, payment) => {
      expect(String(renderCharge(payment, 1).outcome!.seller_message)).not.toMatch(/card|bank|issuer/i);
    },
  );

  it.each([
    ['payment_method_provider_decline', 'declined_by_network', 'issuer_declined'],
    ['payment_method_customer_decline', 'not_sent_to_network', 'invalid'],
    ['payment_intent_payment_attempt_expired', 'not_sent_to_network', 'invalid'],
  ])('says who declined: %s is %s', (code, status, type) => {
    const payment = apply(order('requires_action'), declined({ code, message: 'No.' }));

    expect(renderCharge(payment, 1).outcome).toMatchObject({ network_status: status, type, reason: code });
  });
});

describe('a refusal of the channel itself', () => {
  const refusals = (['configuration', 'technical_not_accepted'] as const).flatMap((kind) =>
    [known('sent', false), order('sent')].map((payment) => [kind, payment] as const),
  );

  it.each(refusals)('%s was not sent to the network', (kind, payment) => {
    const after = apply(
      payment,
      declined({ class: kind, code: 'processing_error', message: 'later', networkCode: '96' }),
    );

    expect(renderCharge(after, 1).outcome).toMatchObject({
      network_status: 'not_sent_to_network',
      network_decline_code: '96',
      reason: 'processing_error',
      seller_message: 'This payment was not accepted for processing.',
      type: 'invalid',
    });
  });

  it.each([
    ['sent', 'not_sent_to_network'],
    ['requires_action', 'declined_by_network'],
  ] as const)('a card that the channel does not know, and that was %s, is %s', (status, network) => {
    const after = applyNeverArrived(known(status, false), 1, COMMIT)!;

    expect(renderCharge(after, 1).outcome).toMatchObject({ network_status: network, reason: 'processing_error' });
  });

  it('is not what an issuer says that could not process the payment', () => {
    const after = apply(known('sent', false), declined({ class: 'soft', code: 'processing_error', message: 'later' }));

    expect(renderCharge(after, 1).outcome).toMatchObject({ network_status: 'declined_by_network' });
  });
});

describe('a decline of a card', () => {
  it.each([
    ['our own rules', refusedByRules(known('sent', false)), 'Your card was declined.'],
    [
      'a payment in part',
      apply(known('sent', false), { ...OUTCOMES.captured, amount: 500n }),
      'Your card was approved for a part of the amount only. What was taken is returned.',
    ],
    [
      'a request without an answer',
      applyNeverArrived(known('sent', false), 1, COMMIT)!,
      'An error occurred while processing your card. Try again in a little bit.',
    ],
  ])('by %s keeps its text', (_, payment, message) => {
    expect(payment.attempts[0]!.decline!.message).toBe(message);
  });
});
