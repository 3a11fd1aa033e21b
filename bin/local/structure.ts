/** The layout of `functions/` as a list of layers, and what the sources make of it: dependencies that point up, pairs, sizes, circles. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { ROOT } from './files.ts';

/**
 * Lowest layer first. A folder imports from lower layers and from the folders to its left in its own layer. Files belong to the longest path
 * that holds them. A new folder is a new name here.
 */
export const LAYERS = [
  ['kernel'],
  ['table'],
  ['channels/port', 'merchants', 'risk/port', 'vault/port', 'ledger'],
  ['api', 'search/index', 'stream/kind'],
  ['customers', 'payment-methods', 'customers/operations', 'products', 'products/operations', 'empty-lists', 'vault'],
  [
    'channels/accounts',
    'channels/alipay',
    'channels/callbacks',
    'channels/routing',
    'channels/sandbox',
    'channels/stripe',
    'channels',
    'risk/reviews',
    'risk/features',
    'risk/rules',
    'sandbox',
  ],
  ['payments', 'payments/operations'],
  ['charges', 'refunds', 'disputes', 'setup-intents', 'checkout', 'payouts', 'returns', 'risk/reviews/operations'],
  ['account', 'stream', 'statements', 'settlement', 'balance', 'search', 'recovery', 'notifications', 'test-helpers'],
  ['operator'],
  ['entries'],
] as const;

const FOLDERS: readonly string[] = LAYERS.flat();

export interface Structure {
  /** Folders and their lines, largest first. */
  readonly lines: ReadonlyMap<string, number>;
  /** `folder → folder` of every dependency between two folders. */
  readonly dependencies: readonly string[];
  /** `file → file` of every import of a folder that stands above or to the right. */
  readonly up: readonly string[];
  /** `folder ↔ folder` of every two that import each other. */
  readonly mutual: readonly string[];
  /** Files in no folder of the list. */
  readonly unknown: readonly string[];
}

/** The TypeScript sources below a folder of the project, as paths from its root. */
export const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => join(folder, name));

/** What a source imports: paths from the project's root, and packages by their names. */
export const importsOf = (file: string): readonly string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from |import\()'([^']+)'/g)].map(([, target]) =>
    target!.startsWith('.') ? normalize(join(file, '..', target!)) : target!,
  );

/** The folder of the list that holds a source, or undefined. */
export function folderOf(file: string): string | undefined {
  let path = dirname(relative('functions', file));
  while (path !== '.' && !FOLDERS.includes(path)) path = dirname(path);
  return path === '.' ? undefined : path;
}

/** Reads the sources and compares them with the list. */
export function structure(): Structure {
  const files = sourcesIn('functions');
  const lines = new Map<string, number>();
  const dependencies = new Set<string>();
  const up: string[] = [];
  for (const file of files) {
    const folder = folderOf(file);
    if (folder === undefined) continue;
    lines.set(folder, (lines.get(folder) ?? 0) + linesOf(file));
    for (const target of importsOf(file).filter((path) => path.startsWith('functions/'))) {
      const other = folderOf(target);
      if (other === undefined || other === folder) continue;
      dependencies.add(`${folder} → ${other}`);
      if (FOLDERS.indexOf(other) > FOLDERS.indexOf(folder)) up.push(`${file} → ${target}`);
    }
  }
  return {
    lines: new Map([...lines].sort(([, a], [, b]) => b - a)),
    dependencies: [...dependencies],
    up,
    mutual: [...dependencies]
      .map((pair) => pair.split(' → ') as [string, string])
      .filter(([a, b]) => a < b && dependencies.has(`${b} → ${a}`))
      .map((pair) => pair.join(' ↔ ')),
    unknown: files.filter((file) => folderOf(file) === undefined),
  };
}

const linesOf = (file: string): number => readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1;

/** Share of all lines per folder, with `payments/…` counted as `payments`, and each channel by itself. */
export function shares({ lines }: Structure): ReadonlyMap<string, number> {
  const all = [...lines.values()].reduce((sum, count) => sum + count, 0);
  const tops = new Map<string, number>();
  for (const [folder, count] of lines) {
    const top = folder.startsWith('channels/') ? folder : folder.split('/')[0]!;
    tops.set(top, (tops.get(top) ?? 0) + count / all);
  }
  return new Map([...tops].sort(([, a], [, b]) => b - a));
}

/** The circles among some files: what one of them imports comes back to it. */
export function circlesIn(files: readonly string[]): readonly string[] {
  const path: string[] = [];
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file) || path.includes(file)) return;
    path.push(file);
    for (const target of importsOf(file)) if (files.includes(target)) walk(target);
    path.pop();
    done.add(file);
  };
  for (const file of files) walk(file);
  return circles;
}

/** The figures in one line. */
export function figuresOf(found: Structure): string {
  const [[largest, share]] = [...shares(found)] as [[string, number]];
  const percent = (share * 100).toFixed(1);
  return `structure: ${found.lines.size} folders, ${found.dependencies.length} dependencies, ${found.up.length} up, ${found.mutual.length} mutual, largest ${largest} ${percent} % of the lines`;
}
