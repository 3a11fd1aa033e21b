/**
 * Money is a `bigint` of minor units with a currency (I14): no float touches it, and every division names its rounding.
 */
export type Rounding = 'half_up' | 'half_even' | 'floor';

/** `amount × numerator ÷ denominator`, rounded as named. Negative amounts round as their absolute value does (half_up, half_even); floor goes down. */
export function mulDiv(amount: bigint, numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator <= 0n) throw new RangeError('denominator must be positive');
  const product = amount * numerator;
  const negative = product < 0n;
  const magnitude = negative ? -product : product;
  const quotient = magnitude / denominator;
  const rest = magnitude % denominator;
  if (rest === 0n) return negative ? -quotient : quotient;
  const up = roundsUp(quotient, rest * 2n, denominator, rounding, negative);
  const rounded = up ? quotient + 1n : quotient;
  return negative ? -rounded : rounded;
}

function roundsUp(
  quotient: bigint,
  twiceRest: bigint,
  denominator: bigint,
  rounding: Rounding,
  negative: boolean,
): boolean {
  switch (rounding) {
    case 'floor':
      return negative;
    case 'half_up':
      return twiceRest >= denominator;
    case 'half_even':
      return twiceRest > denominator || (twiceRest === denominator && quotient % 2n === 1n);
    default:
      return rounding satisfies never;
  }
}

/** A lower-case ISO 4217 code that we charge in. */
export type Currency = string & { readonly __currency: unique symbol };

/** Minor-unit digits where they are not 2 (ISO 4217, with Stripe's list of zero-decimal currencies: MGA 0, UGX and ISK two digits). */
const EXPONENTS: Readonly<Record<string, 0 | 3>> = {
  bif: 0,
  clp: 0,
  djf: 0,
  gnf: 0,
  jpy: 0,
  kmf: 0,
  krw: 0,
  mga: 0,
  pyg: 0,
  rwf: 0,
  vnd: 0,
  vuv: 0,
  xaf: 0,
  xof: 0,
  xpf: 0,
  bhd: 3,
  jod: 3,
  kwd: 3,
  omr: 3,
  tnd: 3,
};

/** Stripe's presentment currencies (docs.stripe.com/currencies). */
export const CURRENCIES: ReadonlySet<string> = new Set(
  (
    'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc ' +
    'cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr ' +
    'kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen ' +
    'pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu ' +
    'uzs vnd vuv wst xaf xcd xof xpf yer zar zmw'
  ).split(' '),
);

/** Smallest charge per currency in minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const MINIMUMS: Readonly<Record<string, bigint>> = {
  usd: 50n,
  eur: 50n,
  chf: 50n,
  aud: 50n,
  cad: 50n,
  nzd: 50n,
  sgd: 50n,
  brl: 50n,
  inr: 50n,
  gbp: 30n,
  jpy: 50n,
  dkk: 250n,
  sek: 300n,
  nok: 300n,
  pln: 200n,
  ron: 200n,
  myr: 200n,
  aed: 200n,
  czk: 1500n,
  huf: 17500n,
  hkd: 400n,
  mxn: 1000n,
  thb: 1000n,
  bgn: 100n,
};

/** Currencies that are written with two digits and have none: their amounts end in 00 (docs.stripe.com/currencies#special-cases). */
const WHOLE: ReadonlySet<string> = new Set(['isk', 'ugx']);
/** The same of payouts alone. */
const WHOLE_PAYOUTS: ReadonlySet<string> = new Set([...WHOLE, 'huf', 'twd']);

/** Largest amounts that are not eight digits: twelve for IDR, ten for COP, nine for INR (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const MAXIMUMS: Readonly<Record<string, bigint>> = { idr: 999_999_999_999n, cop: 9_999_999_999n, inr: 999_999_999n };

/**
 * What about 5,000 US dollars are, in whole units of each currency: rates of 2026, rounded to 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 and zeros. A
 * threshold and not a price: a rate that has moved by a third changes nothing.
 */
const ABOUT_5000_DOLLARS = `
  1500 kwd; 2000 bhd omr; 4000 chf eur fkp gbp gip jod kyd shp; 5000 bmd bsd pab usd; 6000 bnd sgd;
  8000 aud azn bam bgn cad nzd; 10000 ang awg bbd bzd; 12000 fjd top; 15000 byn gel ils tnd wst xcd;
  20000 aed myr pen pgk pln qar ron sar; 30000 bob brl dkk ttd; 40000 cny gtq hkd mop sbd; 50000 mad nok sek tjs;
  60000 bwp; 80000 lsl mdl mvr nad scr szl zar; 100000 czk mxn; 120000 hnl sle zmw; 150000 thb twd;
  200000 nio srd try uah uyu; 250000 egp mkd mur; 300000 dop mzn php; 400000 afn all gmd inr kgs rub; 500000 cve rsd xpf;
  600000 bdt dzd htg isk kes vuv; 800000 djf etb jmd jpy npr; 1000000 gyd lrd; 1200000 yer; 1500000 huf lkr pkr;
  2000000 amd kmf; 2500000 crc kzt; 3000000 sos xaf xof; 5000000 aoa clp; 8000000 ars krw mwk ngn rwf; 10000000 mmk;
  12000000 cdf tzs; 15000000 bif; 20000000 cop khr mga mnt ugx; 40000000 gnf pyg; 60000000 uzs; 80000000 idr;
  100000000 lak std; 120000000 vnd; 500000000 lbp`;

const HIGH_AMOUNTS: ReadonlyMap<string, bigint> = new Map(
  ABOUT_5000_DOLLARS.split(';')
    .map((group) => group.trim().split(' '))
    .flatMap(([amount, ...currencies]) =>
      currencies.map((code) => [code, BigInt(amount!) * 10n ** BigInt(EXPONENTS[code] ?? 2)] as const),
    ),
);

/** The currency that `text` names in either case, or undefined when we do not charge in it. */
export function parseCurrency(text: string): Currency | undefined {
  const lower = text.toLowerCase();
  return CURRENCIES.has(lower) ? (lower as Currency) : undefined;
}

export const SUPPORTED_CURRENCIES: readonly string[] = [...CURRENCIES];

/** Digits behind the decimal point. */
export const exponentOf = (currency: Currency): number => EXPONENTS[currency] ?? 2;

/** The least that may be charged, in minor units; 50 where Stripe names none. */
export const minimumOf = (currency: Currency): bigint => MINIMUMS[currency] ?? 50n;

/** The most that one request may charge, hold or pay out, in minor units. */
export const maximumOf = (currency: Currency): bigint => MAXIMUMS[currency] ?? 99_999_999n;

/** What about 5,000 US dollars are, in minor units: risk looks at payments from there on. */
export const highAmountOf = (currency: Currency): bigint => HIGH_AMOUNTS.get(currency)!;

/** What an amount is a multiple of, in minor units: 10 where there are three decimals, 100 where the two that are written do not exist. */
export function stepOf(currency: Currency, of: 'payment' | 'payout' = 'payment'): bigint {
  if ((of === 'payout' ? WHOLE_PAYOUTS : WHOLE).has(currency)) return 100n;
  return exponentOf(currency) === 3 ? 10n : 1n;
}

/** `1050n usd` as `10.50`: for people and for files, never for arithmetic. */
export function decimalText(amount: bigint, currency: Currency): string {
  const digits = exponentOf(currency);
  const sign = amount < 0n ? '-' : '';
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, '0');
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Minor units as the JSON number Stripe's wire asks for; beyond 2^53 it would be rounded, which cannot happen to an amount that was accepted. */
export function wireAmount(amount: bigint): number {
  const number = Number(amount);
  if (!Number.isSafeInteger(number)) throw new RangeError('amount does not fit a JSON number');
  return number;
}

/**
 * The same for sums of any number of amounts (a balance, a reserve, a payout of a period): one that no double holds exactly stays a `bigint`,
 * which `jsonText` writes exactly. Its type is Stripe's.
 */
export function wireTotal(total: bigint): number {
  const number = Number(total);
  return Number.isSafeInteger(number) ? number : (total as unknown as number);
}

/** What a capture with one type of payment method costs, where that is not what the others cost. */
export interface MethodFees {
  /** Hundredths of a per cent. */
  readonly feeBps?: number;
  /** Minor units per currency; in any other currency the fixed part is that of the other types. */
  readonly fixedIn?: Readonly<Record<string, bigint>>;
}

/** Which percentage and fixed part a capture costs the merchant; frozen on the payment at capture so that repair computes the same money. */
export interface FeeTerms {
  /** Hundredths of a per cent: 290 = 2.9 %. */
  readonly feeBps: number;
  /** In minor units of the charge's currency. Of settings: the one number of 0.1, for what 0.1 took in a currency that has none of its own. */
  readonly fixed: bigint;
  /** The fixed part per currency, as settings have it; not frozen on a payment, whose `fixed` is already its currency's. */
  readonly fixedIn?: Readonly<Record<string, bigint>>;
  /** What is agreed for single types of payment method, by Stripe's name of the type; of settings alone, as `fixedIn`. Absent: nothing is. */
  readonly byMethod?: Readonly<Record<string, MethodFees>>;
  /** Part of the gross that is held back, in hundredths of a per cent. */
  readonly reserveBps: number;
  /** Days for which it is held back; frozen on a payment of which something is. Absent in the terms of 0.1. */
  readonly reserveDays?: number;
  /** Version of the merchant's settings these came from. */
  readonly version: number;
}
