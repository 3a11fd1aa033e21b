/**
 * Business dates and banking days. A business date is a calendar day in the merchant's time zone, half open [midnight, midnight):
 * 23 or 25 hours long where the clocks change.
 */
import { TZDate } from '@date-fns/tz';
import calendars from './calendars.json' with { type: 'json' };
import type { Currency } from './money.ts';

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

interface Calendar {
  /** The last day that the calendar knows; after it only weekends are known. */
  readonly through: string;
  /** Weekdays on which the payment system is closed, by year: `MM-DD`, separated by spaces. */
  readonly closed: Readonly<Record<string, string>>;
  /** Weekend days on which it is open: make-up workdays. */
  readonly open?: Readonly<Record<string, string>>;
}
/** Generated from their sources by `npm run calendars`. */
const CALENDARS: Readonly<Record<string, Calendar>> = calendars;

/** The last day that the currency's calendar knows; undefined for a currency of which only weekends are known. */
export const calendarThrough = (currency: string): IsoDate | undefined =>
  CALENDARS[currency]?.through as IsoDate | undefined;

/** Whether the date is after the end of the currency's calendar. A settlement that counts such days must notify the operator. */
export const isBeyondCalendar = (date: IsoDate, currency: string): boolean =>
  date > (calendarThrough(currency) ?? '9999-12-31');

/** What the banking days of a currency are counted by, for people. */
export function bankingDaysOf(currency: string): string {
  const through = calendarThrough(currency);
  return through === undefined ? 'weekends only' : `calendar through ${through}`;
}

/** Whether banks move this currency on the date. */
export function isBankingDay(date: IsoDate, currency: string): boolean {
  const [year, month, day] = partsOf(date);
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  const calendar = CALENDARS[currency];
  const listed = (days: Calendar['closed'] | undefined): boolean => (days?.[year] ?? '').includes(date.slice(5));
  return weekday === 0 || weekday === 6 ? listed(calendar?.open) : !listed(calendar?.closed);
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

/** The settings that say when a merchant's business days are settled. */
export interface CutOff {
  readonly timeZone: string;
  readonly payoutDelayDays: number;
  /** The merchant's own currency. */
  readonly defaultCurrency: Currency;
}

/** When the payout of a business date in a currency falls due: the banking days of that currency are counted. */
export const dueMs = (
  date: IsoDate,
  { timeZone, payoutDelayDays, defaultCurrency }: CutOff,
  currency: string = defaultCurrency,
): number =>
  Math.max(endOfDate(date, timeZone), startOfDate(addBankingDays(date, payoutDelayDays, currency), timeZone));

/** When what is captured at `ms` in a currency becomes available, by the merchant's own schedule. */
export const availableMs = (ms: number, cutOff: CutOff, currency: string): number =>
  dueMs(dateOf(ms, cutOff.timeZone), cutOff, currency);
