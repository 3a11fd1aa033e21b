/** `npm run -s recover -- --from INSTANT`: books the payments that channels have and the records lost with a restore (docs/runbook.md, Restore). */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { recoveryOf } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';
import { recoverAll } from './local/recovery.ts';

const USAGE = `Usage: npm run -s recover -- --from INSTANT [OPTIONS]

Lists the charges and refunds that channels made or changed since the restored moment, and writes the records that are missing: payments,
captures, voids, refunds, disputes and idempotency keys. Prints what was made and learned as JSON; a second run makes nothing. Then run
ledger -- repair. Ends with code 1 when something is left to a person (unbooked).

  --from      the restored moment in UTC, such as 2026-11-30T19:45:00Z
  --merchant  one merchant (default: all)
  --mode      test or live (default: both)
  --dry-run   writes nothing
  --stack     name of the stack (default: the one that npm start runs here, else Sluice)`;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    from: { type: 'string' },
    merchant: { type: 'string' },
    mode: { type: 'string' },
    'dry-run': { type: 'boolean' },
    stack: { type: 'string' },
  });
  const { from, merchant, mode, 'dry-run': dryRun = false } = values;
  if (positionals.length > 0) return commandLine.wrong(USAGE, `Unexpected: ${positionals.join(' ')}`);
  if (from === undefined) return commandLine.wrong(USAGE, '--from is needed');
  if (mode !== undefined && mode !== 'test' && mode !== 'live')
    return commandLine.wrong(USAGE, `--mode ${mode}: must be test or live`);
  const place = placeOf(values.stack);
  console.error(`recover: since ${from}, ${nameOfPlace(place)}`);
  const recovered = await recoverAll(recoveryOf(place), {
    from,
    dryRun,
    ...(merchant !== undefined && { merchant }),
    ...(mode && { mode }),
  });
  console.log(JSON.stringify({ recovered }, undefined, 2));
  return recovered.every(({ unbooked }) => unbooked.length === 0) ? 0 : 1;
});
