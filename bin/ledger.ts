/** `npm run -s ledger -- trial-balance`: the accounts of all merchants and whether they are zero in sum; `repair`: what a lost stream did not post. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { operatorOf, repairAll, type TrialBalance } from './local/operator.ts';
import { type AwsPlace, nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s ledger -- COMMAND [OPTIONS]

  trial-balance [--json]
      Prints each account per mode and currency, in minor units. Ends with code 1 when debits and credits are not equal.
  repair --merchant acct_… --from YYYY-MM-DD --to YYYY-MM-DD [--mode test|live] [--dry-run]
      After more than a day of lost stream, or a restore (docs/runbook.md, Repair): writes what the objects made on these days lack
      in the journal and elsewhere, then audits the books. Prints counts as JSON; ends with code 1 when the audit finds something.

  --json     as JSON
  --mode     test (default) or live
  --dry-run  only counts what is missing
  --stack    name of the stack (default: the one that npm start runs here, else Sluice)`;

const HEADINGS = ['mode', 'currency', 'account', 'debit', 'credit', 'balance'] as const;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    json: { type: 'boolean' },
    merchant: { type: 'string' },
    mode: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    'dry-run': { type: 'boolean' },
    stack: { type: 'string' },
  });
  const command = positionals.join(' ');
  if (command !== 'trial-balance' && command !== 'repair')
    return commandLine.wrong(USAGE, `Not a command of the ledger: ${command || '(none)'}`);
  const place = placeOf(values.stack);
  if (command === 'trial-balance') return trialBalance(place, values.json ?? false);

  const { merchant, mode = 'test', from, to } = values;
  if (merchant === undefined || from === undefined || to === undefined)
    return commandLine.wrong(USAGE, '--merchant, --from and --to are needed');
  if (mode !== 'test' && mode !== 'live') return commandLine.wrong(USAGE, `--mode ${mode}: must be test or live`);
  console.error(`ledger: repair of ${merchant}, ${mode} mode, ${nameOfPlace(place)}`);
  const args = { merchant, mode, from, to, dryRun: values['dry-run'] ?? false } as const;
  const repaired = await repairAll(operatorOf(place), args);
  console.log(JSON.stringify(repaired, undefined, 2));
  return repaired.audit.balanced ? 0 : 1;
});

async function trialBalance(place: AwsPlace, json: boolean): Promise<number> {
  console.error(`ledger: ${nameOfPlace(place)}`);
  const balance = await operatorOf(place)<TrialBalance>('trial-balance');
  console.log(json ? JSON.stringify(balance, undefined, 2) : tableOf(balance));
  return balance.balanced ? 0 : 1;
}

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
