/**
 * A payment method's public part: what may be shown of a card, kept in the payments table. The card number is not in it, nor
 * anything to find it with; that is the vault's (store.ts). Payments mints the published test ids with this file alone.
 */
import { createHmac } from 'node:crypto';
import type Stripe from 'stripe';
import type { BillingDetails } from '../api/person.ts';
import type { CardSource, WalletType } from '../channels/port/instrument.ts';
import type { WalletReceipt } from '../channels/port/port.ts';
import { BASE62, type ObjectKey, objectKeyOf, type PaymentMethodId, type Scope, timeOf } from '../kernel/ids.ts';
import { type TestRisk, testCardOf } from '../kernel/test-cards.ts';
import { type Aggregate, firstVersion, type Kind, keyOf, recordOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import { type CardFacts, isWallet, type MethodFacts, typeOf } from './facts.ts';
import { hasTaken, loadUse, receiptOf } from './use.ts';
import { renderWallet } from './wallet.ts';

interface AnyRecord extends Aggregate {
  readonly billing?: BillingDetails;
  readonly metadata: Readonly<Record<string, string>>;
  readonly allowRedisplay?: 'always' | 'limited' | 'unspecified';
  /** Its owner has confirmed that it may be charged later, without being asked again. */
  readonly setUp?: true;
  /** Whom it is attached to. */
  readonly customer?: ObjectKey;
  /** It was made as a source of its customer, and is announced as one too. */
  readonly asSource?: true;
  /** Its last change was made to it as a source, and is announced as that. */
  readonly changedAsSource?: true;
  /** Of one that was made as a source: the customer that it was detached from. */
  readonly detachedFrom?: ObjectKey;
  /** Why it can never be used or attached (again): it was detached, or paid once without a customer. */
  readonly spent?: 'detached' | 'used';
  /** The payment that it was last used for while it had no customer. Stored beside the record: a payment marks it without rewriting it. */
  readonly usedBy?: ObjectKey;
  /** Which attempt of that payment it was: two of one payment are two uses, or who has read of the first would not notice the second. */
  readonly usedFor?: number;
}

export interface CardRecord extends AnyRecord {
  readonly type?: undefined;
  readonly card: CardFacts;
  readonly source: CardSource;
  readonly testRisk?: TestRisk;
  /** Test mode only: the published test id that the card number stands for. */
  readonly testToken?: string;
  /** A security code came with it: it is checked at the first authorization. */
  readonly cvcGiven: boolean;
}

export interface WalletRecord extends AnyRecord {
  readonly type: WalletType;
  /** What the wallet said of its payer when it paid. Never stored here: read from the payment that used the method (`loadMethod`). */
  readonly receipt?: WalletReceipt;
}

export type MethodRecord = CardRecord | WalletRecord;

export const METHOD: Kind<MethodRecord> = {
  name: 'method',
  letter: 'm',
  prefix: 'pm',
  object: 'PaymentMethod',
  // Version 0.1 took every method for a card.
  shape: (record) => (isWallet(record) ? 2 : 1),
  reads: 2,
};
export const methodId = (objectKey: ObjectKey): PaymentMethodId => `pm_${objectKey}`;

/** Whether `id` is a published test id that every call mints a fresh payment method of. */
export const isTestToken = (id: string): boolean => id.startsWith('pm_card_') && testCardOf(id) !== undefined;

/** A card has two ids: `pm_…`, and `card_…` where it is shown as a source. Each parameter that takes one of them takes both. */
const methodKeyOf = (id: string): ObjectKey | undefined => objectKeyOf(id, METHOD.prefix) ?? objectKeyOf(id, 'card');

/** The id that payment methods show, whichever of the two is given. */
export function methodIdOf(id: string): string {
  const objectKey = methodKeyOf(id);
  return objectKey ? methodId(objectKey) : id;
}

/** The method that `id` names in this scope, or undefined. */
export async function loadMethod(table: Table, scope: Scope, id: string): Promise<MethodRecord | undefined> {
  const objectKey = methodKeyOf(id);
  const item = objectKey && (await table.get('payments', keyOf(METHOD, scope, objectKey)));
  if (!item) return undefined;
  const record = recordOf(METHOD, item);
  const { usedBy, usedFor = 0 } = item as Pick<MethodRecord, 'usedBy' | 'usedFor'>;
  if (usedBy === undefined || record.customer !== undefined || record.spent) return record;
  const payment = await loadUse(table, scope, usedBy);
  if (!payment) return { ...record, usedBy, usedFor };
  const own = methodId(record.body);
  const used = { usedBy, usedFor, ...(hasTaken(payment, own) && { spent: 'used' as const }) };
  if (record.type === undefined) return { ...record, ...used };
  const receipt = receiptOf(payment, own);
  return { ...record, ...used, ...(receipt && { receipt }) };
}

/**
 * A fresh method of a published test id (`pm_card_…`, `tok_…`): valid until this month of next year, as Stripe's are.
 * Throws for an id that is not published: ask `testCardOf` first.
 */
export function mintTestMethod(scope: Scope, token: string, objectKey: ObjectKey, nowMs: number): CardRecord {
  const card = testCardOf(token);
  if (!card) throw new Error('not a published test id');
  const now = new Date(nowMs);
  return {
    scope,
    body: objectKey,
    version: 1,
    livemode: false,
    createdMs: timeOf(objectKey),
    committedMs: timeOf(objectKey),
    card: {
      brand: card.brand,
      last4: card.number.slice(-4),
      expMonth: now.getUTCMonth() + 1,
      expYear: now.getUTCFullYear() + 1,
      funding: card.funding,
      country: card.country,
      fingerprint: publishedFingerprint(scope, card.number),
    },
    source: { kind: 'test', token: card.token },
    metadata: {},
    ...(card.risk && { testRisk: card.risk }),
    testToken: card.token,
    cvcGiven: true,
  };
}

/** What the request that makes a method may say of it. */
export type MethodDetails = Partial<Pick<MethodRecord, 'billing' | 'allowRedisplay' | 'metadata'>>;

/** A fresh method of a wallet, for the request that makes it. */
export const walletMethod = (
  call: Parameters<typeof firstVersion>[0],
  type: WalletType,
  { billing, allowRedisplay, metadata = {} }: MethodDetails,
  nowMs: number,
): WalletRecord => ({
  ...firstVersion(call, nowMs),
  type,
  metadata,
  ...(billing && { billing }),
  ...(allowRedisplay && { allowRedisplay }),
});

/** What a payment copies of a method. */
export const methodFacts = (record: MethodRecord): MethodFacts => ({
  id: methodId(record.body),
  ...(record.type === undefined
    ? { card: record.card, source: record.source, ...(record.testRisk && { testRisk: record.testRisk }) }
    : { type: record.type }),
  ...(record.billing && { billing: record.billing }),
  ...(record.customer && { customer: record.customer }),
  ...(record.setUp && { setUp: true }),
});

/** Fingerprint of a published test number: the number is public, so it needs no secret key. It only differs per scope. */
const publishedFingerprint = (scope: Scope, number: string): string =>
  fingerprintText(createHmac('sha256', scope).update(`published test card|${number}`).digest());

/** Sixteen base62 characters of a MAC. */
export function fingerprintText(mac: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(mac).toString('hex')}`);
  let text = '';
  for (let i = 0; i < 16; i++) {
    text += BASE62.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return text;
}

/** The payment method as Stripe shows it. */
export const renderMethod = (record: MethodRecord, livemode: boolean): Stripe.PaymentMethod =>
  render(methodFacts(record), livemode, {
    createdMs: record.createdMs,
    metadata: record.metadata,
    allowRedisplay: record.allowRedisplay ?? 'unspecified',
    customer: record.customer,
    cvcCheck: record.type === undefined && record.cvcGiven ? 'unchecked' : null,
    receipt: record.type === undefined ? undefined : record.receipt,
  });

/** The same from what a payment copied, for the payment method inside a decline. */
export const renderMethodFacts = (facts: MethodFacts, livemode: boolean): Stripe.PaymentMethod =>
  render(facts, livemode, {
    createdMs: timeOf(objectKeyOf(facts.id, 'pm')!),
    metadata: {},
    allowRedisplay: 'unspecified',
    customer: facts.customer,
    cvcCheck: 'unchecked',
  });

interface Details {
  readonly createdMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly allowRedisplay: 'always' | 'limited' | 'unspecified';
  readonly customer: ObjectKey | undefined;
  readonly cvcCheck: 'unchecked' | null;
  readonly receipt?: WalletReceipt | undefined;
}

const DISPLAY_BRANDS: Readonly<Record<string, string>> = {
  amex: 'american_express',
  diners: 'diners_club',
  unionpay: 'union_pay',
  unknown: 'other',
};

function render(facts: MethodFacts, livemode: boolean, details: Details): Stripe.PaymentMethod {
  return {
    id: facts.id,
    object: 'payment_method',
    allow_redisplay: details.allowRedisplay,
    billing_details: renderBilling(facts.billing),
    ...(facts.type === undefined
      ? { card: renderCard(facts.card, details.cvcCheck) }
      : renderWallet(facts.type, details.receipt)),
    created: Math.floor(details.createdMs / 1000),
    customer: details.customer === undefined ? null : `cus_${details.customer}`,
    customer_account: null,
    livemode,
    metadata: { ...details.metadata },
    radar_options: {},
    type: typeOf(facts),
  } satisfies Stripe.PaymentMethod;
}

const renderCard = (card: CardFacts, cvcCheck: Details['cvcCheck']): Stripe.PaymentMethod.Card => ({
  brand: card.brand,
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: cvcCheck },
  country: card.country || null,
  display_brand: DISPLAY_BRANDS[card.brand] ?? card.brand,
  exp_month: card.expMonth,
  exp_year: card.expYear,
  fingerprint: card.fingerprint,
  funding: card.funding,
  generated_from: null,
  last4: card.last4,
  networks: { available: [card.brand], preferred: null },
  regulated_status: 'unregulated',
  three_d_secure_usage: { supported: card.brand !== 'amex' },
  wallet: null,
});

/** Billing details as Stripe shows them: every member, null where it is not known. */
export function renderBilling(billing: BillingDetails | undefined): Stripe.PaymentMethod.BillingDetails {
  const address = billing?.address;
  return {
    address: {
      city: address?.city ?? null,
      country: address?.country ?? null,
      line1: address?.line1 ?? null,
      line2: address?.line2 ?? null,
      postal_code: address?.postal_code ?? null,
      state: address?.state ?? null,
    },
    email: billing?.email ?? null,
    name: billing?.name ?? null,
    phone: billing?.phone ?? null,
    tax_id: billing?.tax_id ?? null,
  };
}
