/** The score of a mutation report, and what is recorded of the last run. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MutationReport, scoreOf, survivorsOf } from '../../../bin/local/mutation.ts';
import scores from '../../mutation/score.json' with { type: 'json' };
import survivors from '../../mutation/survivors.json' with { type: 'json' };
import { LEAST_SCORE, TARGETS } from '../../mutation/targets.ts';

const mutant = (status: string, line: number, replacement = 'true') => ({
  mutatorName: 'ConditionalExpression',
  replacement,
  status,
  location: { start: { line } },
});
const report = (...mutants: readonly ReturnType<typeof mutant>[]): MutationReport => ({
  files: { 'a.ts': { source: 'first\n  second;\nthird', mutants } },
});

describe('a mutation report', () => {
  it('counts killed and timed-out mutants as detected, the others that compile as survivors', () => {
    const statuses = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'CompileError', 'RuntimeError', 'Ignored'];
    const all = report(...statuses.map((status, index) => mutant(status, 1, String(index))));
    expect(scoreOf(all, 'a.ts')).toEqual({ mutants: 4, detected: 2, score: 50 });
    expect(survivorsOf(all, 'a.ts').map((survivor) => survivor.mutant)).toEqual([
      'ConditionalExpression: 2',
      'ConditionalExpression: 3',
    ]);
  });

  it('rounds the score down, and is 0 for a file without mutants', () => {
    const two = report(mutant('Killed', 1), mutant('Killed', 1), mutant('Survived', 1));
    expect(scoreOf(two, 'a.ts').score).toBe(66.6);
    expect(scoreOf(report(), 'a.ts')).toEqual({ mutants: 0, detected: 0, score: 0 });
    expect(scoreOf(report(), 'b.ts')).toEqual({ mutants: 0, detected: 0, score: 0 });
  });

  it('names survivors by their code, in order of line, equal ones once', () => {
    expect(survivorsOf(report(mutant('Survived', 3), mutant('Survived', 2), mutant('Survived', 2)), 'a.ts')).toEqual([
      { file: 'a.ts', code: 'second;', mutant: 'ConditionalExpression: true' },
      { file: 'a.ts', code: 'third', mutant: 'ConditionalExpression: true' },
    ]);
  });
});

describe('what is recorded', () => {
  it('has a score for each file of the core, at least the least one', () => {
    const recorded: Readonly<Record<string, { readonly score: number }>> = scores;
    const low = TARGETS.filter(({ file }) => !((recorded[file]?.score ?? 0) >= LEAST_SCORE));
    expect(low.map(({ file }) => file)).toEqual([]);
    expect(Object.keys(recorded).toSorted()).toEqual(TARGETS.map(({ file }) => file).toSorted());
  });

  it('has a reason for each survivor, whose code is still there', () => {
    for (const { file, code, reason } of survivors as readonly { file: string; code: string; reason: string }[]) {
      expect(existsSync(file) && readFileSync(file, 'utf8')).toContain(code);
      expect(reason.length).toBeGreaterThan(20);
    }
  });
});
