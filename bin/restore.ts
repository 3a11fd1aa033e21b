/** `npm run restore -- --table payments --from NAME`: copies a restored table back into the stack's own (docs/runbook.md, Restore). */
import { randomBytes } from 'node:crypto';
import { TABLES } from '../lib/data.ts';
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { nameOfPlace, placeOf } from './local/place.ts';
import { dynamoOf, ownTable, rawTable } from './local/raw-table.ts';
import { copyBack, isComplete } from './local/restore.ts';

const USAGE = `Usage: npm run restore -- --table TABLE --from NAME [OPTIONS]

Copies the items of a restored table back into the stack's own table, with your own credentials, then compares both. Stop the stack first
(docs/runbook.md, Restore). A copy that broke off is run again. Ends with code 1 unless the own table is complete.

  --table    ${Object.keys(TABLES).join(', ')}
  --from     name of the table that restore-table-to-point-in-time made
  --to       name of the own table (default: the one table that CloudFormation named for this stack)
  --exact    makes the own table as it was at that moment: replaces items that differ and deletes items that were made since.
             Without it only missing items are written
  --dry-run  writes nothing and counts what would be written
  --rate     writes a second, at most (default 500)
  --stack    name of the stack (default: the one that npm start runs here, else Sluice)`;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    table: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    exact: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    rate: { type: 'string' },
    stack: { type: 'string' },
  });
  const { table = '', from, exact = false, 'dry-run': dryRun = false, rate = '500' } = values;
  if (positionals.length > 0) return commandLine.wrong(USAGE, `Unexpected: ${positionals.join(' ')}`);
  if (!Object.hasOwn(TABLES, table)) return commandLine.wrong(USAGE, `--table ${table}: there is no such table`);
  if (from === undefined) return commandLine.wrong(USAGE, '--from is needed');
  if (!/^[1-9]\d{0,4}$/.test(rate)) return commandLine.wrong(USAGE, `--rate ${rate}: must be 1 to 99999`);
  const shape: { readonly logicalId: string; readonly stream?: true } = TABLES[table as keyof typeof TABLES];
  const place = placeOf(values.stack);
  const client = dynamoOf(place);
  const to = values.to ?? (await ownTable(client, place, shape.logicalId));
  if (to === from) throw new Failure(`restore: ${from} is the own table itself`);
  console.error(`restore: ${from} → ${to}, ${nameOfPlace(place)}`);
  const between = { from: rawTable(client, from), to: rawTable(client, to), exact, rate: Number(rate) };
  const mark = shape.stream ? { mark: randomBytes(9).toString('base64url') } : {};
  const copied = await copyBack({ ...between, ...mark, dryRun });
  if (dryRun) {
    console.log(JSON.stringify({ wouldWrite: copied }, undefined, 2));
    return isComplete(copied, exact) ? 0 : 1;
  }
  const after = await copyBack({ ...between, dryRun: true });
  const complete = isComplete(after, exact) && copied.contended === 0;
  console.log(JSON.stringify({ copied, after, complete }, undefined, 2));
  if (copied.contended > 0) console.error('restore: another process writes to the table: stop the stack first');
  return complete ? 0 : 1;
});
