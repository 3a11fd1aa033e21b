/**
 * `npm run check`: format, lint and types in parallel, then the tests that need neither a synthesis nor a stack and enumerate nothing. Prints
 * at most ten lines of text when all is well.
 */
import { join } from 'node:path';
import { run } from './local/child.ts';
import { commandLine } from './local/command-line.ts';
import { Failure, runProgram } from './local/failure.ts';
import { localPath, ROOT } from './local/files.ts';
import { figuresOf, structure } from './local/structure.ts';
import { conclude, runTiers } from './local/tiers.ts';

/** Runs a tool; its output is printed only when it fails. */
async function tool(path: string, ...args: readonly string[]): Promise<void> {
  const lines: string[] = [];
  try {
    await run(process.execPath, [join(ROOT, 'node_modules', path), ...args], {
      cwd: ROOT,
      onLine: (line) => lines.push(line),
    });
  } catch {
    for (const line of lines) console.log(line);
    throw new Failure(`check: ${path} failed`);
  }
}

await runProgram(async () => {
  commandLine.nothing('Usage: npm run check');
  await Promise.all([
    tool('@biomejs/biome/bin/biome', 'check'),
    tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings'),
    // What has not changed since the last time is not looked at again.
    tool('typescript/bin/tsc', '-p', '.', '--incremental', '--tsBuildInfoFile', localPath('types.tsbuildinfo')),
  ]);
  console.log(figuresOf(structure()));
  return conclude([await runTiers(['unit', 'property', 'contract'], { reporter: 'minimal' })]);
});
