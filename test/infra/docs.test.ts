/** The pages: their links lead somewhere, and docs/api.md lists what is served. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { servedOperations } from './served.ts';

const pages = ['.', 'docs', 'functions'].flatMap((folder) =>
  readdirSync(folder, { recursive: folder !== '.', encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

it.each(pages)('%s: every link within the repository leads somewhere', (page) => {
  const targets = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));
  const lost = targets.filter((target) => {
    const [path, anchor] = target.split('#') as [string, string?];
    const file = path === '' ? page : join(dirname(page), path);
    return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
  });

  expect(lost).toEqual([]);
});

it('README lists every context value that the app reads', () => {
  const read = [
    ...readFileSync('lib/options.ts', 'utf8').matchAll(/(?:text|oneOf|address|wholeNumber|formed)\('([A-Za-z]+)'/g),
  ];
  const page = readFileSync('README.md', 'utf8');
  const section = page.slice(page.indexOf('### Settings of a deployment'), page.indexOf('### Quotas'));
  const names = [...section.matchAll(/^- ((?:`[A-Za-z]+`(?:, )?)+)/gm)].flatMap(([, list]) =>
    [...list!.matchAll(/`([A-Za-z]+)`/g)].map(([, name]) => name!),
  );

  expect(names.length).toBeGreaterThan(10);
  expect(names.sort()).toEqual([...new Set(read.map(([, name]) => name!))].sort());
});

it('docs/api.md lists exactly the operations that are served', async () => {
  const text = readFileSync('docs/api.md', 'utf8');
  const served = text.slice(text.indexOf('## Served'), text.indexOf('### Without a key'));
  const listed = [...served.matchAll(/`((?:GET|POST|DELETE) \/v1\/[^`]+)`/g)].map(([, operation]) => operation!);

  expect(listed.sort()).toEqual((await servedOperations()).map(({ method, path }) => `${method} ${path}`).sort());
});

it('every runtime dependency has its reason in ADR 0010, and no other package has', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  const page = readFileSync('docs/adr/0010-depend-on-few-packages.md', 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((line) => [...line.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));

  expect(named.sort()).toEqual(Object.keys(dependencies).sort());
});

it('the version of the package is the newest of the CHANGELOG, and pages name only versions that are in it', () => {
  const read = (name: string) => JSON.parse(readFileSync(name, 'utf8')) as { version: string; packages: object };
  const [newest, ...earlier] = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (\d+\.\d+\.\d+)/gm)].map(
    ([, version]) => version!,
  );
  const lock = read('package-lock.json') as { version: string; packages: Record<string, { version: string }> };
  const named = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/[Vv]ersion (0\.\d+(?:\.\d+)?)(?![.\d])/g)].map(([, name]) => name!),
  );
  const known = [newest!, ...earlier].flatMap((version) => [version, version.replace(/\.\d+$/, '')]);
  const supported = [...readFileSync('SECURITY.md', 'utf8').matchAll(/^\| (0\.\d+) \|/gm)].map(([, name]) => name!);

  expect([read('package.json').version, lock.version, lock.packages['']!.version]).toEqual([newest, newest, newest]);
  expect(named.filter((version) => !known.includes(version))).toEqual([]);
  expect(named.length).toBeGreaterThan(2);
  expect(supported).toEqual(earlier.map((version) => version.replace(/\.\d+$/, '')));
});

it('docs/api.md names for every resource the tests that prove it, and they are there', () => {
  const text = readFileSync('docs/api.md', 'utf8');
  const sections = text.slice(text.indexOf('## Served'), text.indexOf('### Without a key')).split('\n### ').slice(1);
  const provenBy = sections.map((section) =>
    [...section.slice(section.indexOf('\nTests: ')).matchAll(/`([^`]+)`/g)].map(([, file]) => file!),
  );

  expect(sections.length).toBeGreaterThan(10);
  expect(sections.filter((section) => !section.includes('\nTests: `'))).toEqual([]);
  expect(provenBy.flat().filter((file) => !existsSync(`test/${file}.test.ts`))).toEqual([]);
});

const contexts = readdirSync('functions');

it.each(contexts)('functions/%s: says on a page what it is for, and which alarms are about it', (context) => {
  const page = readFileSync(`functions/${context}/README.md`, 'utf8');
  const alarms = page.slice(page.indexOf('**Alarms**')).split('\n\n')[0]!;
  const named = [...alarms.matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].map(([, name]) => name!);
  const runbook = anchorsOf('docs/runbook.md');

  expect(page).toMatch(/^# [A-Za-z ]+\n\n\S/);
  expect(alarms).toMatch(/^\*\*Alarms\*\*: (`|none)/);
  expect(named.filter((name) => !runbook.includes(name))).toEqual([]);
});

it('every alarm is on the page of a context', () => {
  const told = contexts.map((context) => readFileSync(`functions/${context}/README.md`, 'utf8')).join('\n');
  const entries = anchorsOf('docs/runbook.md').filter((anchor) =>
    readFileSync('docs/runbook.md', 'utf8').includes(`### ${anchor}\n`),
  );

  expect(entries.length).toBeGreaterThan(25);
  expect(entries.filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
});

const adrs = readdirSync('docs/adr').map((name) => `docs/adr/${name}`);

it.each(adrs)('%s: has a status, a decision and what was considered', (path) => {
  const page = readFileSync(path, 'utf8');

  expect(page.split('\n').slice(0, 3).join('\n')).toMatch(
    /^# .+\n\n\*\*Status\.\*\* (Accepted\.|Superseded by \[ADR \d{4}\])/,
  );
  expect(page).toMatch(/^\*\*Decision[.:]/m);
  expect(page).toMatch(/^\*\*Considered\.\*\* ?\S?/m);
});
