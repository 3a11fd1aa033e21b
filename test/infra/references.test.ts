/** What code, tests and pages refer to is in this repository: numbers of invariants, decisions, pages and their sections. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const TEXT = /\.(ts|mts|mjs|md|py|json)$/;
const folders = ['functions', 'lib', 'bin', 'test', 'docs', 'examples'].filter((folder) => existsSync(folder));
const files = [
  ...readdirSync('.', { encoding: 'utf8' }).filter((name) => TEXT.test(name) && name !== 'package-lock.json'),
  ...folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => TEXT.test(name) && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
];

/** `file: reference` of every match that is wrong. */
function wrong(pattern: RegExp, isRight: (found: RegExpExecArray, file: string) => boolean): readonly string[] {
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(pattern)]
      .filter((found) => !isRight(found, file))
      .map(([text]) => `${file}: ${text}`),
  );
}

const page = readFileSync('docs/invariants.md', 'utf8');
const defined = [...page.matchAll(/^\*\*([IW]\d+)\*\* /gm)].map(([, number]) => number!);
const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

describe('docs/invariants.md', () => {
  it('defines I1 to I19 and W1 to W7, each once and in order', () => {
    expect(defined).toEqual([...numbered('I', 19), ...numbered('W', 7)]);
  });

  it('defines every number that is cited', () => {
    expect(wrong(/\b(?:I\d{1,2}|W\d)\b/g, ([number]) => defined.includes(number))).toEqual([]);
  });

  it('names for each invariant tests that are there', () => {
    const entries = page.slice(page.indexOf('**I1**'), page.indexOf('## Rules for writes')).split(/^(?=\*\*I)/m);
    const tests = entries.map((entry) =>
      [...entry.slice(entry.indexOf('Tested by:')).matchAll(/`(test\/[^`]+)`/g)].map(([, name]) => name!),
    );

    expect(entries).toHaveLength(19);
    expect(entries.filter((_, index) => tests[index]!.length === 0)).toEqual([]);
    expect(tests.flat().filter((name) => !existsSync(name))).toEqual([]);
  });
});

const headingsOf = (name: string): readonly string[] =>
  [...readFileSync(name, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);

describe('every file', () => {
  it('names only pages of this repository', () => {
    const places = (name: string, file: string) => [name, join(dirname(file), name), join('docs', name)];

    expect(files.length).toBeGreaterThan(400);
    expect(
      wrong(/(?<![\w:/.$}-])(?:\.{1,2}\/)*[\w-]+(?:\/[\w-]+)*\.md\b/g, ([name], file) =>
        places(name, file).some((place) => existsSync(place)),
      ),
    ).toEqual([]);
  });

  it('names only sections that their page has', () => {
    expect(
      wrong(/\((docs\/[\w/-]+\.md), ([A-Z][A-Za-z ]+)\)/g, ([, name, heading]) => headingsOf(name!).includes(heading!)),
    ).toEqual([]);
    const mark = String.fromCodePoint(0xa7);
    expect(wrong(new RegExp(`.{0,20}${mark}.{0,6}`, 'g'), () => false)).toEqual([]);
  });

  it('names only sources that are there: a page of a folder, in its folder, below functions or from the root', () => {
    // A decision keeps the names of its time; a recipe names files that are to be made.
    const isPage = (file: string) => /^(README|(functions|docs\/(?!adr)).*)\.md$/.test(file);
    const places = (name: string, file: string) => [name, join(dirname(file), name), join('functions', name)];

    expect(
      wrong(
        /`([\w@.-]+(?:\/[\w@.-]+)*\.(?:ts|mjs))`/g,
        ([, name], file) => !isPage(file) || places(name!, file).some((place) => existsSync(place)),
      ),
    ).toEqual([]);
  });

  it('names only decisions that are recorded', () => {
    const decisions = readdirSync('docs/adr').map((name) => name.slice(0, 4));

    expect(wrong(/\bADR (\d{4})\b/g, ([, number]) => decisions.includes(number!))).toEqual([]);
  });
});
