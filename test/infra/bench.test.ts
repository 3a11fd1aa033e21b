/** README.md has the table that `npm run bench -- runtime` prints. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PEERS } from '../bench/peers/peers.ts';
import { HEADINGS } from '../bench/runtime/comparison.ts';

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

it('with its columns, a line for Sluice, and one for each server beside it', () => {
  const page = readFileSync('README.md', 'utf8');
  const section = page.slice(page.indexOf('## How fast it is'), page.indexOf('## LocalStack and other endpoints'));
  const [headings, , sluice, ...others] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cellsOf);

  expect(headings).toEqual(HEADINGS);
  expect(sluice![0]).toMatch(/^Sluice, npm start, [\d,]+ payments stored$/);
  const names = others.map(([name]) => name!).filter((name) => !name.startsWith('Sluice'));
  expect(names).toEqual(PEERS.map(({ name }) => name));
});
