/** `npm run mutate`: how many small faults in the money and security core a test detects, file by file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LEAST_SCORE, TARGETS } from '../test/mutation/targets.ts';
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { ROOT } from './local/files.ts';
import { installMutation, keyOf, mutate, type Score, type Survivor, scoreOf, survivorsOf } from './local/mutation.ts';

const USAGE = `Usage: npm run mutate [-- FILE …]

Changes each file of the money and security core in many small ways and runs its tests against each change (test/mutation/targets.ts
lists both). Prints the score per file and each change that no test detects. Records the scores in test/mutation/score.json.
Fails when a score is below ${LEAST_SCORE} % or when test/mutation/survivors.json has no reason for a change that survives.

  FILE  only files whose path contains this text`;

const SCORES = join(ROOT, 'test/mutation/score.json');
const REASONS = join(ROOT, 'test/mutation/survivors.json');

const read = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
const write = (file: string, value: unknown): void => writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);

await runProgram(async () => {
  const { positionals } = commandLine(USAGE, {});
  const targets = TARGETS.filter(
    ({ file }) => positionals.length === 0 || positionals.some((text) => file.includes(text)),
  );
  if (targets.length === 0) return commandLine.wrong(USAGE, `No file of the core contains ${positionals.join(' or ')}`);
  const reasons = new Map(
    read<readonly (Survivor & { readonly reason: string })[]>(REASONS).map((known) => [keyOf(known), known.reason]),
  );
  const packages = await installMutation();
  let failed = false;
  for (const target of targets) {
    const report = await mutate(packages, target, availableParallelism());
    const score = scoreOf(report, target.file);
    const survivors = survivorsOf(report, target.file);
    console.log(`${String(score.score).padStart(5)} %  ${score.detected} of ${score.mutants}  ${target.file}`);
    for (const survivor of survivors) {
      const reason = reasons.get(keyOf(survivor));
      if (reason === undefined) console.log(`    no reason: ${JSON.stringify(survivor)}`);
      failed ||= reason === undefined;
    }
    failed ||= score.score < LEAST_SCORE;
    write(SCORES, { ...read<Record<string, Score>>(SCORES), [target.file]: score });
  }
  return failed ? 1 : 0;
});
