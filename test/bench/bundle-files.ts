/** The files of a function's bundle: what it loads when it starts, and what it loads later, each with its bytes. */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Output {
  readonly entryPoint?: string;
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

export interface BundleFiles {
  /** The entry, and what it imports statically. */
  readonly start: { readonly files: readonly string[]; readonly bytes: number };
  /** What an `import()` loads that the start has not loaded, by the file of functions/ that it names. */
  readonly later: readonly { readonly name: string; readonly bytes: number }[];
  /** All files of the folder. */
  readonly bytes: number;
}

/** The bundle of a function that `bin/bundle.mjs` wrote into the folder. */
export function bundleFiles(dist: string, name: string): BundleFiles {
  const { outputs } = JSON.parse(readFileSync(join(dist, 'meta', `${name}.json`), 'utf8')) as {
    readonly outputs: Readonly<Record<string, Output>>;
  };
  const bytesOf = (paths: readonly string[]): number =>
    paths.reduce((sum, path) => sum + statSync(join(dist, name, basename(path))).size, 0);
  const from = (path: string, kind: string): readonly string[] =>
    outputs[path]!.imports.filter((each) => each.kind === kind && !each.external).map((each) => each.path);
  const loadedWith = (path: string, known = new Set<string>()): ReadonlySet<string> => {
    if (!known.has(path)) for (const next of from(path, 'import-statement')) loadedWith(next, known.add(path));
    return known.add(path);
  };
  const entry = Object.keys(outputs).find((path) => basename(path) === 'index.mjs')!;
  const start = loadedWith(entry);
  const chunks = new Set(Object.keys(outputs).flatMap((path) => from(path, 'dynamic-import')));
  return {
    start: { files: [...start].map((path) => basename(path)), bytes: bytesOf([...start]) },
    later: [...chunks].map((path) => ({
      name: outputs[path]!.entryPoint!.replace(/^functions\//, ''),
      bytes: bytesOf([...loadedWith(path)].filter((each) => !start.has(each))),
    })),
    bytes: bytesOf(Object.keys(outputs)),
  };
}
