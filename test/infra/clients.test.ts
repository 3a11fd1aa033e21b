/** docs/clients.md names what test/clients runs, in the versions that are frozen there. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TRIGGERS } from '../clients/triggers.ts';

const read = (name: string): string => readFileSync(name, 'utf8');
const page = read('docs/clients.md');
/** Compares the embedded runtime with another program: no client of the API. */
const PEER = 'states.test.ts';
const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('`npm run clients -- '));

it('each client has a row with its command', () => {
  const named = rows.map((row) => /`npm run clients -- (\w+)`/.exec(row)![1]!);
  const files = readdirSync('test/clients').filter((name) => name.endsWith('.test.ts') && name !== PEER);

  expect([...new Set(named)].sort()).toEqual(files.map((name) => name.replace('.test.ts', '')).sort());
});

it('the versions are those that are installed', () => {
  const { dependencies, optionalDependencies } = JSON.parse(read('test/clients/node/package.json')) as Record<
    'dependencies' | 'optionalDependencies',
    Record<string, string>
  >;
  const python = ['test/e2e/python', 'test/clients/python', 'test/clients/djstripe', 'test/clients/airbyte'].map(
    (folder) => read(`${folder}/requirements${folder === 'test/clients/python' ? '-11' : ''}.txt`),
  );
  const java = /stripe-java<\/artifactId>\s*<version>([\d.]+)/.exec(read('test/clients/java/pom.xml'))![1];
  const installed: readonly (string | undefined)[] = [
    ...Object.values(dependencies).map((text) => text.replace('npm:stripe@', '')),
    ...Object.values(optionalDependencies),
    /^stripe==([\d.]+)/m.exec(python[0]!)![1],
    /^stripe==([\d.]+)/m.exec(python[1]!)![1],
    /^dj-stripe==([\d.]+)/m.exec(python[2]!)![1],
    /^airbyte-source-stripe==([\d.]+)/m.exec(python[3]!)![1],
    /stripe-go\/v\d+ v([\d.]+)/.exec(read('test/clients/go/go.mod'))![1],
    java,
  ];
  const written = rows.map((row) => row.split('|')[2]!.trim()).filter((version) => /^[\d.]+$/.test(version));

  expect(written.sort()).toEqual(installed.map(String).sort());
  expect(page).toContain(/stripe-mock v[\d.]+/.exec(read('test/clients/openapi/go.mod'))![0].split(' ')[1]!);
});

it('the fixtures of the CLI are those that are run', () => {
  const section = page.slice(page.indexOf('The fixtures of these events run'), page.indexOf('Each other fixture'));

  expect([...section.matchAll(/`([^`]+)`/g)].map(([, trigger]) => trigger)).toEqual([...TRIGGERS]);
});
