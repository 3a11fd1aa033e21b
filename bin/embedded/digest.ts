/** What a file was made of: a hash over sources and settings, so that it is made again only when one of them has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The hash of these files and folders below `root`, and of the settings. Undefined where one is missing: npm leaves the lock file out of a
 * package.
 */
export function digestOf(root: string, sources: readonly string[], settings: string): string | undefined {
  if (sources.some((source) => !existsSync(join(root, source)))) return undefined;
  const hash = createHash('sha256').update(settings);
  for (const file of sources.flatMap((source) => filesBelow(root, source))) {
    const content = readFileSync(join(root, file));
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function filesBelow(root: string, source: string): readonly string[] {
  if (/\.\w+$/.test(source)) return [source];
  const found = readdirSync(join(root, source), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
