/** The Chinese pages have the headings, commands, names and links of the English ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const pages = readdirSync('docs/zh', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .sort();
const translated = (name: string): string => join('docs/zh', name);
const originalOf = (name: string): string => (name === 'README.md' ? name : join('docs', name));
/** How one page links to another. */
const linkFrom = (page: string, other: string): string => relative(dirname(page), other);

const FENCE = /^```[\s\S]*?^```$/gm;

/** A page by its sections: the level of each heading, its text where it is a name (an alarm), and what stands below it without code blocks. */
interface Section {
  readonly level: number;
  readonly name: string | undefined;
  readonly body: string;
}
const sectionsOf = (text: string): readonly Section[] =>
  text
    .replace(FENCE, '')
    .split(/^(?=#+ )/m)
    .filter((section) => section.startsWith('#'))
    .map((section) => ({
      level: section.indexOf(' '),
      name: /^#+ ([a-z0-9-]+)\n/.exec(section)?.[1],
      body: section.slice(section.indexOf('\n') + 1),
    }));

/** A page without the line that links to it in the other language. */
const withoutNotice = (text: string): string => text.replace(/^本页译自.*$|^\[中文\]\(.*\)$/m, '');

const codesIn = (body: string): readonly string[] =>
  [...new Set(body.replace(/\s+/g, ' ').match(/`[^`]+`/g) ?? [])].sort();
/** The figures of each row of its tables. */
const rowsIn = (body: string): readonly (readonly string[])[] =>
  body
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.match(/\d+(?:[,.]\d+)*/g) ?? []);
const itemsIn = (body: string): number => body.match(/^- /gm)?.length ?? 0;

/** Files that a page links to, from the root; a Chinese page stands for its original. Anchors within a page are in its own language. */
function filesLinkedIn(page: string, body: string): readonly string[] {
  const targets = [...body.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!.split('#')[0]!);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => (target === '' ? page : join(dirname(page), target)))
    .map((file) => (file.startsWith('docs/zh/') ? originalOf(file.slice('docs/zh/'.length)) : file))
    .sort();
}

describe.each(pages)('docs/zh/%s', (name) => {
  const [ours, theirs] = [translated(name), originalOf(name)];
  const [chinese, english] = [readFileSync(ours, 'utf8'), readFileSync(theirs, 'utf8')];
  const [sections, originals] = [sectionsOf(withoutNotice(chinese)), sectionsOf(withoutNotice(english))];

  it('and its original link to each other', () => {
    expect(chinese).toContain(`本页译自[英文版](${linkFrom(ours, theirs)})`);
    expect(english).toContain(`[中文](${linkFrom(theirs, ours)})`);
  });

  it('has as many headings, of the same levels, with the same names of alarms', () => {
    const headingsOf = (all: readonly Section[]) => all.map(({ level, name: alarm }) => [level, alarm]);

    expect(headingsOf(sections)).toEqual(headingsOf(originals));
  });

  it('has the same blocks of code', () => {
    expect(chinese.match(FENCE) ?? []).toEqual(english.match(FENCE) ?? []);
  });

  it('has in each section the same names and commands, rows with their figures, items and links', () => {
    const partsOf = (page: string, each: readonly Section[]) =>
      each.map(({ body }) => ({
        codes: codesIn(body),
        rows: rowsIn(body),
        items: itemsIn(body),
        links: filesLinkedIn(page, body),
      }));

    expect(partsOf(ours, sections)).toEqual(partsOf(theirs, originals));
  });
});

it('the glossaries have the same terms and the same Chinese words', () => {
  const columnsOf = (page: string) =>
    readFileSync(page, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.endsWith('中文 |'))
      .map((line) => line.split(' | '))
      .map(([term, , word]) => [term, word]);

  expect(columnsOf('docs/glossary.md').length).toBeGreaterThan(50);
  expect(columnsOf('docs/zh/glossary.md')).toEqual(columnsOf('docs/glossary.md'));
});
