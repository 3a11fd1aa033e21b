/** `npm run rehearse-restore`: loses tables of a stack of its own and brings everything back (docs/runbook.md, Restore). */
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { rehearse } from './local/rehearsal.ts';
import { withStack } from './local/session.ts';

const USAGE = `Usage: npm run rehearse-restore

Deploys the stack to an emulator of its own, loses tables, restores them and recovers what was paid since. Prints the time of each step.`;

const startedMs = Date.now();
const say = (line: string): void =>
  console.log(`[${((Date.now() - startedMs) / 1000).toFixed(1).padStart(5)} s] ${line}`);

await runProgram(async () => {
  commandLine.nothing(USAGE);
  const options = { say, port: 0, folder: 'rehearsal', log: 'rehearsal/emulator.log', enforceIam: true };
  const result = await withStack(options, async ({ baseUrl, endpoint, stack }) => {
    await rehearse({ stack, endpoint, baseUrl, say });
    return 'done' as const;
  });
  if (result === 'interrupted') throw new Failure('restore: interrupted');
  say('restore: rehearsed, the audit is clean');
  return 0;
});
