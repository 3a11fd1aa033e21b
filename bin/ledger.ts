/** `npm run -s ledger -- audit | trial-balance | repair`: whether records and books agree, the accounts and their sums, what a lost stream did not post. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { type Audit, auditAll, auditorOf, operatorOf, repairAll, type TrialBalance } from './local/operator.ts';
import { type AwsPlace, nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s ledger -- COMMAND [OPTIONS]

  audit [--merchant acct_…] [--mode test|live] [--settling MINUTES] [--json]
      Compares every record that moved money with its journal entries and every entry with its record, batches with their entries and
      payouts, balances with the entries, and the channel's own list of charges, refunds, disputes and payouts with the records. Prints
      every difference with its ids. Changes nothing. Every merchant and mode by default. Ends with code 1 when there is a difference.
  trial-balance [--json]
      Prints each account per mode and currency, in minor units. Ends with code 1 when debits and credits are not equal, or a balance
      is not the sum of its entries. It says nothing of records without entries: that is the audit.
  repair --merchant acct_… --from YYYY-MM-DD --to YYYY-MM-DD [--mode test|live] [--dry-run]
      After more than a day of lost stream, or a restore (docs/runbook.md, Repair): writes what the objects made on these days lack
      in the journal and elsewhere, then audits the books. Prints counts as JSON; ends with code 1 when the audit finds something.

  --json     as JSON
  --settling a difference to the channel that is younger may still be on its way, and is left out (default: 120 minutes)
  --mode     test or live (repair: test by default)
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
    settling: { type: 'string' },
    'dry-run': { type: 'boolean' },
    stack: { type: 'string' },
  });
  const command = positionals.join(' ');
  if (command !== 'audit' && command !== 'trial-balance' && command !== 'repair')
    return commandLine.wrong(USAGE, `Not a command of the ledger: ${command || '(none)'}`);
  const place = placeOf(values.stack);
  if (command === 'trial-balance') return trialBalance(place, values.json ?? false);

  if (values.mode !== undefined && values.mode !== 'test' && values.mode !== 'live')
    return commandLine.wrong(USAGE, `--mode ${values.mode}: must be test or live`);
  if (command === 'audit') {
    const { merchant, mode, settling } = values as { merchant?: string; mode?: 'test' | 'live'; settling?: string };
    if (settling !== undefined && !/^\d{1,5}$/.test(settling))
      return commandLine.wrong(USAGE, `--settling ${settling}: must be a number of minutes`);
    const wanted = {
      ...(merchant !== undefined && { merchant }),
      ...(mode && { mode }),
      ...(settling !== undefined && { settling: Number(settling) }),
    };
    return audit(place, wanted, values.json ?? false);
  }

  const { merchant, mode = 'test', from, to } = values;
  if (merchant === undefined || from === undefined || to === undefined)
    return commandLine.wrong(USAGE, '--merchant, --from and --to are needed');
  console.error(`ledger: repair of ${merchant}, ${mode} mode, ${nameOfPlace(place)}`);
  const args = { merchant, mode, from, to, dryRun: values['dry-run'] ?? false } as const;
  const repaired = await repairAll(operatorOf(place), args);
  console.log(JSON.stringify(repaired, undefined, 2));
  return repaired.audit.balanced ? 0 : 1;
});

async function audit(place: AwsPlace, wanted: Parameters<typeof auditAll>[1], json: boolean): Promise<number> {
  console.error(`ledger: audit, ${nameOfPlace(place)}`);
  const audits = await auditAll(auditorOf(place), wanted, (one) => json || console.log(textOf(one)));
  const clean = audits.every(({ differences }) => differences.length === 0);
  console.log(json ? JSON.stringify({ audits, clean }, undefined, 2) : clean ? 'clean: no difference' : 'NOT CLEAN');
  return clean ? 0 : 1;
}

function textOf({ merchant, mode, looked, differences }: Audit): string {
  const counts = Object.entries(looked).map(([name, count]) => `${count} ${name}`);
  return [`${merchant} ${mode}: ${counts.join(', ')}`, ...differences.map((difference) => `  ${difference}`)].join(
    '\n',
  );
}

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
