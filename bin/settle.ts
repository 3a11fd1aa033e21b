/**
 * `npm run -s settle`: closes a day of the merchants and pays them out; books statements of channels; writes payout files and takes what the bank did with
 * them. Prints JSON.
 */
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { jsonIn } from './local/json-file.ts';
import { operatorOf, settleAndWait, treasuryOf } from './local/operator.ts';
import { type AwsPlace, nameOfPlace, placeOf } from './local/place.ts';
import { type Asked, argumentsOf } from './local/settle-arguments.ts';
import {
  bookStatement,
  fetchStatement,
  sendStatement,
  unmatchedLines,
  type Written,
  writtenTo,
} from './local/treasury.ts';

const USAGE = `Usage: npm run -s settle -- --date YYYY-MM-DD [--mode test|live] [--merchant acct_…] [--stack NAME]

Settles a day of every merchant and waits until that has ended; prints each execution with its result as JSON.

  --date      the day; one that is not over can be settled in test mode only
  --mode      test (default) or live; --live is the same as --mode live
  --merchant  only this merchant
  --stack     name of the stack (default: the one that npm start runs here, else Sluice)

Usage: npm run -s settle -- statement --merchant acct_… --account CHANNEL/ACCOUNT (FILE | --date YYYY-MM-DD) [--live]

Books a statement of the merchant's account at a channel: what arrived at the bank, what the channel kept, and the lines that
no record explains. A file or a line that was booked before changes nothing. With --date the channel is asked for the file.

Usage: npm run -s settle -- unmatched --merchant acct_… [--live]

Lists the lines of statements that no record explains. Their money is in suspense.

Usage: npm run -s settle -- file --debtor FILE --out FILE [--format pain.001|csv] [--live]
       npm run -s settle -- file --id pf_… --out FILE [--live]

Writes the payouts that wait for the bank into a file; with --id writes an earlier file again. A payout is in one file.
Where no payout waits, prints the files that are not confirmed (unconfirmed).

  --debtor    JSON of the account that pays: name, bic, and iban or account_number
  --out       where the file is written; it holds bank details

Usage: npm run -s settle -- confirm pf_… [--failed po_…:CODE]… [--live]

Marks the payouts of a file as paid, and those that are named as failed, with one of Stripe's payout failure codes. A payout
that is named after it was paid came back.`;

const TIMEOUT_MS = 15 * 60_000;

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, {
    date: { type: 'string' },
    mode: { type: 'string' },
    live: { type: 'boolean' },
    merchant: { type: 'string' },
    channel: { type: 'string' },
    account: { type: 'string' },
    format: { type: 'string' },
    debtor: { type: 'string' },
    out: { type: 'string' },
    id: { type: 'string' },
    failed: { type: 'string', multiple: true },
    stack: { type: 'string' },
  });
  const { stack, ...asked } = values;
  const args = argumentsOf(positionals, asked);
  if (typeof args === 'string') return commandLine.wrong(USAGE, args);
  return run(args, placeOf(stack));
});

async function run(asked: Asked, place: AwsPlace): Promise<number> {
  const where = nameOfPlace(place);
  if (asked.what === 'day') {
    const { what: _, ...args } = asked;
    console.error(`settle: ${args.date}, ${args.mode} mode, ${where}`);
    const executions = await settleAndWait(operatorOf(place), args, TIMEOUT_MS);
    print({ executions });
    return executions.every(({ status }) => status === 'SUCCEEDED') ? 0 : 1;
  }
  console.error(`settle: ${asked.what}, ${where}`);
  print(await treasuryResult(asked, place));
  return 0;
}

async function treasuryResult(asked: Exclude<Asked, { what: 'day' }>, place: AwsPlace): Promise<object> {
  const treasury = treasuryOf(place);
  switch (asked.what) {
    case 'statement': {
      const { of, from } = asked;
      const stored =
        'file' in from ? await sendStatement(treasury, of, from.file) : await fetchStatement(treasury, of, from.date);
      return bookStatement(treasury, of, stored, (read, total) => console.error(`settle: ${read} of ${total} lines`));
    }
    case 'unmatched':
      return { lines: await unmatchedLines(treasury, asked.of) };
    case 'file': {
      const { mode, format, debtor, out } = asked;
      return writtenTo(out, await treasury<Written>('write-file', { mode, format, debtor: await jsonIn(debtor) }));
    }
    case 'file-again': {
      const { mode, id, out } = asked;
      return writtenTo(out, await treasury<Written>('read-file', { mode, file: id }));
    }
    case 'confirm': {
      const { mode, id, failed } = asked;
      return treasury<object>('confirm-file', { mode, file: id, failed });
    }
    default:
      return asked satisfies never;
  }
}

function print(result: object): void {
  console.log(JSON.stringify(result, undefined, 2));
}
