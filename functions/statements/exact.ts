/** Exact decimals of the major unit, as bigint in steps of 10^-12: what a fee of `0.38000` is before it is summed. No rounding happens here but by name. */
import { type Currency, exponentOf, mulDiv } from '../kernel/money.ts';

const DIGITS = 12;
const UNIT = 10n ** BigInt(DIGITS);
const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/;

/** The decimal that the text writes, in steps of 10^-12; undefined for a text that is none, or has more digits. */
export function exact(text: string): bigint | undefined {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const value = BigInt(whole) * UNIT + BigInt(fraction.padEnd(DIGITS, '0'));
  return sign === '-' ? -value : value;
}

/** The decimal as text, with every digit that it has and at least two behind the point. */
export function exactText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(DIGITS + 1, '0');
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '').padEnd(2, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}.${fraction}`;
}

const minorUnits = (currency: Currency): bigint => 10n ** BigInt(exponentOf(currency));

/** The decimal in minor units, half up. */
export const minorOf = (value: bigint, currency: Currency): bigint =>
  mulDiv(value, minorUnits(currency), UNIT, 'half_up');

/** Minor units as an exact decimal. */
export const exactOf = (amount: bigint, currency: Currency): bigint => (amount * UNIT) / minorUnits(currency);

/** Whether the decimal is less than one minor unit of the currency, in either direction. */
export const isBelowOneUnit = (value: bigint, currency: Currency): boolean =>
  (value < 0n ? -value : value) * minorUnits(currency) < UNIT;
