/** docs/runbook.md and the alarms: each alarm has an entry, and no entry is about an alarm that is gone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ofType, synthesised } from './synth.ts';

const page = readFileSync('docs/runbook.md', 'utf8');
/** Entries with their text, by heading. Redrive and the like are procedures: their headings have spaces or capitals. */
const entries = new Map(
  page
    .split(/^#{2,3} /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const)
    .filter(([heading]) => /^[a-z0-9-]+$/.test(heading)),
);

const alarms = (api: 'http' | 'rest') =>
  ofType(synthesised('aws', api).core, 'AWS::CloudWatch::Alarm').map(
    ([, { Properties }]) => Properties as { AlarmName: string; AlarmDescription: string },
  );

it.each(['http', 'rest'] as const)('%s API: every alarm has its entry, and every entry its alarm', (api) => {
  expect([...entries.keys()].sort()).toEqual(
    alarms(api)
      .map(({ AlarmName }) => AlarmName.replace('Sluice-', ''))
      .sort(),
  );
});

it('an alarm says what is wrong and names its entry', () => {
  for (const { AlarmName, AlarmDescription } of alarms('http'))
    expect(AlarmDescription).toMatch(new RegExp(`^.{15,}\\. See docs/runbook.md, ${AlarmName.slice(7)}\\.$`));
});

it.each([...entries])('%s: says what to do', (_name, text) => {
  expect(text).toContain('**Do');
});

it('entries of dead letters say how to redrive', () => {
  const dead = [...entries].filter(([name]) => name.endsWith('-dead-letters'));

  expect(dead).toHaveLength(6);
  for (const [, text] of dead) expect(text).toContain('[redrive](#redrive)');
});

it('entries of scheduled functions say what to do when the function does not run', () => {
  const scheduled = ofType(synthesised('aws', 'http').core, 'AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) =>
    Properties.TreatMissingData === 'breaching' ? [String(Properties.AlarmName).replace('Sluice-', '')] : [],
  );
  const about = page.slice(page.indexOf('### A scheduled function does not run')).split('```')[0]!;

  expect(scheduled.length).toBeGreaterThan(3);
  for (const name of scheduled) {
    expect(entries.get(name)).toContain('[not run](#a-scheduled-function-does-not-run)');
    expect(about).toContain(`\`${name}\``);
  }
});

it('the log lines that the page quotes are lines that functions write', () => {
  const quoted = [
    ...page.replace(/\s+/g, ' ').matchAll(/`((?:[a-z]+ )+(?:failed|posted|counted|taken|out|unresolved))`/g),
  ];
  const sources = readdirSync('functions', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('functions', name), 'utf8'))
    .join('\n');

  expect(quoted.length).toBeGreaterThan(10);
  for (const [, line] of quoted) expect(sources).toContain(`'${line}'`);
});
