/**
 * Fixed fees and least payouts per currency: the defaults of a new merchant, what is agreed with one, and how a record of 0.1, which holds one
 * number for all currencies, is read (docs/adr/0018).
 */
import type { Currency, FeeTerms } from '../kernel/money.ts';
import { type StoredAccounts, withAccounts } from './accounts.ts';
import type { ByCurrency, Settings } from './merchant.ts';

const tableOf = (text: string): ByCurrency =>
  Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split('='))
      .map(([currency, amount]) => [currency!, BigInt(amount!)]),
  );

/** About 0.30 US dollars: what PSPs publish per currency, else its peg or rate. Currencies that few are charged in have none (ADR 0018). */
export const DEFAULT_FIXED_FEES: ByCurrency = tableOf(`
  usd=30 aud=30 cad=30 chf=30 eur=25 gbp=20 nzd=30 sgd=50
  aed=100 bgn=50 brl=60 czk=650 dkk=180 hkd=235 huf=8500 ils=120 jpy=40 mxn=300 myr=100 nok=200 php=1500 pln=100 ron=100 sek=180 thb=1100 twd=1000
  clp=280 cny=200 cop=120000 idr=500000 inr=2500 isk=4000 krw=400 pen=110 qar=110 sar=110 ugx=110000 vnd=7500 zar=500
  bhd=110 jod=210 kwd=90 omr=120 tnd=900
  awg=50 bam=50 bbd=60 bmd=30 bnd=40 bsd=30 djf=50 kmf=130 kyd=25 pab=30 xaf=180 xcd=80 xof=180 xpf=30`);

/** One unit of the currency, as Stripe has it; more where Stripe publishes more because of bank fees. */
export const DEFAULT_MINIMUM_PAYOUTS: ByCurrency = tableOf(`
  usd=100 aud=100 cad=100 chf=100 eur=100 gbp=100 nzd=100 sgd=100
  aed=100 bgn=100 brl=100 czk=100 dkk=100 hkd=100 huf=100 ils=100 jpy=1 mxn=1000 myr=100 nok=100 php=2000 pln=100 ron=100 sek=100 thb=100 twd=100
  clp=23000 cny=100 cop=14000000 idr=100 inr=100 isk=100 krw=1 pen=100 qar=100 sar=100 ugx=100 vnd=1 zar=100
  bhd=1000 jod=1000 kwd=1000 omr=1000 tnd=1000
  awg=100 bam=5000 bbd=100 bmd=100 bnd=100 bsd=100 djf=1 kmf=1 kyd=100 pab=100 xaf=1 xcd=100 xof=1 xpf=1`);

/** Currencies whose unit is worth about as much as a US dollar: there one number of minor units makes sense. */
const DOLLAR_LIKE = ['usd', 'aud', 'cad', 'chf', 'eur', 'gbp', 'nzd', 'sgd'] as const;
/** What 0.1 gave every merchant, unless an operator chose otherwise. */
const FIXED_OF_01 = 30n;
const MINIMUM_OF_01 = 1n;

/** Settings as 0.1 wrote them, and later releases. */
export type StoredSettings = Omit<Settings, 'minimumPayouts' | 'accounts'> &
  StoredAccounts & { readonly minimumPayouts?: ByCurrency };

/**
 * The settings as this release knows them: with accounts, and with amounts per currency. One number of 0.1 holds where it made sense: in the merchant's own currency, if an operator chose it,
 * and in currencies like the dollar. Elsewhere the default holds. No fixed fee (0) stays none in every currency.
 */
export function currentSettings(earlier: StoredSettings): Settings {
  const stored = withAccounts(earlier);
  const { fees, minimumPayout, minimumPayouts, defaultCurrency } = stored;
  if (minimumPayouts) return { ...stored, minimumPayouts };
  const read = (number: bigint, unchosen: bigint, defaults: ByCurrency): ByCurrency => {
    const held = [...DOLLAR_LIKE, ...(number === unchosen ? [] : [defaultCurrency])];
    return { ...defaults, ...Object.fromEntries(held.map((currency) => [currency, number])) };
  };
  const none = Object.fromEntries(Object.keys(DEFAULT_FIXED_FEES).map((currency) => [currency, 0n]));
  return {
    ...stored,
    fees: { ...fees, fixedIn: fees.fixed === 0n ? none : read(fees.fixed, FIXED_OF_01, DEFAULT_FIXED_FEES) },
    minimumPayouts:
      minimumPayout === MINIMUM_OF_01
        ? DEFAULT_MINIMUM_PAYOUTS
        : read(minimumPayout, MINIMUM_OF_01, DEFAULT_MINIMUM_PAYOUTS),
  };
}

/** What a new merchant is charged: 2.9 % and the fixed fee of the currency, no reserve. */
export const defaultFees = (currency: Currency): FeeTerms => ({
  feeBps: 290,
  fixed: DEFAULT_FIXED_FEES[currency] ?? 0n,
  fixedIn: DEFAULT_FIXED_FEES,
  reserveBps: 0,
  version: 1,
});

/**
 * The least that is paid out, in minor units. A currency without one has its payments refused (payments/agreed.ts), so only what 0.1 took in it
 * is left: that is paid out as 0.1 did.
 */
export const minimumPayoutOf = (settings: Settings, currency: Currency): bigint =>
  settings.minimumPayouts[currency] ?? settings.minimumPayout;
