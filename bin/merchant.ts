/** `npm run -s merchant -- create --name X [--live]` adds a merchant and prints its keys as JSON; `keys`, `add-key`, `roll-key` and `revoke-key` see to its keys. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { type CreatedMerchant, operatorOf } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s merchant -- COMMAND [OPTIONS]

  create --name NAME [--live] [--time-zone ZONE] [--delay-days N] [--country CC]
      Adds a merchant and prints its keys as JSON: this is the only time they can be seen.
  keys --merchant acct_… [--live]
      Lists the merchant's keys: id, how each begins and ends, when it stops working.
  add-key --merchant acct_… [--live] [--publishable]
      Makes one more key and prints it.
  roll-key --merchant acct_… --key key_… [--live] [--overlap-hours N]
      Makes a key in place of another, which goes on working for the overlap (default 24 hours, 0 to 168).
  revoke-key --merchant acct_… --key key_… [--live]
      Ends a key: within seconds it opens nothing.

  --name           what the merchant is called
  --live           create: keys for live mode too; else: the live mode's keys instead of test mode's
  --time-zone      where the merchant's days begin and end, such as Europe/Berlin (default UTC)
  --delay-days     banking days from the end of a day to its payout (default 2)
  --country        two letters (default US)
  --stack          name of the stack (default: the one that npm start runs here, else Sluice)`;

const COMMANDS = ['create', 'keys', 'add-key', 'roll-key', 'revoke-key'];

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
  const of = { merchant, mode: live ? 'live' : 'test' };
  if (command === 'keys') return { command, given: of };
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
