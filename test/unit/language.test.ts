/** Prose is plain American English: no refused words, short sentences, tables that fit a screen. */
import { describe, expect, it } from 'vitest';
import {
  findingsOf,
  longSentencesIn,
  proseOfPage,
  proseOfSource,
  readableFiles,
  refusedIn,
  wideTableLinesIn,
} from '../../bin/local/language.ts';

const isPage = (file: string): boolean => file.endsWith('.md');
const words = findingsOf((text, file) => refusedIn(isPage(file) ? proseOfPage(text) : proseOfSource(text)));
const sentences = findingsOf((text, file) =>
  isPage(file) ? longSentencesIn(text).map((start) => ` “${start} …”`) : [],
);
const tables = findingsOf((text, file) => (isPage(file) ? wideTableLinesIn(text).map(String) : []));

it('no prose has a refused word', () => {
  expect(words).toEqual([]);
});

it('no page has a sentence of more than 35 words', () => {
  expect(sentences).toEqual([]);
});

it('no table has a line over 160 characters', () => {
  expect(tables).toEqual([]);
});

it('the rules read the code, the tests and the pages', () => {
  const files = readableFiles();

  expect(files.length).toBeGreaterThan(700);
  expect(files).toEqual(expect.arrayContaining(['README.md', 'docs/runbook.md', 'functions/payments/payment.ts']));
});

describe('the rules', () => {
  it('find a refused word in comments, docstrings, messages and titles, and not in code', () => {
    const source = [
      '/** Whoever reads this. */',
      'const told = 1; // It comes to nothing.',
      "throw new Error('The payer is told that it failed');",
      '/* A name in `told` is code. */',
      "const colour = 'told';",
    ].join('\n');

    expect(refusedIn(proseOfSource(source)).map((found) => found.split(' →')[0])).toEqual([
      '1: “Whoever”',
      '2: “comes to”',
      '3: “told”',
    ]);
  });

  it('find nothing in a regular expression, whose quotes begin no string', () => {
    const source = [
      'expect(alarms).toMatch(/^Alarms: (`|none)/);',
      "const told = lines.map((line) => line.replace(/['`]/g, ''));",
      'const half = whole / 2; // A stranger divides / by two.',
      "const found = /told or nobody's/.test(text);",
    ].join('\n');

    expect(refusedIn(proseOfSource(source)).map((found) => found.split(' →')[0])).toEqual(['3: “stranger”']);
  });

  it('find British spelling, and a refused word on a page outside of code', () => {
    const page = ['The behaviour is authorised.', '```', 'whoever', '```', 'Not `told`, but [told](#told).'].join('\n');

    expect(refusedIn(proseOfPage(page)).map((found) => found.split(' →')[0])).toEqual([
      '1: “behaviour”',
      '1: “authorised”',
      '5: “told”',
    ]);
  });

  it('count the words of a sentence over line breaks, and not over items, cells and colons', () => {
    const twenty = 'one two three four five six seven eight nine ten '.repeat(2).trim();

    expect(longSentencesIn(`${twenty}\n${twenty}.`)).toEqual(['one two three four five six seven eight']);
    expect(longSentencesIn(`${twenty}.\n${twenty}.`)).toEqual([]);
    expect(longSentencesIn(`- ${twenty}\n- ${twenty}`)).toEqual([]);
    expect(longSentencesIn(`| ${twenty} | ${twenty} |`)).toEqual([]);
  });

  it('find a line of a table with 161 characters, and none with 160', () => {
    const line = (length: number): string => `| ${'x'.repeat(length - 4)} |`;

    expect(wideTableLinesIn(`${line(160)}\n${line(161)}\n${'y'.repeat(200)}`)).toEqual([2]);
  });
});
