/** What Stripe has below the paths of the payments function, and Sluice does not carry out. */
import type { AnyOperation } from '../api/operation.ts';
import { BILLING, CASH, ISSUING, TREASURY } from './reasons.ts';
import { onNone, onNoneOf, refusedWith } from './unserved.ts';

const MICRODEPOSITS = 'Sluice serves no bank accounts, so it has no microdeposits to verify.';

export const unservedAtPayments: readonly AnyOperation<object>[] = [
  ...onNone('customers/*/balance_transactions', 'customer_balance_transaction', 'GET POST'),
  ...onNone('customers/*/cash_balance_transactions', 'customer_cash_balance_transaction', 'GET'),
  ...onNone('customers/*/tax_ids', 'tax_id', 'GET DELETE'),
  ...onNone('customers/*/subscriptions', 'subscription', 'GET POST DELETE GET:discount DELETE:discount'),
  ...onNone('customers/*/bank_accounts', 'bank account', 'GET POST DELETE POST:verify'),
  ...refusedWith(BILLING, 'GET:customers/*/subscription POST:customers/*/subscription DELETE:customers/*/subscription'),
  ...onNoneOf('active discount for customer', 'GET:customers/*/discount DELETE:customers/*/discount'),
  ...refusedWith(
    CASH,
    'POST:customers/*/cash_balance POST:customers/*/funding_instructions POST:payment_intents/*/apply_customer_balance POST:test_helpers/customers/*/fund_cash_balance',
  ),
  ...refusedWith(
    MICRODEPOSITS,
    'POST:customers/*/sources/*/verify POST:payment_intents/*/verify_microdeposits POST:setup_intents/*/verify_microdeposits',
  ),
  ...refusedWith(
    'Sluice does not keep the line items of amount_details.',
    'GET:payment_intents/*/amount_details_line_items',
  ),
  ...refusedWith('Sluice has no confirmation tokens. Name a payment_method.', 'POST:test_helpers/confirmation_tokens'),
  ...refusedWith(
    'A charge has one dispute at a time. Find it by GET /v1/disputes?charge= and use its id.',
    'GET:charges/*/dispute',
  ),
  ...refusedWith(
    'A charge has one dispute at a time. Use its id: POST /v1/disputes/{id}.',
    'POST:charges/*/dispute POST:charges/*/dispute/close',
  ),
  ...refusedWith(
    ISSUING,
    'POST:test_helpers/issuing/authorizations POST:test_helpers/issuing/settlements POST:test_helpers/issuing/transactions/create_force_capture POST:test_helpers/issuing/transactions/create_unlinked_refund',
  ),
  ...onNone(
    'test_helpers/issuing/authorizations',
    'issuing.authorization',
    'POST:capture POST:expire POST:finalize_amount POST:fraud_challenges/respond POST:increment POST:reverse',
  ),
  ...onNone(
    'test_helpers/issuing/cards',
    'issuing.card',
    'POST:shipping/deliver POST:shipping/fail POST:shipping/return POST:shipping/ship POST:shipping/submit',
  ),
  ...onNone(
    'test_helpers/issuing/personalization_designs',
    'issuing.personalization_design',
    'POST:activate POST:deactivate POST:reject',
  ),
  ...onNone('test_helpers/issuing/settlements', 'issuing.settlement', 'POST:complete'),
  ...onNone('test_helpers/issuing/transactions', 'issuing.transaction', 'POST:refund'),
  ...onNone(
    'test_helpers/terminal/readers',
    'terminal.reader',
    'POST:present_payment_method POST:succeed_input_collection POST:timeout_input_collection',
  ),
  ...refusedWith(TREASURY, 'POST:test_helpers/treasury/received_credits POST:test_helpers/treasury/received_debits'),
  ...onNone(
    'test_helpers/treasury/inbound_transfers',
    'treasury.inbound_transfer',
    'POST:fail POST:return POST:succeed',
  ),
  ...onNone(
    'test_helpers/treasury/outbound_payments',
    'treasury.outbound_payment',
    'POST POST:fail POST:post POST:return',
  ),
  ...onNone(
    'test_helpers/treasury/outbound_transfers',
    'treasury.outbound_transfer',
    'POST POST:fail POST:post POST:return',
  ),
];
