/** The banking-day calendars are what their sources say, and their sources are in no function's bundle. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { calendarsText } from '../../bin/local/calendars.ts';

it('the committed calendars are what `npm run calendars` generates', () => {
  expect(readFileSync('functions/kernel/calendars.json', 'utf8')).toBe(calendarsText());
});

it('no function imports a package of holidays', () => {
  const sources = readdirSync('functions', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const importing = sources.filter((name) =>
    /from '(?:date-holidays|chinese-days)'/.test(readFileSync(`functions/${name}`, 'utf8')),
  );
  expect(importing).toEqual([]);
});
