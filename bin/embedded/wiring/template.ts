/**
 * The synthesized template, made once for each state of its sources. A start without changes reads a file; a package ships that file, and
 * needs no CDK.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../local/child.ts';
import { Failure } from '../../local/failure.ts';
import { digestOf } from '../digest.ts';
import type { Template } from './resolve.ts';

/** Settings of lib/options.ts that differ from their defaults. */
export type Settings = Readonly<Record<string, string>>;

export interface Wanted {
  /** The checkout, or the folder of the installed package. */
  readonly root: string;
  readonly cacheFile: string;
  readonly settings: Settings;
}

export interface Found {
  readonly template: Template;
  readonly from: 'package' | 'cache' | 'synthesis';
}

/** A template on disk, and what it was made of. */
interface Stored {
  readonly digest: string;
  readonly settings: Settings;
  readonly template: Template;
}

/** Where a package has its template, from its root. */
export const SHIPPED_FILE = 'dist/embedded/template.json';

/** All that a synthesis reads: the stacks, their flags and settings, the versions of the packages, and the program itself. */
const SOURCES = ['lib', 'cdk.json', 'package-lock.json', 'bin/embedded/wiring/synthesize.ts'];

/** The template for the sources as they are now. `synthesize` writes a template to the file. */
export async function embeddedTemplate(
  wanted: Wanted,
  synthesize: (file: string, settings: Settings) => Promise<void> = inProcessOfItsOwn(wanted.root),
): Promise<Found> {
  const digest = digestOf(wanted.root, SOURCES, digestOfSettings(wanted.settings));
  const shipped = storedIn(join(wanted.root, SHIPPED_FILE));
  if (shipped && isWanted(shipped, digest, wanted)) return { template: shipped.template, from: 'package' };
  const cached = storedIn(wanted.cacheFile);
  if (cached && digest !== undefined && cached.digest === digest) return { template: cached.template, from: 'cache' };
  if (digest === undefined)
    throw new Failure(
      `start: ${join(wanted.root, SHIPPED_FILE)} is missing or has other settings, and there are no sources to make it of`,
    );
  const template = await synthesized(wanted, digest, synthesize);
  return { template, from: 'synthesis' };
}

/** Sources decide where there are any; a package without them has one template, for one set of settings. */
const isWanted = (stored: Stored, digest: string | undefined, { settings }: Wanted): boolean =>
  digest === undefined ? digestOfSettings(stored.settings) === digestOfSettings(settings) : stored.digest === digest;

async function synthesized(
  { cacheFile, settings }: Wanted,
  digest: string,
  synthesize: (file: string, settings: Settings) => Promise<void>,
): Promise<Template> {
  mkdirSync(dirname(cacheFile), { recursive: true });
  // Two first starts at a time: each has a file of its own, and a reader finds a whole one.
  const file = `${cacheFile}.${process.pid}`;
  try {
    await synthesize(file, settings);
    const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
    writeFileSync(file, JSON.stringify({ digest, settings, template } satisfies Stored));
    renameSync(file, cacheFile);
    return template;
  } finally {
    rmSync(file, { force: true });
  }
}

const inProcessOfItsOwn =
  (root: string) =>
  (file: string, settings: Settings): Promise<void> =>
    run(
      process.execPath,
      ['--import', 'tsx', join(root, 'bin/embedded/wiring/synthesize.ts'), file, JSON.stringify(settings)],
      { cwd: root },
    );

/** What cannot be read is made again. */
function storedIn(file: string): Stored | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stored;
  } catch {
    return undefined;
  }
}

const digestOfSettings = (settings: Settings): string =>
  JSON.stringify(
    Object.keys(settings)
      .sort()
      .map((name) => [name, settings[name]]),
  );
