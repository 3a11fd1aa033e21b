/** `npm run -s settle -- --date YYYY-MM-DD`: closes a day of the merchants, pays them out, and prints what came of it as JSON. */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { operatorOf, settleAndWait } from './local/operator.ts';
import { nameOfPlace, placeOf } from './local/place.ts';

const USAGE = `Usage: npm run -s settle -- --date YYYY-MM-DD [--mode test|live] [--merchant acct_…] [--stack NAME]

Settles a day of every merchant and waits until that has ended; prints each execution with its result as JSON.

  --date      the day; one that is not over can be settled in test mode only
  --mode      test (default) or live
  --merchant  only this merchant
  --stack     name of the stack (default: the one that npm start runs here, else Sluice)`;

const TIMEOUT_MS = 15 * 60_000;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    date: { type: 'string' },
    mode: { type: 'string' },
    merchant: { type: 'string' },
    stack: { type: 'string' },
  });
  const { date, mode = 'test', merchant, stack } = values;
  if (positionals.length > 0) return commandLine.wrong(USAGE, `Unexpected: ${positionals.join(' ')}`);
  if (date === undefined) return commandLine.wrong(USAGE, '--date is missing');
  if (!isDate(date)) return commandLine.wrong(USAGE, `--date ${date}: not a day of the calendar as YYYY-MM-DD`);
  if (mode !== 'test' && mode !== 'live') return commandLine.wrong(USAGE, `--mode ${mode}: must be test or live`);

  const place = placeOf(stack);
  console.error(`settle: ${date}, ${mode} mode, ${nameOfPlace(place)}`);
  const args = { date, mode, ...(merchant === undefined ? {} : { merchant }) } as const;
  const executions = await settleAndWait(operatorOf(place), args, TIMEOUT_MS);
  console.log(JSON.stringify({ executions }, undefined, 2));
  return executions.every(({ status }) => status === 'SUCCEEDED') ? 0 : 1;
});

function isDate(text: string): boolean {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
