/** The merchant's own account, its bank account and the spec of its country, as Stripe shows them: what its settings say. Pure. */
import type Stripe from 'stripe';
import type { MethodType } from '../channels/port/instrument.ts';
import { seconds } from '../kernel/clock.ts';
import { objectKeyOf, timeOf } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';

/** Of the bank account: why it is disabled, as a payout failure code; undefined while it is enabled. */
export type DisabledBecause = string | undefined;

/** The installation's static statement descriptor (payments/descriptor.ts). */
const DESCRIPTOR = 'SLUICE';

/** The account. Charges need a connected channel. Payouts need a bank account that is enabled, and test mode: live mode has no bank. */
export function renderAccount(settings: Settings, disabled: DisabledBecause): Stripe.Account {
  const { merchant, name, country, defaultCurrency } = settings;
  const chargesEnabled = isCharging(settings);
  const key = objectKeyOf(merchant, 'acct');
  return {
    id: merchant,
    object: 'account',
    business_profile: {
      mcc: null,
      minority_owned_business_designation: null,
      name,
      specified_commercial_transactions_act_url: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    business_type: null,
    capabilities: { card_payments: capabilityStatus(settings) },
    charges_enabled: chargesEnabled,
    controller: { type: 'account' },
    country,
    ...(key && { created: seconds(timeOf(key)) }),
    default_currency: defaultCurrency,
    details_submitted: true,
    email: null,
    metadata: {},
    payouts_enabled: payoutsEnabled(settings, disabled),
    settings: settingsOf(settings),
    type: 'standard',
  } satisfies Stripe.Account;
}

/** At least one account is connected, and not switched off. */
const isCharging = ({ accounts }: Settings): boolean => accounts.some(({ disabled }) => !disabled);

const capabilityStatus = (settings: Settings): 'active' | 'inactive' => (isCharging(settings) ? 'active' : 'inactive');

/** Sluice asks for no data of a merchant. */
const NO_REQUIREMENTS = {
  alternatives: [],
  current_deadline: null,
  currently_due: [],
  disabled_reason: null,
  errors: [],
  eventually_due: [],
  past_due: [],
  pending_verification: [],
};

/** What the account shows as its one capability. It was asked for with the account. */
export function renderCapability(settings: Settings): Stripe.Capability {
  const key = objectKeyOf(settings.merchant, 'acct');
  return {
    id: 'card_payments',
    object: 'capability',
    account: settings.merchant,
    future_requirements: NO_REQUIREMENTS,
    requested: true,
    requested_at: key ? seconds(timeOf(key)) : null,
    requirements: NO_REQUIREMENTS,
    status: capabilityStatus(settings),
  };
}

/** When funds are available and paid out: the same as the account's own `settings.payouts`. */
export const renderBalanceSettings = (settings: Settings, disabled: DisabledBecause): Stripe.BalanceSettings => ({
  object: 'balance_settings',
  payments: {
    debit_negative_balances: settings.refundOverdraft,
    payouts: {
      automatic_transfer_rules_by_currency: null,
      minimum_balance_by_currency: null,
      schedule: { interval: 'daily' },
      statement_descriptor: null,
      status: payoutsEnabled(settings, disabled) ? 'enabled' : 'disabled',
    },
    settlement_timing: { delay_days: settings.payoutDelayDays, start_of_day: null },
  },
});

const payoutsEnabled = ({ livemode }: Settings, disabled: DisabledBecause): boolean =>
  !livemode && disabled === undefined;

function settingsOf({ name, timeZone, payoutDelayDays, refundOverdraft }: Settings): Stripe.Account.Settings {
  return {
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_payments: {
      decline_on: { avs_failure: false, cvc_failure: false },
      statement_descriptor_prefix: DESCRIPTOR,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: name, timezone: timeZone },
    payments: {
      statement_descriptor: DESCRIPTOR,
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    payouts: {
      debit_negative_balances: refundOverdraft,
      schedule: { delay_days: payoutDelayDays, interval: 'daily' },
      statement_descriptor: null,
    },
  };
}

/** The bank account that payouts go to. */
export const renderBank = (
  { merchant, bankAccount: bank, defaultCurrency }: Settings,
  disabled: DisabledBecause,
): Stripe.BankAccount => ({
  id: bank.id,
  object: 'bank_account',
  account: merchant,
  account_holder_name: bank.holder,
  account_holder_type: 'company',
  account_type: null,
  available_payout_methods: ['standard'],
  bank_name: bank.bankName,
  country: bank.country,
  currency: defaultCurrency,
  default_for_currency: true,
  fingerprint: null,
  last4: bank.last4,
  metadata: {},
  routing_number: null,
  status: disabled === undefined ? 'new' : 'errored',
});

/**
 * The spec of the merchant's own country, the only one that its settings say anything of: the currencies with a fixed fee and a least payout
 * (docs/adr/0018), which go to its one bank account. Sluice verifies no one, so no field is required. `types`: what its accounts take.
 */
export function renderCountrySpec(
  { country, defaultCurrency, bankAccount, ...settings }: Settings,
  types: readonly MethodType[],
): Stripe.CountrySpec {
  const currencies = Object.keys(settings.minimumPayouts)
    .filter((currency) => settings.fees.fixedIn?.[currency] !== undefined)
    .sort();
  return {
    id: country,
    object: 'country_spec',
    default_currency: defaultCurrency,
    supported_bank_account_currencies: Object.fromEntries(
      currencies.map((currency) => [currency, [bankAccount.country]]),
    ),
    supported_payment_currencies: currencies,
    supported_payment_methods: [...types],
    supported_transfer_countries: [bankAccount.country],
    verification_fields: {
      company: { additional: [], minimum: [] },
      individual: { additional: [], minimum: [] },
    },
  };
}
