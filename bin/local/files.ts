/** Where the local tooling keeps its things: `.local` in the checkout, which git ignores. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A path below `.local`, whose folder exists afterwards. */
export function localPath(...names: readonly string[]): string {
  const path = join(ROOT, '.local', ...names);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
