/**
 * Business dates and banking days. A business date is a calendar day in the merchant's time zone, half open [midnight, midnight):
 * 23 or 25 hours long where the clocks change.
 */
import { TZDate } from '@date-fns/tz';
import type { Currency } from '../shared/money.ts';

/** `YYYY-MM-DD`. */
export type IsoDate = string & { readonly __isoDate: unique symbol };

/** The date, or undefined for text that is no day of the calendar. */
export function parseDate(text: string): IsoDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? (text as IsoDate) : undefined;
}

/** `days` later (or earlier). */
export function addDays(date: IsoDate, days: number): IsoDate {
  const [year, month, day] = partsOf(date);
  return new Date(Date.UTC(year, month - 1, day + days)).toISOString().slice(0, 10) as IsoDate;
}

const partsOf = (date: string): [number, number, number] => date.split('-').map(Number) as [number, number, number];

/** First millisecond of the date in the time zone. */
export function startOfDate(date: IsoDate, timeZone: string): number {
  const [year, month, day] = partsOf(date);
  return new TZDate(year, month - 1, day, 0, 0, 0, 0, timeZone).getTime();
}

/** First millisecond that is no longer the date's. */
export const endOfDate = (date: IsoDate, timeZone: string): number => startOfDate(addDays(date, 1), timeZone);

/** The business date that an instant is in. */
export function dateOf(ms: number, timeZone: string): IsoDate {
  const at = new TZDate(ms, timeZone);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}` as IsoDate;
}

/** Days on which the settlement system of a currency is closed, beside weekends. Computed from the systems' published rules. */
const CLOSED: Readonly<Record<string, (year: number) => readonly string[]>> = {
  usd: fedHolidays,
  eur: targetHolidays,
  gbp: ukHolidays,
};

/** Whether banks move this currency on the date. Currencies whose calendar we do not carry have weekends only (docs/architecture.md). */
export function isBankingDay(date: IsoDate, currency: string): boolean {
  const [year, month, day] = partsOf(date);
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return weekday !== 0 && weekday !== 6 && !(CLOSED[currency]?.(year) ?? []).includes(date);
}

/** The n-th banking day after the date; 0 is the date itself. */
export function addBankingDays(date: IsoDate, count: number, currency: string): IsoDate {
  let day = date;
  for (let left = count; left > 0; ) {
    day = addDays(day, 1);
    if (isBankingDay(day, currency)) left -= 1;
  }
  return day;
}

const iso = (year: number, month: number, day: number): string =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay();

/** The n-th given weekday (0 Sunday) of a month; -1 is the last. */
function nthWeekday(year: number, month: number, weekday: number, n: number): string {
  if (n > 0) {
    const first = weekdayOf(iso(year, month, 1));
    return iso(year, month, 1 + ((weekday - first + 7) % 7) + (n - 1) * 7);
  }
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const last = weekdayOf(iso(year, month, days));
  return iso(year, month, days - ((last - weekday + 7) % 7));
}

/** Federal Reserve Banks (FedACH, Fedwire): a Sunday holiday is kept on Monday; before a Saturday holiday the banks are open on Friday. */
function fedHolidays(year: number): readonly string[] {
  const fixed = [iso(year, 1, 1), iso(year, 6, 19), iso(year, 7, 4), iso(year, 11, 11), iso(year, 12, 25)];
  const observed = fixed.map((date) =>
    weekdayOf(date) === 0 ? iso(year, Number(date.slice(5, 7)), Number(date.slice(8)) + 1) : date,
  );
  return [
    ...observed,
    nthWeekday(year, 1, 1, 3),
    nthWeekday(year, 2, 1, 3),
    nthWeekday(year, 5, 1, -1),
    nthWeekday(year, 9, 1, 1),
    nthWeekday(year, 10, 1, 2),
    nthWeekday(year, 11, 4, 4),
  ];
}

/** T2 of the Eurosystem: 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December. */
function targetHolidays(year: number): readonly string[] {
  return [iso(year, 1, 1), easter(year, -2), easter(year, 1), iso(year, 5, 1), iso(year, 12, 25), iso(year, 12, 26)];
}

/** Bank holidays of England and Wales, without the one-off ones that are proclaimed; a weekend day moves to the next working day. */
function ukHolidays(year: number): readonly string[] {
  const christmas = weekdayOf(iso(year, 12, 25));
  const moved = christmas === 5 ? [25, 28] : christmas === 6 ? [27, 28] : christmas === 0 ? [26, 27] : [25, 26];
  const newYear = weekdayOf(iso(year, 1, 1));
  return [
    iso(year, 1, newYear === 6 ? 3 : newYear === 0 ? 2 : 1),
    easter(year, -2),
    easter(year, 1),
    nthWeekday(year, 5, 1, 1),
    nthWeekday(year, 5, 1, -1),
    nthWeekday(year, 8, 1, -1),
    ...moved.map((day) => iso(year, 12, day)),
  ];
}

/** Easter Sunday (Gregorian, the anonymous algorithm) plus some days. */
function easter(year: number, plus: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return iso(year, Math.floor(f / 31), (f % 31) + 1 + plus);
}

/** The settings that say when a merchant's business days are settled. */
export interface CutOff {
  readonly timeZone: string;
  readonly payoutDelayDays: number;
  /** Whose banking days are counted. */
  readonly defaultCurrency: Currency;
}

/** When the payout of a business date falls due. */
export const dueMs = (date: IsoDate, { timeZone, payoutDelayDays, defaultCurrency }: CutOff): number =>
  Math.max(endOfDate(date, timeZone), startOfDate(addBankingDays(date, payoutDelayDays, defaultCurrency), timeZone));

/** When what is captured at `ms` becomes available, by the merchant's own schedule. */
export const availableMs = (ms: number, cutOff: CutOff): number => dueMs(dateOf(ms, cutOff.timeZone), cutOff);
