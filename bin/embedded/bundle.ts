/** The runtime and all functions in one file, and the vault's in another: made once for each state of the sources, because it starts in a third of the time. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from './digest.ts';

export interface Bundle {
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

/** The bundle of the sources as they are now. `folder` holds the one of this checkout. */
export async function embeddedBundle(root: string, folder: string): Promise<Bundle> {
  const digest = digestOf(root, SOURCES, '');
  const shipped = join(root, SHIPPED_FOLDER);
  const isShipped = existsSync(join(shipped, MADE_OF));
  if (isShipped && (digest === undefined || madeOf(shipped) === digest)) return filesIn(shipped, 'package');
  if (digest === undefined) throw new Error(`${shipped} is missing, and there are no sources to make it of`);
  if (madeOf(folder) === digest) return filesIn(folder, 'cache');
  // Two first starts at a time: each builds into a folder of its own.
  const building = `${folder}.${process.pid}`;
  await build(root, building);
  writeFileSync(join(building, MADE_OF), digest);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '..'), { recursive: true });
  renameSync(building, folder);
  return filesIn(folder, 'build');
}

const filesIn = (folder: string, from: Bundle['from']): Bundle => ({
  main: join(folder, 'main.mjs'),
  vault: join(folder, 'vault.mjs'),
  from,
});

const madeOf = (folder: string): string | undefined => {
  const file = join(folder, MADE_OF);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};

/** Some dependencies are CommonJS and call `require` for what Node has built in. */
const REQUIRE = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/** AWS's clients without what speaks to AWS: a third of the bundle, and most of the time that it takes to start. */
const SDK = ['kms', 'lambda', 's3', 'sfn', 'sqs'];

async function build(root: string, outdir: string): Promise<void> {
  const esbuild = await import('esbuild');
  await esbuild.build({
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
