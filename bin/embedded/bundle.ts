/** The runtime and all functions in one file, and the vault's in another: made once for each state of the sources, because it starts in a third of the time. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from './digest.ts';

export interface Bundle {
  readonly folder: string;
  /** Exports `startStack`. */
  readonly main: string;
  /** The program of the vault's process. */
  readonly vault: string;
  readonly from: 'package' | 'cache' | 'build';
}

/** Where a package has its bundle, from its root. */
export const SHIPPED_FOLDER = 'dist/embedded/runtime';

const SOURCES = ['functions', 'lib', 'bin', 'package-lock.json'];
const MADE_OF = 'made-of';

/** The bundle of the sources as they are now. `folder` holds those of this checkout, one for each state of the sources. */
export async function embeddedBundle(root: string, folder: string): Promise<Bundle> {
  const digest = digestOf(root, SOURCES, '');
  const shipped = join(root, SHIPPED_FOLDER);
  const isShipped = existsSync(join(shipped, MADE_OF));
  if (isShipped && (digest === undefined || madeOf(shipped) === digest)) return filesIn(shipped, 'package');
  if (digest === undefined) throw new Error(`${shipped} is missing, and there are no sources to make it of`);
  const own = join(folder, digest.slice(0, 16));
  if (madeOf(own) === digest) return filesIn(own, 'cache');
  // Two first starts at a time: each builds into a folder of its own, and the first that is done is used by both.
  const building = join(folder, `building-${randomUUID()}`);
  await build(root, building);
  writeFileSync(join(building, MADE_OF), digest);
  removeOthers(folder, own, building);
  try {
    renameSync(building, own);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    if (madeOf(own) !== digest) throw error;
  }
  return filesIn(own, 'build');
}

/** Bundles of earlier sources. Others that are being built stay. */
function removeOthers(folder: string, own: string, building: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (path !== own && path !== building && !name.startsWith('building-'))
      rmSync(path, { recursive: true, force: true });
  }
}

const filesIn = (folder: string, from: Bundle['from']): Bundle => ({
  folder,
  main: join(folder, 'main.mjs'),
  vault: join(folder, 'vault.mjs'),
  from,
});

const madeOf = (folder: string): string | undefined => {
  const file = join(folder, MADE_OF);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};

/** Some dependencies are CommonJS and call `require` for what Node has built in. */
export const REQUIRE = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/** AWS's clients without what speaks to AWS: a third of the bundle, and most of the time that it takes to start. */
const SDK = ['kms', 'lambda', 's3', 'sfn', 'sqs'];

async function build(root: string, outdir: string): Promise<void> {
  const esbuild = await import('esbuild');
  // Synchronously: otherwise a process of esbuild's would run beside the stack for as long as that does.
  esbuild.buildSync({
    absWorkingDir: root,
    entryPoints: { main: 'bin/embedded/run/stack.ts', vault: 'bin/embedded/vault/process.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    alias: Object.fromEntries(
      SDK.map((service) => [`@aws-sdk/client-${service}`, join(root, `bin/embedded/sdk/${service}.ts`)]),
    ),
    platform: 'node',
    format: 'esm',
    target: 'node22',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    legalComments: 'none',
    logLevel: 'warning',
  });
}
