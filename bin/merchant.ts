/** `npm run -s merchant -- create --name X [--live]` adds a merchant and prints its keys as JSON; `settings` and `set` to what is agreed with it; the others to its keys. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { type CreatedMerchant, operatorOf } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s merchant -- COMMAND [OPTIONS]

  create --name NAME [--live] [--time-zone ZONE] [--delay-days N] [--country CC]
      Adds a merchant and prints its keys as JSON: this is the only time they can be seen.
  settings --merchant acct_… [--live]
      Prints what is agreed with the merchant.
  set --merchant acct_… [--live] [--fee-bps N] [--fee-fixed N] [--reserve-bps N] [--delay-days N] [--minimum-payout N]
      [--refund-overdraft true|false] [--bank-last4 NNNN] [--requests-per-second N]
      Changes it, for what is captured, settled and asked from then on (amounts in minor units); prints it before and after.
  keys --merchant acct_… [--live]
      Lists the merchant's keys: id, how each begins and ends, when it stops working.
  add-key --merchant acct_… [--live] [--publishable]
      Makes one more key and prints it.
  roll-key --merchant acct_… --key key_… [--live] [--overlap-hours N]
      Makes a key in place of another, which goes on working for the overlap (default 24 hours, 0 to 168).
  revoke-key --merchant acct_… --key key_… [--live]
      Ends a key: within seconds it opens nothing.

  --name           what the merchant is called
  --mode           test (default) or live
  --live           create: keys for live mode too; else: the live mode's keys instead of test mode's
  --time-zone      where the merchant's days begin and end, such as Europe/Berlin (default UTC)
  --delay-days     banking days from the end of a day to its payout (default 2)
  --country        two letters (default US)
  --stack          name of the stack (default: the one that npm start runs here, else Sluice)`;

const COMMANDS = ['create', 'settings', 'set', 'keys', 'add-key', 'roll-key', 'revoke-key'];

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    name: { type: 'string' },
    live: { type: 'boolean' },
    'time-zone': { type: 'string' },
    'delay-days': { type: 'string' },
    country: { type: 'string' },
    merchant: { type: 'string' },
    key: { type: 'string' },
    publishable: { type: 'boolean' },
    'overlap-hours': { type: 'string' },
    'fee-bps': { type: 'string' },
    'fee-fixed': { type: 'string' },
    'reserve-bps': { type: 'string' },
    'minimum-payout': { type: 'string' },
    'refund-overdraft': { type: 'string' },
    'bank-last4': { type: 'string' },
    'requests-per-second': { type: 'string' },
    mode: { type: 'string' },
    stack: { type: 'string' },
  });
  const args = argumentsOf(positionals, values);
  if (typeof args === 'string') return commandLine.wrong(USAGE, args);
  const place = placeOf(values.stack);
  console.error(`merchant: ${nameOfPlace(place)}`);
  const answer = await operatorOf(place)<CreatedMerchant | object>(args.command, args.given);
  console.log(JSON.stringify(answer, undefined, 2));
  return 0;
});

interface Values {
  readonly name?: string | undefined;
  readonly live?: boolean | undefined;
  readonly 'time-zone'?: string | undefined;
  readonly 'delay-days'?: string | undefined;
  readonly country?: string | undefined;
  readonly merchant?: string | undefined;
  readonly key?: string | undefined;
  readonly publishable?: boolean | undefined;
  readonly 'overlap-hours'?: string | undefined;
  readonly 'fee-bps'?: string | undefined;
  readonly 'fee-fixed'?: string | undefined;
  readonly 'reserve-bps'?: string | undefined;
  readonly 'minimum-payout'?: string | undefined;
  readonly 'refund-overdraft'?: string | undefined;
  readonly 'bank-last4'?: string | undefined;
  readonly 'requests-per-second'?: string | undefined;
  readonly mode?: string | undefined;
}

/** The operator's command and what it is given, or what is wrong with the command line. */
function argumentsOf(
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
  if (command === 'set') return changes(of, values);
  if (command === 'settings' || command === 'keys') return { command, given: of };
  if (command === 'add-key') return { command, given: { ...of, type: publishable ? 'publishable' : 'secret' } };
  if (!key) return '--key is missing';
  if (command === 'revoke-key') return { command, given: { ...of, key } };
  if (overlap !== undefined && !/^\d{1,3}$/.test(overlap)) return `--overlap-hours ${overlap}: not a number of hours`;
  return { command, given: { ...of, key, ...(overlap !== undefined && { overlapHours: Number(overlap) }) } };
}

function creation(name: string, values: Values) {
  const { live, country, 'time-zone': timeZone, 'delay-days': delayDays } = values;
  if (delayDays !== undefined && !/^\d{1,2}$/.test(delayDays)) return `--delay-days ${delayDays}: not a number of days`;
  return {
    command: 'create-merchant',
    given: {
      name,
      ...(live && { live: true }),
      ...(timeZone !== undefined && { timeZone }),
      ...(delayDays !== undefined && { delayDays: Number(delayDays) }),
      ...(country !== undefined && { country }),
    },
  };
}

/** Counts are numbers; amounts stay text, for no number holds money. */
const COUNTS = ['fee-bps', 'reserve-bps', 'delay-days', 'requests-per-second'] as const;
const AMOUNTS = ['fee-fixed', 'minimum-payout'] as const;

function changes(of: object, values: Values) {
  const given: Record<string, unknown> = { ...of };
  for (const name of [...COUNTS, ...AMOUNTS]) {
    const value = values[name];
    if (value === undefined) continue;
    if (!/^\d{1,8}$/.test(value)) return `--${name} ${value}: not a whole number`;
    given[camelCased(name)] = COUNTS.some((count) => count === name) ? Number(value) : value;
  }
  const { 'refund-overdraft': overdraft, 'bank-last4': bankLast4 } = values;
  if (overdraft !== undefined && overdraft !== 'true' && overdraft !== 'false')
    return `--refund-overdraft ${overdraft}: must be true or false`;
  if (overdraft !== undefined) given.refundOverdraft = overdraft === 'true';
  if (bankLast4 !== undefined) given.bankLast4 = bankLast4;
  return { command: 'set', given };
}

const camelCased = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
