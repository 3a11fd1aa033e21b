import { describe, expect, it } from 'vitest';
import {
  addBankingDays,
  addDays,
  availableMs,
  bankingDaysOf,
  calendarThrough,
  dateOf,
  dueMs,
  endOfDate,
  type IsoDate,
  isBankingDay,
  isBeyondCalendar,
  parseDate,
  startOfDate,
} from '../../../functions/kernel/calendar.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';

const day = (text: string): IsoDate => parseDate(text)!;

describe('business dates', () => {
  it('a date is midnight to midnight in the time zone', () => {
    expect(new Date(startOfDate(day('2026-11-24'), 'America/New_York')).toISOString()).toBe('2026-11-24T05:00:00.000Z');
    expect(new Date(startOfDate(day('2026-11-24'), 'Asia/Shanghai')).toISOString()).toBe('2026-11-23T16:00:00.000Z');
  });

  it('a day in which clocks go forward has 23 hours, one in which they go back 25', () => {
    const hours = (text: string): number =>
      (endOfDate(day(text), 'America/New_York') - startOfDate(day(text), 'America/New_York')) / 3_600_000;
    expect([hours('2026-03-08'), hours('2026-11-01'), hours('2026-11-02')]).toEqual([23, 25, 24]);
  });

  it('an instant belongs to the date of its time zone', () => {
    const at = Date.parse('2026-11-24T03:30:00Z');
    expect([dateOf(at, 'UTC'), dateOf(at, 'America/New_York'), dateOf(at, 'Asia/Tokyo')]).toEqual([
      '2026-11-24',
      '2026-11-23',
      '2026-11-24',
    ]);
  });

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '24.11.2026', '2026-1-1', '2026', '2026-01', '', '2026-01-011'])(
    'what is no day of the calendar is no date: %s',
    (text) => expect(parseDate(text)).toBeUndefined(),
  );

  it('a day of the calendar is a date', () => {
    expect(['2028-02-29', '2026-12-31'].map(parseDate)).toEqual(['2028-02-29', '2026-12-31']);
  });

  it('days are counted over the ends of months and years, in both directions', () => {
    expect([1, 0, -31, 60].map((days) => addDays(day('2026-12-31'), days))).toEqual([
      '2027-01-01',
      '2026-12-31',
      '2026-11-30',
      '2027-03-01',
    ]);
  });

  it('an instant in a month and on a day of one digit has a date of ten characters', () => {
    expect(dateOf(Date.parse('2027-01-02T00:00:00Z'), 'UTC')).toBe('2027-01-02');
    expect(dateOf(Date.parse('2027-01-01T23:59:59.999Z'), 'UTC')).toBe('2027-01-01');
  });
});

describe('banking days', () => {
  it('T+2 over a weekend is Tuesday', () => {
    expect(addBankingDays(day('2026-11-20'), 2, 'usd')).toBe('2026-11-24');
  });

  it('T+0 is the day itself, banking day or not', () => {
    expect(addBankingDays(day('2026-11-22'), 0, 'usd')).toBe('2026-11-22');
  });

  it('the Fed is closed on Thanksgiving and open on the Friday before a Saturday holiday', () => {
    expect(isBankingDay(day('2026-11-26'), 'usd')).toBe(false);
    expect(isBankingDay(day('2026-07-03'), 'usd')).toBe(true);
  });

  it('the Fed keeps a Sunday holiday on Monday', () => {
    expect(isBankingDay(day('2027-07-05'), 'usd')).toBe(false);
  });

  it('T2 is closed on Good Friday and Easter Monday 2026', () => {
    expect(
      ['2026-04-02', '2026-04-03', '2026-04-06', '2026-04-07'].map((text) => isBankingDay(day(text), 'eur')),
    ).toEqual([true, false, false, true]);
  });

  it('a Saturday Boxing Day moves to Monday in England', () => {
    expect(['2026-12-25', '2026-12-28', '2026-12-29'].map((text) => isBankingDay(day(text), 'gbp'))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

/** Weekdays from `from` to `to` (both in it) on which banks do not move the currency. */
function closed(currency: string, from: string, to: string): readonly string[] {
  const found: string[] = [];
  for (let date = day(from); date <= day(to); date = addDays(date, 1)) {
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6 && !isBankingDay(date, currency)) found.push(date);
  }
  return found;
}

describe('calendars', () => {
  it('JPY: Zengin is closed from 31 December to 3 January, and in Golden Week', () => {
    expect(closed('jpy', '2026-12-21', '2027-01-12')).toEqual(['2026-12-31', '2027-01-01', '2027-01-11']);
    expect(closed('jpy', '2026-04-27', '2026-05-08')).toEqual(['2026-04-29', '2026-05-04', '2026-05-05', '2026-05-06']);
    expect(closed('jpy', '2026-09-14', '2026-09-30')).toEqual(['2026-09-21', '2026-09-22', '2026-09-23']);
  });

  it('CNY: the Spring Festival of 2026, and the weekend days that are worked for it', () => {
    expect(closed('cny', '2026-02-09', '2026-02-27')).toEqual([
      '2026-02-16',
      '2026-02-17',
      '2026-02-18',
      '2026-02-19',
      '2026-02-20',
      '2026-02-23',
    ]);
    expect(
      ['2026-02-14', '2026-02-15', '2026-02-28', '2026-09-20', '2026-10-10', '2026-10-11'].map((date) =>
        isBankingDay(day(date), 'cny'),
      ),
    ).toEqual([true, false, true, true, true, false]);
    // Friday 13 February: Saturday 14 is worked, then nothing until Tuesday 24.
    expect(addBankingDays(day('2026-02-13'), 2, 'cny')).toBe('2026-02-24');
  });

  it('HKD: Lunar New Year, Ching Ming and Easter of 2026', () => {
    expect(closed('hkd', '2026-02-09', '2026-04-10')).toEqual([
      '2026-02-17',
      '2026-02-18',
      '2026-02-19',
      '2026-04-03',
      '2026-04-06',
      '2026-04-07',
    ]);
  });

  it('SGD: the gazetted days of 2027, which a package estimates otherwise', () => {
    expect(closed('sgd', '2027-01-01', '2027-12-31')).toEqual([
      '2027-01-01',
      '2027-02-08',
      '2027-03-10',
      '2027-03-26',
      '2027-05-17',
      '2027-05-20',
      '2027-08-09',
      '2027-10-28',
    ]);
  });

  it('CHF: SIC keeps 2 January, Ascension, Whit Monday and 1 May', () => {
    expect(closed('chf', '2026-01-01', '2026-12-31')).toEqual([
      '2026-01-01',
      '2026-01-02',
      '2026-04-03',
      '2026-04-06',
      '2026-05-01',
      '2026-05-14',
      '2026-05-25',
      '2026-12-25',
    ]);
  });

  it('CAD: Lynx keeps Truth and Reconciliation and Remembrance Day; Boxing Day moves from Saturday', () => {
    expect(closed('cad', '2026-09-01', '2026-12-31')).toEqual([
      '2026-09-07',
      '2026-09-30',
      '2026-10-12',
      '2026-11-11',
      '2026-12-25',
      '2026-12-28',
    ]);
  });

  it('AUD: RITS is open when only Sydney or only Melbourne has a holiday', () => {
    expect(closed('aud', '2026-01-01', '2026-12-31')).toEqual([
      '2026-01-01',
      '2026-01-26',
      '2026-04-03',
      '2026-04-06',
      '2026-06-08',
      '2026-12-25',
      '2026-12-28',
    ]);
  });

  it('USD: the Fed’s days of 2027', () => {
    expect(closed('usd', '2027-01-01', '2027-12-31')).toEqual([
      '2027-01-01',
      '2027-01-18',
      '2027-02-15',
      '2027-05-31',
      '2027-07-05',
      '2027-09-06',
      '2027-10-11',
      '2027-11-11',
      '2027-11-25',
    ]);
  });

  it('of other currencies are weekends alone, and say so', () => {
    expect(closed('huf', '2026-12-01', '2027-01-31')).toEqual([]);
    expect(['2026-12-05', '2026-12-06'].map((date) => isBankingDay(day(date), 'huf'))).toEqual([false, false]);
    expect(calendarThrough('huf')).toBeUndefined();
    expect(calendarThrough('cny')).toBe('2026-12-31');
    expect(bankingDaysOf('huf')).toBe('weekends only');
    expect(bankingDaysOf('cny')).toBe('calendar through 2026-12-31');
  });

  it('end: behind the end only weekends are known', () => {
    expect([isBeyondCalendar(day('2026-12-31'), 'cny'), isBeyondCalendar(day('2027-01-01'), 'cny')]).toEqual([
      false,
      true,
    ]);
    expect(isBeyondCalendar(day('2099-01-01'), 'huf')).toBe(false);
    expect(isBankingDay(day('2027-02-08'), 'cny')).toBe(true);
  });
});

describe('a payout', () => {
  const terms = (payoutDelayDays: number, timeZone = 'UTC') => ({
    timeZone,
    payoutDelayDays,
    defaultCurrency: parseCurrency('usd')!,
  });
  const due = (date: string, delay: number, currency?: string) =>
    new Date(dueMs(day(date), terms(delay), currency)).toISOString();

  it('is due at the first millisecond of the banking day that it waits for', () => {
    expect(due('2026-11-20', 2)).toBe('2026-11-24T00:00:00.000Z');
    expect(due('2026-11-24', 2)).toBe('2026-11-27T00:00:00.000Z');
  });

  it('counts the banking days of its own currency', () => {
    expect(due('2026-11-24', 2, 'eur')).toBe('2026-11-26T00:00:00.000Z');
    expect(due('2026-11-24', 2, 'usd')).toBe('2026-11-27T00:00:00.000Z');
  });

  it('is not due before its day is over', () => {
    expect(due('2026-11-24', 0)).toBe('2026-11-25T00:00:00.000Z');
    expect(due('2026-11-21', 0)).toBe('2026-11-22T00:00:00.000Z');
  });

  it('of what is captured at an instant is that of its business date in the merchant’s time zone', () => {
    const at = Date.parse('2026-11-24T03:30:00Z');
    expect(new Date(availableMs(at, terms(1), 'usd')).toISOString()).toBe('2026-11-25T00:00:00.000Z');
    expect(new Date(availableMs(at, terms(1, 'America/New_York'), 'usd')).toISOString()).toBe(
      '2026-11-24T05:00:00.000Z',
    );
  });
});
