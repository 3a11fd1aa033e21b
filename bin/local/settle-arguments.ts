/** The command line of `npm run -s settle`, read: a request, or the fault in it. */

export interface SettleValues {
  readonly date?: string | undefined;
  readonly mode?: string | undefined;
  readonly live?: boolean | undefined;
  readonly merchant?: string | undefined;
  readonly channel?: string | undefined;
  readonly account?: string | undefined;
  readonly format?: string | undefined;
  readonly debtor?: string | undefined;
  readonly out?: string | undefined;
  readonly id?: string | undefined;
  readonly failed?: readonly string[] | undefined;
}

type Mode = 'test' | 'live';
export type Asked =
  | { readonly what: 'day'; readonly date: string; readonly mode: Mode; readonly merchant?: string }
  | {
      readonly what: 'statement';
      readonly of: {
        readonly merchant: string;
        readonly mode: Mode;
        readonly channel: string;
        readonly account: string;
      };
      readonly from: { readonly file: string } | { readonly date: string };
    }
  | { readonly what: 'unmatched'; readonly of: { readonly merchant: string; readonly mode: Mode } }
  | {
      readonly what: 'file';
      readonly mode: Mode;
      readonly out: string;
      readonly format: string;
      readonly debtor: string;
    }
  | { readonly what: 'file-again'; readonly mode: Mode; readonly out: string; readonly id: string }
  | { readonly what: 'confirm'; readonly mode: Mode; readonly id: string; readonly failed: readonly string[] };

/** What each command takes beside the mode and the stack. */
const TAKES: Readonly<Record<string, readonly (keyof SettleValues)[]>> = {
  day: ['date', 'merchant'],
  statement: ['merchant', 'channel', 'account', 'date'],
  unmatched: ['merchant'],
  file: ['format', 'debtor', 'out', 'id'],
  confirm: ['failed'],
};

export function argumentsOf(positionals: readonly string[], values: SettleValues): Asked | string {
  const [first, ...rest] = positionals;
  const what = first ?? 'day';
  if (first === 'day' || !Object.hasOwn(TAKES, what)) return `Unexpected: ${positionals.join(' ')}`;
  const { mode = values.live ? 'live' : 'test' } = values;
  if ((mode !== 'test' && mode !== 'live') || (values.live && mode === 'test'))
    return `--mode ${mode}: must be test or live`;
  for (const name of Object.keys(values) as (keyof SettleValues)[])
    if (
      name !== 'mode' &&
      name !== 'live' &&
      values[name] !== undefined &&
      !TAKES[what]!.includes(name) &&
      (name as string) !== 'stack'
    )
      return `--${name}: not an option of ${what === 'day' ? 'a day' : what}`;
  const most = what === 'statement' || what === 'confirm' ? 1 : 0;
  if (rest.length > most) return `Unexpected: ${rest.slice(most).join(' ')}`;
  if (values.date !== undefined && !isDate(values.date))
    return `--date ${values.date}: not a day of the calendar as YYYY-MM-DD`;
  return READ[what as keyof typeof READ](mode, rest[0], values);
}

const READ = {
  day: (mode, _, { date, merchant }) =>
    date === undefined ? '--date is missing' : { what: 'day', date, mode, ...(merchant !== undefined && { merchant }) },
  statement: (mode, file, { merchant, channel, account, date }) => {
    if (!merchant) return '--merchant is missing';
    if (!account) return '--account is missing';
    const of = accountOf(account, channel);
    if (typeof of === 'string') return of;
    if ((file === undefined) === (date === undefined)) return 'A file, or --date, is needed: one of the two';
    return {
      what: 'statement',
      of: { merchant, mode, ...of },
      from: file === undefined ? { date: date! } : { file },
    };
  },
  unmatched: (mode, _, { merchant }) =>
    merchant ? { what: 'unmatched', of: { merchant, mode } } : '--merchant is missing',
  file: (mode, _, { format = 'pain.001', debtor, out, id }) => {
    if (!out) return '--out is missing';
    if (id !== undefined)
      return debtor === undefined
        ? { what: 'file-again', mode, out, id }
        : '--debtor: a file that was written has its own';
    if (!debtor) return '--debtor is missing';
    if (format !== 'pain.001' && format !== 'csv') return `--format ${format}: must be pain.001 or csv`;
    return { what: 'file', mode, out, format, debtor };
  },
  confirm: (mode, id, { failed = [] }) =>
    id ? { what: 'confirm', mode, id, failed } : 'The id of the payout file is missing',
} as const satisfies Record<
  string,
  (mode: Mode, positional: string | undefined, values: SettleValues) => Asked | string
>;

/** `--channel NAME --account ACCOUNT`, or the account as the other commands name it: `--account NAME/ACCOUNT`. */
function accountOf(
  name: string,
  channel: string | undefined,
): string | { readonly channel: string; readonly account: string } {
  const [first = '', account, ...rest] = name.split('/');
  if (account === undefined) return channel ? { channel, account: first } : '--channel is missing';
  if (rest.length > 0 || !first || !account) return `--account ${name}: must be CHANNEL/ACCOUNT`;
  return channel === undefined || channel === first
    ? { channel: first, account }
    : `--channel ${channel}: the account is at ${first}`;
}

function isDate(text: string): boolean {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
