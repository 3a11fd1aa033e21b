/** What Stripe has below the paths of the gateway function, and Sluice does not carry out. */
import type { AnyOperation } from '../api/operation.ts';
import { BILLING, CONNECT, TAXES, TERMINAL } from './reasons.ts';
import { EMPTY_LISTS } from './table.ts';
import { onMembersOf, onNone, refusedWith } from './unserved.ts';

const SET_BY_OPERATOR = 'The operator of this API sets the account up, by its commands.';
const BANK = 'Sluice reads no bank accounts of payers (Financial Connections).';
const APPS = 'Sluice has no apps.';
const SOURCES = 'Sluice has no Source objects. Create a payment method or a token of a card.';
const REMOVED = 'Stripe has removed this operation from its API.';

export const unservedAtGateway: readonly AnyOperation<object>[] = [
  ...onMembersOf(EMPTY_LISTS),
  ...onNone(
    'sources',
    'source',
    'GET POST GET:source_transactions GET:source_transactions/* GET:mandate_notifications/* POST:verify',
  ),
  ...onNone('confirmation_tokens', 'confirmation_token', 'GET'),
  ...onNone('ephemeral_keys', 'ephemeral_key', 'DELETE'),
  ...onNone('financial_connections/sessions', 'financial_connections.session', 'GET'),
  ...onNone('tax/calculations', 'tax.calculation', 'GET GET:line_items'),
  ...onNone('tax/transactions', 'tax.transaction', 'GET GET:line_items'),
  ...onNone('accounts/*/persons', 'person', 'GET POST DELETE'),
  ...onNone('accounts/*/people', 'person', 'GET POST DELETE'),
  ...onNone('link_account_sessions', 'financial_connections.session', 'GET'),
  ...onNone('linked_accounts', 'financial_connections.account', 'GET POST:disconnect GET:owners POST:refresh'),
  ...onNone('issuing/settlements', 'issuing.settlement', 'GET POST'),
  ...onNone('sigma/saved_queries', 'sigma.saved_query', 'POST'),
  ...refusedWith(SOURCES, 'POST:sources'),
  ...refusedWith(
    'Sluice issues no ephemeral keys. A client secret gives a page access to one payment.',
    'POST:ephemeral_keys',
  ),
  ...refusedWith(
    'Sluice has no customer sessions. List the payment methods of the customer.',
    'POST:customer_sessions',
  ),
  ...refusedWith(
    BILLING,
    'POST:billing_portal/sessions GET:billing/credit_balance_summary POST:billing/meter_events POST:billing/meter_event_adjustments GET:credit_notes/preview GET:credit_notes/preview/lines POST:invoices/create_preview GET:invoices/upcoming GET:invoices/upcoming/lines',
  ),
  ...refusedWith(
    TAXES,
    'POST:tax/calculations GET:tax/associations/find GET:tax/settings POST:tax/settings POST:tax/transactions/create_from_calculation POST:tax/transactions/create_reversal',
  ),
  ...refusedWith(
    CONNECT,
    'POST:account_links POST:account_sessions DELETE:accounts/* POST:accounts/*/login_links POST:accounts/*/reject POST:accounts/*/unreject',
  ),
  ...refusedWith(
    SET_BY_OPERATOR,
    'POST:accounts/* POST:accounts/*/capabilities/* POST:accounts/*/external_accounts POST:accounts/*/external_accounts/* DELETE:accounts/*/external_accounts/* POST:accounts/*/persons POST:accounts/*/people POST:accounts/*/bank_accounts POST:accounts/*/bank_accounts/* DELETE:accounts/*/bank_accounts/* POST:external_accounts/* POST:balance_settings',
  ),
  ...refusedWith(BANK, 'POST:financial_connections/sessions POST:link_account_sessions GET:linked_accounts'),
  ...refusedWith(
    APPS,
    'GET:apps/installs POST:apps/installs GET:apps/installs/* POST:apps/installs/* POST:apps/installs/*/uninstall GET:apps/secrets POST:apps/secrets GET:apps/secrets/find POST:apps/secrets/delete',
  ),
  ...refusedWith(TERMINAL, 'POST:terminal/connection_tokens POST:terminal/onboarding_links POST:terminal/refunds'),
  ...refusedWith(
    'Sluice records only payments that it carries out. Create a payment intent.',
    'POST:payment_records/report_payment',
  ),
  ...refusedWith('Risk rules decide with each payment, not before it.', 'POST:radar/payment_evaluations'),
  ...refusedWith(
    REMOVED,
    'POST:3d_secure GET:3d_secure/* GET:bitcoin/receivers POST:bitcoin/receivers GET:bitcoin/receivers/* POST:bitcoin/receivers/* GET:bitcoin/receivers/*/transactions GET:recipients POST:recipients GET:recipients/* POST:recipients/* DELETE:recipients/* GET:recipients/*/cards POST:recipients/*/cards GET:recipients/*/cards/* POST:recipients/*/cards/* DELETE:recipients/*/cards/* GET:issuer_fraud_records GET:issuer_fraud_records/* GET:issuing/cards/*/details GET:orders POST:orders GET:orders/* POST:orders/* POST:orders/*/cancel GET:orders/*/line_items POST:orders/*/pay POST:orders/*/reopen POST:orders/*/returns POST:orders/*/submit GET:order_returns GET:order_returns/* GET:skus POST:skus GET:skus/* POST:skus/* DELETE:skus/*',
  ),
];
