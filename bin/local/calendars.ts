/**
 * The banking-day calendars, made from their sources: rules that a payment system publishes, or a maintained package of public holidays with
 * the payment system's own differences. `npm run calendars` writes them to functions/kernel/calendars.json; a test holds the file to this.
 */
import chineseDays from 'chinese-days';
import Holidays from 'date-holidays';

/** One currency's calendar. The days of a year are `MM-DD`, separated by spaces. */
interface Calendar {
  /** The payment system, and where its days come from. */
  readonly source: string;
  /** The last day that the calendar knows. */
  readonly through: string;
  /** Weekdays on which the system is closed. */
  readonly closed: Readonly<Record<string, string>>;
  /** Weekend days on which it is open. */
  readonly open?: Readonly<Record<string, string>>;
}

interface Source {
  readonly source: string;
  readonly years: readonly [first: number, last: number];
  readonly closed: (year: number) => readonly string[];
  readonly open?: (year: number) => readonly string[];
}

const iso = (year: number, month: number, day: number): string =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay();
const isWeekend = (date: string): boolean => [0, 6].includes(weekdayOf(date));

/** Public holidays (and what else is named) of a country or a part of it. */
function holidays(year: number, place: readonly [string, string?], types: readonly string[] = ['public']) {
  const [country, state] = place;
  const found = state === undefined ? new Holidays(country) : new Holidays(country, state);
  return found
    .getHolidays(year)
    .filter(({ type }) => types.includes(type))
    .map(({ date, name, substitute }) => ({ date: date.slice(0, 10), name, substitute: substitute === true }));
}
const datesOf = (year: number, place: readonly [string, string?], types?: readonly string[]): readonly string[] =>
  holidays(year, place, types).map(({ date }) => date);

/** The n-th given weekday (0 Sunday) of a month; -1 is the last. */
function nthWeekday(year: number, month: number, weekday: number, n: number): string {
  if (n > 0) return iso(year, month, 1 + ((weekday - weekdayOf(iso(year, month, 1)) + 7) % 7) + (n - 1) * 7);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return iso(year, month, days - ((weekdayOf(iso(year, month, days)) - weekday + 7) % 7));
}

/** The day, or the Monday after a Sunday. Before a Saturday holiday the Reserve Banks are open on Friday. */
const sundayMoves = (year: number, month: number, day: number): string =>
  iso(year, month, day + (weekdayOf(iso(year, month, day)) === 0 ? 1 : 0));

/** The days in their order, each moved to the next weekday that no earlier one has taken. */
function weekendsMove(dates: readonly string[]): readonly string[] {
  const moved: string[] = [];
  for (const date of dates) {
    let day = date;
    while (isWeekend(day) || moved.includes(day)) {
      const [year, month, dayOfMonth] = day.split('-').map(Number) as [number, number, number];
      day = iso(year, month, dayOfMonth + 1);
    }
    moved.push(day);
  }
  return moved;
}

/** Good Friday and Easter Monday. */
const easter = (year: number): readonly [string, string] => {
  const named = datesOf(year, ['DE'], ['public']).filter((date) => /-0[345]-/.test(date));
  const friday = named.find((date) => weekdayOf(date) === 5 && date < `${year}-04-25`)!;
  const [, month, day] = friday.split('-').map(Number) as [number, number, number];
  return [friday, iso(year, month, day + 3)];
};

const SOURCES: Readonly<Record<string, Source>> = {
  usd: {
    source: 'Fedwire, FedACH: Federal Reserve Banks holiday schedule (frbservices.org), published through 2030',
    years: [2024, 2030],
    closed: (year) => [
      sundayMoves(year, 1, 1),
      nthWeekday(year, 1, 1, 3),
      nthWeekday(year, 2, 1, 3),
      nthWeekday(year, 5, 1, -1),
      sundayMoves(year, 6, 19),
      sundayMoves(year, 7, 4),
      nthWeekday(year, 9, 1, 1),
      nthWeekday(year, 10, 1, 2),
      sundayMoves(year, 11, 11),
      nthWeekday(year, 11, 4, 4),
      sundayMoves(year, 12, 25),
    ],
  },
  eur: {
    source: 'T2 (TARGET): long-term calendar of the ECB, the same days every year',
    years: [2024, 2030],
    closed: (year) => [iso(year, 1, 1), ...easter(year), iso(year, 5, 1), iso(year, 12, 25), iso(year, 12, 26)],
  },
  gbp: {
    source:
      'CHAPS, Bacs: bank holidays of England and Wales (gov.uk), published through 2028; one-off ones are proclaimed',
    years: [2024, 2028],
    closed: (year) => [
      ...weekendsMove([iso(year, 1, 1)]),
      ...easter(year),
      nthWeekday(year, 5, 1, 1),
      nthWeekday(year, 5, 1, -1),
      nthWeekday(year, 8, 1, -1),
      ...weekendsMove([iso(year, 12, 25), iso(year, 12, 26)]),
    ],
  },
  jpy: {
    source: 'Zengin, BOJ-NET: national holidays, 31 December to 3 January (Banking Act); date-holidays',
    years: [2026, 2027],
    closed: (year) => datesOf(year, ['JP'], ['public', 'bank']),
  },
  hkd: {
    source: 'CHATS: general holidays gazetted through 2027; date-holidays',
    years: [2026, 2027],
    closed: (year) => datesOf(year, ['HK']),
  },
  sgd: {
    source:
      'MEPS+: public holidays gazetted through 2027 (Ministry of Manpower); date-holidays, corrected where the Islamic calendar and Vesak Day are estimated',
    years: [2026, 2027],
    closed: (year) => [
      ...datesOf(year, ['SG']).filter((date) => !['2027-03-09', '2027-05-16'].includes(date)),
      ...(year === 2027 ? ['2027-03-10', '2027-05-17', '2027-05-20'] : []),
    ],
  },
  chf: {
    source: 'SIC: bank holidays of Zurich with 2 January (SIX Interbank Clearing); date-holidays',
    years: [2026, 2028],
    closed: (year) => [...datesOf(year, ['CH', 'ZH']), iso(year, 1, 2)],
  },
  cad: {
    source: 'Lynx, ACSS: holidays of Payments Canada; date-holidays for the movable ones',
    years: [2026, 2027],
    closed: (year) => [
      ...holidays(year, ['CA', 'ON'])
        .filter(({ name }) =>
          ['Family Day', 'Good Friday', 'Victoria Day', 'Labour Day', 'Thanksgiving'].includes(name),
        )
        .map(({ date }) => date),
      nthWeekday(year, 8, 1, 1),
      ...weekendsMove([iso(year, 1, 1)]),
      ...weekendsMove([iso(year, 7, 1)]),
      ...weekendsMove([iso(year, 9, 30)]),
      ...weekendsMove([iso(year, 11, 11)]),
      ...weekendsMove([iso(year, 12, 25), iso(year, 12, 26)]),
    ],
  },
  aud: {
    source: 'RITS: closed on public holidays of both Sydney and Melbourne (Reserve Bank of Australia); date-holidays',
    years: [2026, 2027],
    closed: (year) => {
      const melbourne = new Set(datesOf(year, ['AU', 'VIC']));
      return datesOf(year, ['AU', 'NSW']).filter((date) => melbourne.has(date));
    },
  },
  cny: {
    source: 'CNAPS: holidays and make-up workdays of the State Council, announced for one year at a time; chinese-days',
    years: [2026, 2026],
    closed: (year) => chineseDays.getHolidaysInRange(`${year}-01-01`, `${year}-12-31`, false),
    open: (year) => chineseDays.getWorkdaysInRange(`${year}-01-01`, `${year}-12-31`, true).filter(isWeekend),
  },
};

const monthDays = (dates: readonly string[], year: number): string =>
  [...new Set(dates)]
    .filter((date) => date.startsWith(`${year}-`))
    .map((date) => date.slice(5))
    .sort()
    .join(' ');

function calendarOf({ source, years: [first, last], closed, open }: Source): Calendar {
  const years = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const byYear = (days: (year: number) => readonly string[]) =>
    Object.fromEntries(years.map((year) => [year, monthDays(days(year), year)]));
  return {
    source,
    through: iso(last, 12, 31),
    closed: byYear((year) => closed(year).filter((date) => !isWeekend(date))),
    ...(open && { open: byYear(open) }),
  };
}

/** The calendars as the file that settlement reads. */
export function calendarsText(): string {
  const calendars = Object.fromEntries(
    Object.entries(SOURCES).map(([currency, source]) => [currency, calendarOf(source)]),
  );
  return `${JSON.stringify(calendars, undefined, 2)}\n`;
}
