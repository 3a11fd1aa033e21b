/** Where the local tooling keeps its things: `.local` in the checkout, which git ignores, or where a package's command runs. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Whether this is a package (bin/package.ts), which has no sources. */
export const IS_PACKAGE = !existsSync(join(ROOT, 'lib'));

/** A path below `.local`, whose folder exists afterwards. */
export function localPath(...names: readonly string[]): string {
  const path = join(IS_PACKAGE ? process.cwd() : ROOT, '.local', ...names);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
