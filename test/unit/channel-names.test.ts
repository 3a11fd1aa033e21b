/** The core asks what a channel can do, and never which one it is. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sourcesIn } from '../../bin/local/structure.ts';

/** Where a channel is named: its own folder, the registries, and the sandbox with what opens accounts and routes test mode to it. */
const MAY_NAME = [
  /^functions\/channels\/(sandbox\/|(?:registry|banks|capabilities)\.ts$)/,
  /^functions\/(sandbox\/|entries\/sandbox-)/,
  /^functions\/operator\/create\.ts$/,
  // Settings of earlier releases named one account at the sandbox.
  /^functions\/merchants\/accounts\.ts$/,
  // Published test cards, of which some are the sandbox's own.
  /^functions\/(kernel\/test-cards|vault\/card)\.ts$/,
  // Names of the sandbox's table and in test data that is packed.
  /^functions\/table\/(table|pack)\.ts$/,
];

const core = sourcesIn('functions').filter((file) => !MAY_NAME.some((one) => one.test(file)));
const linesOf = (pattern: RegExp): readonly string[] =>
  core.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );

it('no file of the core compares the name of a channel with a text', () => {
  expect(core.length).toBeGreaterThan(200);
  expect(linesOf(/\bchannel(Name)?\b\s*[!=]==?\s*['"`]|['"`]\s*[!=]==?\s*[\w.]*\bchannel\b/)).toEqual([]);
});

it('no file of the core names a channel', () => {
  expect(linesOf(/['"`](sandbox|adyen|unionpay)['"`]/)).toEqual([]);
});
