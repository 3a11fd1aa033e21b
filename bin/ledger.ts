/** `npm run -s ledger -- trial-balance`: the accounts of all merchants per mode and currency, and whether they are zero in sum. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { operatorOf, type TrialBalance } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s ledger -- trial-balance [--json] [--stack NAME]

Prints each account per mode and currency, in minor units. Ends with code 1 when debits and credits are not equal.

  --json   as JSON
  --stack  name of the stack (default: the one that npm start runs here, else Sluice)`;

const HEADINGS = ['mode', 'currency', 'account', 'debit', 'credit', 'balance'] as const;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, { json: { type: 'boolean' }, stack: { type: 'string' } });
  if (positionals.join(' ') !== 'trial-balance')
    return commandLine.wrong(USAGE, `Not a command of the ledger: ${positionals.join(' ') || '(none)'}`);

  const place = placeOf(values.stack);
  console.error(`ledger: ${nameOfPlace(place)}`);
  const balance = await operatorOf(place)<TrialBalance>('trial-balance');
  console.log(values.json ? JSON.stringify(balance, undefined, 2) : tableOf(balance));
  return balance.balanced ? 0 : 1;
});

function tableOf({ rows, balanced }: TrialBalance): string {
  const lines = [HEADINGS.map(String), ...rows.map((row) => HEADINGS.map((heading) => String(row[heading])))];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const padded = lines.map((line) =>
    line
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [...padded, '', balanced ? 'balanced: debits equal credits' : 'NOT BALANCED'].join('\n');
}
