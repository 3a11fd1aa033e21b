/** The rules of the layout: who may import whom, how large a file may be, and where AWS is spoken to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') || name.endsWith('.mjs'))
    .map((name) => join(folder, name));

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map(([, target]) =>
    target!.startsWith('.') ? normalize(join(file, '..', target!)) : target!,
  );

const contextOf = (file: string): string => file.split('/')[1]!;

/** Context → contexts that it may import. `shared` knows merchants: whoever authenticates needs their keys (ADR 0008). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  shared: ['merchants'],
  // The operator repairs what every context's consumers write.
  merchants: [
    'channels',
    'checkout',
    'ledger',
    'notifications',
    'payments',
    'sandbox',
    'settlement',
    'shared',
    'vault',
  ],
  channels: ['shared'],
  sandbox: ['shared'],
  vault: ['channels', 'payments', 'shared'],
  risk: ['gateway', 'notifications', 'payments', 'shared'],
  payments: [
    'channels',
    'checkout',
    'gateway',
    'ledger',
    'merchants',
    'notifications',
    'risk',
    'search',
    'settlement',
    'shared',
    'vault',
  ],
  checkout: ['gateway', 'payments', 'risk', 'shared', 'vault'],
  search: ['shared'],
  ledger: ['checkout', 'gateway', 'payments', 'settlement', 'shared', 'vault'],
  settlement: ['channels', 'gateway', 'ledger', 'merchants', 'payments', 'shared'],
  notifications: [
    'channels',
    'checkout',
    'ledger',
    'merchants',
    'payments',
    'risk',
    'search',
    'settlement',
    'shared',
    'vault',
  ],
  gateway: ['ledger', 'payments', 'risk', 'settlement', 'shared', 'vault'],
};

const functions = sources('functions');

describe('functions', () => {
  it('import only the contexts that theirs may know', () => {
    const wrong = functions.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('functions/') && contextOf(target) !== contextOf(file))
        .filter((target) => !MAY_IMPORT[contextOf(file)]?.includes(contextOf(target)))
        .map((target) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('never import another context’s routes or entries', () => {
    const wrong = functions.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('functions/') && contextOf(target) !== contextOf(file))
        .filter((target) => /\/(api|handler|on-[a-z-]+|run-[a-z-]+)\.ts$/.test(target))
        .map((target) => `${file} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('reach for the product’s own infrastructure, tests or tools nowhere', () => {
    const wrong = functions.flatMap((file) =>
      importsOf(file).filter(
        (target) => /^(lib|test|bin)\//.test(target) || /^(aws-cdk|constructs|vitest)/.test(target),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('stand in no circle: what a file imports never comes back to it', () => {
    const path: string[] = [];
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      path.push(file);
      for (const target of importsOf(file)) if (functions.includes(target)) walk(target);
      path.pop();
      done.add(file);
    };
    for (const file of functions) walk(file);
    expect(circles).toEqual([]);
  });

  it('speak to AWS in entries, wiring, clients and stores only', () => {
    const speakers = functions.filter((file) => importsOf(file).some((target) => target.startsWith('@aws-sdk/')));
    const allowed =
      /\/(handler|on-[a-z-]+|run-[a-z-]+|wiring|store|client|keys|files|start|dynamo-table|dynamo-item|expression|stream|queue|credential-provider)\.ts$/;
    expect(speakers.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('the sandbox is a stranger: nothing but the shared nouns, and nobody but the operator’s entry knows it', () => {
    const knowing = functions.filter(
      (file) =>
        contextOf(file) !== 'sandbox' && importsOf(file).some((target) => target.startsWith('functions/sandbox/')),
    );
    expect(knowing).toEqual(['functions/merchants/run-operator.ts']);
  });
});

it('the infrastructure knows functions by their names in lib/functions.json, and imports none of their code', () => {
  const wrong = sources('lib').filter((file) => importsOf(file).some((target) => target.startsWith('functions/')));
  expect(wrong).toEqual([]);
});

describe('every file', () => {
  const files = [...functions, ...sources('lib'), ...sources('bin'), ...sources('test')];

  it('is read in one sitting: at most 360 lines', () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 361)).toEqual([]);
  });

  it('begins by saying what it is for, in functions', () => {
    const documented = (file: string): boolean => readFileSync(file, 'utf8').startsWith('/**');
    expect(functions.filter((file) => !documented(file))).toEqual([]);
  });

  it('has no default export where no tool asks for one, and no leftover marks', () => {
    const marks = new RegExp(['TO', 'DO|FIX', 'ME|X', 'XX'].join(''));
    const wrong = files.filter((file) => {
      const text = readFileSync(file, 'utf8');
      return marks.test(text) || (/^export default/m.test(text) && !file.endsWith('vitest.config.ts'));
    });
    expect(wrong).toEqual([]);
  });
});
