/** `npm run -s merchant -- create --name X [--live]`: adds a merchant and prints its keys as JSON. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { type CreatedMerchant, operatorOf } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s merchant -- create --name NAME [--live] [--time-zone ZONE] [--delay-days N] [--country CC] [--stack NAME]

Adds a merchant and prints its keys as JSON: this is the only time they can be seen.

  --name        what the merchant is called
  --live        keys for live mode too
  --time-zone   where the merchant's days begin and end, such as Europe/Berlin (default UTC)
  --delay-days  banking days from the end of a day to its payout (default 2)
  --country     two letters (default US)
  --stack       name of the stack (default: the one that npm start runs here, else Sluice)`;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    name: { type: 'string' },
    live: { type: 'boolean' },
    'time-zone': { type: 'string' },
    'delay-days': { type: 'string' },
    country: { type: 'string' },
    stack: { type: 'string' },
  });
  const { name, live, country, stack, 'time-zone': timeZone, 'delay-days': delayDays } = values;
  if (positionals.length !== 1 || positionals[0] !== 'create' || !name?.trim()) return commandLine.wrong(USAGE);
  if (delayDays !== undefined && !/^\d{1,2}$/.test(delayDays)) return commandLine.wrong(USAGE);

  const place = placeOf(stack);
  console.error(`merchant: ${nameOfPlace(place)}`);
  const created = await operatorOf(place)<CreatedMerchant>('create-merchant', {
    name,
    ...(live ? { live: true } : {}),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(delayDays === undefined ? {} : { delayDays: Number(delayDays) }),
    ...(country === undefined ? {} : { country }),
  });
  console.log(JSON.stringify(created, undefined, 2));
  return 0;
});
