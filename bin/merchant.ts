/** `npm run -s merchant -- create --name X [--live]` adds a merchant and prints its keys as JSON; `settings` and `set` to what is agreed with it; the others to its keys. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { jsonIn } from './local/json-file.ts';
import { argumentsOf } from './local/merchant-arguments.ts';
import { type CreatedMerchant, operatorOf } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s merchant -- COMMAND [OPTIONS]

  create --name NAME [--live] [--time-zone ZONE] [--delay-days N] [--country CC] [--currency CUR]
      Adds a merchant and prints its keys as JSON: this is the only time they can be seen.
  settings --merchant acct_… [--live]
      Prints what is agreed with the merchant.
  set --merchant acct_… [--live] [--method TYPE] [--fee-bps N] [--fee-fixed AMOUNTS] [--reserve-bps N] [--reserve-days N]
      [--delay-days N] [--minimum-payout AMOUNTS] [--refund-overdraft true|false] [--bank-last4 NNNN] [--requests-per-second N]
      [--search-fields FIELD,…]
      Changes it, for what is captured, settled and asked from then on; prints it before and after. AMOUNTS are minor units by
      currency (usd=30,huf=8500), or one number in the merchant's own currency. Payments in a currency without both are refused.
      With --method card|alipay|wechat_pay|paypal, --fee-bps and --fee-fixed are of that type of payment method alone;
      what it has none of is as for the others. The value default takes its own fee away.
      --bank-last4 enters another bank account; it also enables payouts again after one failed (bankDisabled in settings).
  set --merchant acct_… --live --bank FILE
      Enters the bank account of a live merchant: its payouts leave in payout files (npm run -s settle -- file). FILE, or - for
      standard input, is JSON: holder, country, bank_name, and iban, or account_number with bic or routing_number.
  add-account --merchant acct_…
      Adds an account at the sandbox, and prints all. A payment tries the next one where an account did not accept it.
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
  --reserve-bps    hundredths of a per cent of each captured amount that are held back (default 0)
  --reserve-days   days for which they are held, 1 to 180 (default 90); what is held already keeps its date
  --delay-days     banking days from the end of a day to its payout (default 2)
  --country        two letters: where the merchant and its bank account are (default US)
  --currency       the merchant's own currency, three letters: its banking days decide when a day is settled (default usd)
  --search-fields  what a search finds by a note, of metadata (every pair), metadata.KEY, email, name, phone,
                   payment_method_details.card.last4, payment_method_details.card.fingerprint; or none.
                   Each note of a payment costs one write unit
  --stack          name of the stack (default: the one that npm start runs here, else Sluice)`;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    name: { type: 'string' },
    live: { type: 'boolean' },
    'time-zone': { type: 'string' },
    'delay-days': { type: 'string' },
    country: { type: 'string' },
    currency: { type: 'string' },
    merchant: { type: 'string' },
    key: { type: 'string' },
    publishable: { type: 'boolean' },
    'overlap-hours': { type: 'string' },
    method: { type: 'string' },
    'fee-bps': { type: 'string' },
    'fee-fixed': { type: 'string' },
    'reserve-bps': { type: 'string' },
    'reserve-days': { type: 'string' },
    'minimum-payout': { type: 'string' },
    'refund-overdraft': { type: 'string' },
    'bank-last4': { type: 'string' },
    bank: { type: 'string' },
    'requests-per-second': { type: 'string' },
    'search-fields': { type: 'string' },
    mode: { type: 'string' },
    stack: { type: 'string' },
  });
  const args = argumentsOf(positionals, values);
  if (typeof args === 'string') return commandLine.wrong(USAGE, args);
  if (values.bank !== undefined) args.given.bank = await jsonIn(values.bank);
  const place = placeOf(values.stack);
  console.error(`merchant: ${nameOfPlace(place)}`);
  const answer = await operatorOf(place)<CreatedMerchant | object>(args.command, args.given);
  console.log(JSON.stringify(answer, undefined, 2));
  return 0;
});
