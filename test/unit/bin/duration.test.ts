import { expect, it } from 'vitest';
import { durationMs } from '../../../bin/local/duration.ts';

it.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
  ['0d', undefined],
  ['-1d', undefined],
  ['7', undefined],
  ['d', undefined],
  ['1.5h', undefined],
  ['7 d', undefined],
  ['9999999999s', undefined],
  ['1w', undefined],
])('%s is %s ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
