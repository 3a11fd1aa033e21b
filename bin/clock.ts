/** `npm run -s clock -- advance 7d`: moves the time of the stack that npm start runs here. A stack on AWS or an emulator has no such clock. */
import { askHere } from './local/ask-here.ts';
import { commandLine } from './local/command-line.ts';
import { durationMs } from './local/duration.ts';
import { runProgram } from './local/failure.ts';

const USAGE = `Usage: npm run -s clock -- now
       npm run -s clock -- advance TIME

Shows or moves the time of the stack that npm start runs here, on the embedded runtime. Holds and sessions expire, webhooks are sent again,
settlement reaches its payout day. The time does not go back.

  TIME  a number with its unit: 90s, 30m, 12h or 7d`;

await runProgram(async () => {
  const [command, time, ...more] = commandLine(USAGE, {}).positionals;
  if (command === 'now' && time === undefined) return print(await askHere<Now>('now'));
  if (command !== 'advance')
    return commandLine.wrong(USAGE, command ? `Not a command of the clock: ${command}` : 'What?');
  const ms = time === undefined ? undefined : durationMs(time);
  if (ms === undefined || more.length > 0)
    return commandLine.wrong(USAGE, `advance ${time ?? ''}: not a time such as 7d`);
  return print(await askHere<Now>('advance', { ms }));
});

interface Now {
  readonly nowMs: number;
}

function print({ nowMs }: Now): number {
  console.log(new Date(nowMs).toISOString());
  return 0;
}
