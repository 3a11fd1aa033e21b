/** `npm run clients [-- [--started] NAME …]`: real clients against the product, as docs/clients.md lists them; `NAME` is one of its rows. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { ROOT } from './local/files.ts';
import { runningStack } from './local/place.ts';
import { CLIENT_TIERS, conclude, runTiers } from './local/tiers.ts';

const NAMES = readdirSync(join(ROOT, 'test/clients'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.replace('.test.ts', ''));

/** What test/world/product.ts reads. */
const STARTED = { SLUICE_CLIENTS: 'started' } as const;

const USAGE = `Usage: npm run clients [-- [--started] NAME …]

Installs clients of other makers below .local/clients (frozen by lock files and hashes, once) and runs them against the product in this
process. A client whose toolchain this machine does not have is skipped with the reason.

  NAME       only this client: ${NAMES.join(', ')}
  --started  against the stack that npm start runs here, each as a new merchant; not openapi, which reads the answers of the contract tests`;

await runProgram(async () => {
  const {
    values: { started = false },
    positionals,
  } = commandLine(USAGE, { started: { type: 'boolean' } });
  const unknown = positionals.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) return commandLine.wrong(USAGE, `Not a client: ${unknown}`);
  if (started && positionals.includes('openapi')) return commandLine.wrong(USAGE, 'openapi: not with --started');
  if (started && runningStack() === undefined)
    throw new Failure('No stack is running here: run `npm start` in another terminal first.');
  const all = started ? NAMES.filter((name) => name !== 'openapi') : [];
  const files = (positionals.length > 0 ? positionals : all).map((name) => `test/clients/${name}.test.ts`);
  return conclude([await runTiers(CLIENT_TIERS, { files, env: { ...process.env, ...(started && STARTED) } })]);
});
