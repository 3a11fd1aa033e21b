/** The command line of `npm run -s merchant`, read: what the operator is asked to do, or what is wrong. */

const COMMANDS = ['create', 'settings', 'set', 'add-account', 'keys', 'add-key', 'roll-key', 'revoke-key'];

interface Values {
  readonly name?: string | undefined;
  readonly live?: boolean | undefined;
  readonly 'time-zone'?: string | undefined;
  readonly 'delay-days'?: string | undefined;
  readonly country?: string | undefined;
  readonly currency?: string | undefined;
  readonly merchant?: string | undefined;
  readonly key?: string | undefined;
  readonly publishable?: boolean | undefined;
  readonly 'overlap-hours'?: string | undefined;
  readonly method?: string | undefined;
  readonly 'fee-bps'?: string | undefined;
  readonly 'fee-fixed'?: string | undefined;
  readonly 'reserve-bps'?: string | undefined;
  readonly 'reserve-days'?: string | undefined;
  readonly 'minimum-payout'?: string | undefined;
  readonly 'refund-overdraft'?: string | undefined;
  readonly 'bank-last4'?: string | undefined;
  readonly bank?: string | undefined;
  readonly 'requests-per-second'?: string | undefined;
  readonly 'search-fields'?: string | undefined;
  readonly mode?: string | undefined;
}

/** The operator's command and what it is given, or what is wrong with the command line. */
export function argumentsOf(
  positionals: readonly string[],
  values: Values,
): { readonly command: string; readonly given: Record<string, unknown> } | string {
  const { name, live, merchant, key, publishable, 'overlap-hours': overlap } = values;
  const [command] = positionals;
  if (command === undefined || positionals.length > 1 || !COMMANDS.includes(command))
    return `Not a command: ${positionals.join(' ') || '(none)'}`;
  if (command === 'create') return name?.trim() ? creation(name, values) : '--name is missing';
  if (!merchant) return '--merchant is missing';
  const { mode = live ? 'live' : 'test' } = values;
  if ((mode !== 'test' && mode !== 'live') || (live && mode === 'test')) return `--mode ${mode}: must be test or live`;
  const of = { merchant, mode };
  if (command === 'set') return values.bank === undefined ? changes(of, values) : connection(of, values);
  if (command === 'settings' || command === 'add-account' || command === 'keys') return { command, given: of };
  if (command === 'add-key') return { command, given: { ...of, type: publishable ? 'publishable' : 'secret' } };
  if (!key) return '--key is missing';
  if (command === 'revoke-key') return { command, given: { ...of, key } };
  if (overlap !== undefined && !/^\d{1,3}$/.test(overlap)) return `--overlap-hours ${overlap}: not a number of hours`;
  return { command, given: { ...of, key, ...(overlap !== undefined && { overlapHours: Number(overlap) }) } };
}

function creation(name: string, values: Values) {
  const { live, country, currency, 'time-zone': timeZone, 'delay-days': delayDays } = values;
  if (delayDays !== undefined && !/^\d{1,2}$/.test(delayDays)) return `--delay-days ${delayDays}: not a number of days`;
  return {
    command: 'create-merchant',
    given: {
      name,
      ...(live && { live: true }),
      ...(timeZone !== undefined && { timeZone }),
      ...(delayDays !== undefined && { delayDays: Number(delayDays) }),
      ...(country !== undefined && { country: country.toUpperCase() }),
      ...(currency !== undefined && { currency: currency.toLowerCase() }),
    },
  };
}

/** Counts are numbers; amounts stay text, for no number holds money. */
const COUNTS = ['fee-bps', 'reserve-bps', 'reserve-days', 'delay-days', 'requests-per-second'] as const;
const AMOUNTS = ['fee-fixed', 'minimum-payout'] as const;

function changes(of: object, values: Values) {
  const { method } = values;
  const given: Record<string, unknown> = { ...of, ...(method !== undefined && { method }) };
  for (const name of COUNTS) {
    const value = values[name];
    if (value === undefined) continue;
    if (isDefault(name, value, values)) {
      given[camelCased(name)] = value;
      continue;
    }
    if (!/^\d{1,8}$/.test(value)) return `--${name} ${value}: not a whole number`;
    given[camelCased(name)] = Number(value);
  }
  for (const name of AMOUNTS) {
    const value = values[name];
    if (value === undefined) continue;
    const amounts = isDefault(name, value, values) ? value : amountsOf(value);
    if (!amounts) return `--${name} ${value}: not minor units (30), nor minor units by currency (usd=30,huf=8500)`;
    given[camelCased(name)] = amounts;
  }
  const { 'refund-overdraft': overdraft, 'bank-last4': bankLast4, 'search-fields': searchFields } = values;
  if (overdraft !== undefined && overdraft !== 'true' && overdraft !== 'false')
    return `--refund-overdraft ${overdraft}: must be true or false`;
  if (overdraft !== undefined) given.refundOverdraft = overdraft === 'true';
  if (bankLast4 !== undefined) given.bankLast4 = bankLast4;
  if (searchFields !== undefined) given.searchFields = searchFields === 'none' ? [] : searchFields.split(',');
  return { command: 'set', given };
}

/** A bank account is entered by itself: its details are in a file, or on standard input. */
function connection(of: object, { bank, stack: _, ...values }: Values & { readonly stack?: string | undefined }) {
  const others = Object.keys(values).filter((name) => !['merchant', 'mode', 'live'].includes(name));
  if (others.length > 0) return `--bank: enter it by itself, without --${others.join(', --')}`;
  return { command: 'set-bank', given: { ...of, bank } };
}

/** One type of payment method has no fee of its own any longer. */
const isDefault = (name: string, value: string, { method }: Values): boolean =>
  method !== undefined && value === 'default' && name.startsWith('fee-');

/** `30` is in the merchant's own currency, `usd=30,huf=8500` by currency. */
function amountsOf(text: string): string | Readonly<Record<string, string>> | undefined {
  if (/^\d{1,12}$/.test(text)) return text;
  const pairs = text.split(',').map((pair) => /^([A-Za-z]{3})=(\d{1,12})$/.exec(pair));
  const amounts = pairs.flatMap((pair) => (pair ? [[pair[1]!.toLowerCase(), pair[2]!] as const] : []));
  const currencies = new Set(amounts.map(([currency]) => currency));
  return currencies.size === pairs.length ? Object.fromEntries(amounts) : undefined;
}

const camelCased = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
