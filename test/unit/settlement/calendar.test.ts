import { describe, expect, it } from 'vitest';
import {
  addBankingDays,
  dateOf,
  endOfDate,
  type IsoDate,
  isBankingDay,
  parseDate,
  startOfDate,
} from '../../../functions/settlement/calendar.ts';

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

  it('what is no day of the calendar is no date', () => {
    expect(['2026-02-29', '2026-13-01', '24.11.2026', '2026-1-1'].map(parseDate)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
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
