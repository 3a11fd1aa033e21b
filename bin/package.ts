/** `npm run package`: the embedded runtime as an npm package without dependencies: the template, the bundles and the commands. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { embeddedBundle, REQUIRE, SHIPPED_FOLDER } from './embedded/bundle.ts';
import { embeddedTemplate, SHIPPED_FILE } from './embedded/wiring/template.ts';
import { run } from './local/child.ts';
import { commandLine } from './local/command-line.ts';
import { runProgram } from './local/failure.ts';
import { localPath, ROOT } from './local/files.ts';

const USAGE = `Usage: npm run package [-- --out DIR]

Makes sluice-<version>.tgz, with which the embedded runtime starts without CDK and without other packages.

  --out  where it is written (default: dist)`;

/** What can be done with a stack that runs on this machine. */
const COMMANDS = ['start', 'clock', 'backup', 'merchant', 'settle', 'ledger', 'listen'];
/** Plain JavaScript that runs before anything else: it sees to the right Node. */
const AS_IT_IS = ['bin/run.mjs', 'bin/local/lock.mjs', 'bin/local/node.mjs', 'bin/local/node', 'README.md', 'LICENSE'];

await runProgram(async () => {
  const { values, positionals } = commandLine(USAGE, { out: { type: 'string' } });
  if (positionals.length > 0) return commandLine.wrong(USAGE, `Unexpected: ${positionals.join(' ')}`);
  const out = resolve(values.out ?? 'dist');
  const folder = join(out, 'package');
  rmSync(folder, { recursive: true, force: true });
  for (const file of AS_IT_IS) cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  await addRuntime(folder);
  await addCommands(folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`);
  await run('npm', ['pack', '--silent', '--pack-destination', out, folder], { cwd: ROOT });
  return 0;
});

async function addRuntime(folder: string): Promise<void> {
  const cacheFile = localPath('embedded', 'template.json');
  await embeddedTemplate({ root: ROOT, cacheFile, settings: {} });
  mkdirSync(join(folder, 'dist/embedded'), { recursive: true });
  cpSync(cacheFile, join(folder, SHIPPED_FILE));
  const { folder: bundle } = await embeddedBundle(ROOT, localPath('embedded', 'runtime'));
  cpSync(bundle, join(folder, SHIPPED_FOLDER), { recursive: true });
}

async function addCommands(folder: string): Promise<void> {
  const esbuild = await import('esbuild');
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: COMMANDS.map((name) => `bin/${name}.ts`),
    outdir: join(folder, 'dist/commands'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    mainFields: ['module', 'main'],
    // The start of a checkout makes its bundle; a package has it.
    external: ['esbuild'],
    banner: { js: REQUIRE },
    legalComments: 'none',
    logLevel: 'warning',
  });
}

function manifest(): object {
  const { name, version, description, license, type, engines, ...own } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, unknown>> & { readonly scripts: Readonly<Record<string, string>> };
  const scripts = Object.fromEntries(COMMANDS.map((command) => [command, own.scripts[command]]));
  return { name, version, description, license, type, engines, bin: { sluice: 'bin/run.mjs' }, scripts };
}
