/** `npm run clients [-- NAME …]`: real clients against the product in this process, as docs/clients.md lists them; `NAME` is one of its rows. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { ROOT } from './local/files.ts';
import { CLIENT_TIERS, conclude, runTiers } from './local/tiers.ts';

const NAMES = readdirSync(join(ROOT, 'test/clients'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.replace('.test.ts', ''));

const USAGE = `Usage: npm run clients [-- NAME …]

Installs clients of other makers below .local/clients (frozen by lock files and hashes, once) and runs them against the product in this
process. A client whose toolchain this machine does not have is skipped with the reason.

  NAME  only this client: ${NAMES.join(', ')}`;

await runProgram(async () => {
  const { positionals } = commandLine(USAGE, {});
  const unknown = positionals.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) return commandLine.wrong(USAGE, `Not a client: ${unknown}`);
  const files = positionals.map((name) => `test/clients/${name}.test.ts`);
  return conclude([await runTiers(CLIENT_TIERS, { files })]);
});
