/**
 * `npm run check`: what is worth knowing before every commit, in half a minute: format, lint and types beside each other, then the tests that
 * need neither a synthesis nor a stack, and enumerate nothing.
 */
import { join } from 'node:path';
import { run } from './local/child.ts';
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { localPath, ROOT } from './local/files.ts';
import { conclude, runTiers } from './local/tiers.ts';

const tool = (path: string, ...args: readonly string[]): Promise<void> =>
  run(process.execPath, [join(ROOT, 'node_modules', path), ...args], {
    cwd: ROOT,
    onLine: (line) => console.log(line),
  });

await runProgram(async () => {
  commandLine.nothing('Usage: npm run check');
  await Promise.all([
    tool('@biomejs/biome/bin/biome', 'check'),
    tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings'),
    // What has not changed since the last time is not looked at again.
    tool('typescript/bin/tsc', '-p', '.', '--incremental', '--tsBuildInfoFile', localPath('types.tsbuildinfo')),
  ]);
  return conclude([await runTiers(['unit', 'property', 'contract'])]);
});
