/**
 * Bundles each function of lib/functions.json into <out>/<name>/index.mjs and writes what went into it to <out>/meta/<name>.json.
 * Files whose content did not change are not touched. `node bin/bundle.mjs [out]`, `dist` by default.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const out = resolve(root, process.argv[2] ?? 'dist');
const functions = Object.keys(JSON.parse(readFileSync(join(root, 'lib/functions.json'), 'utf8')));

const entryOf = (name) => `functions/entries/${name}.ts`;
const missing = functions.filter((name) => !existsSync(join(root, entryOf(name))));
if (missing.length > 0) {
  for (const name of missing) console.error(`bundle: ${entryOf(name)} does not exist`);
  process.exit(1);
}

/** Some dependencies are CommonJS and call `require` for what Node has built in. */
const REQUIRE = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/**
 * A client's schemas of operations that no function calls are left out. esbuild keeps a list that holds an object with a computed key, because
 * making the key might have an effect. Here it has none: the keys are constants. In a function that is marked as pure the list is left out.
 *
 * The errors of two clients are left out as well: no function names one, and an error that is not registered keeps its name and message in
 * the client's own error.
 */
const UNNAMED_ERRORS = /[\\/]client-(?:kms|lambda)[\\/]/;

const pureSchemas = {
  name: 'pure-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(/^((?:export )?var [\w$]+ = )(\[[^;]*\{ \[[^;]*\]);$/gm, '$1/* @__PURE__ */ (() => $2)();')
        .replace(UNNAMED_ERRORS.test(path) ? /^n0_registry\.registerError\(.*\);$/gm : /$^/, ''),
    }));
  },
};

/** A bundle's own first file: it makes the handler of the entry on AWS. */
const ON_AWS = 'on-aws';
const onAws = {
  name: ON_AWS,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^on-aws:/ }, ({ path }) => ({ path: path.slice(ON_AWS.length + 1), namespace: ON_AWS }));
    onLoad({ filter: /.*/, namespace: ON_AWS }, ({ path }) => ({
      contents: `
        import { aws } from './functions/entries/aws.ts';
        import { create } from './${path}';
        export const handler = create(aws(process.env));`,
      loader: 'js',
      resolveDir: root,
    }));
  },
};

const startedMs = Date.now();
const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: functions.map((name) => ({ in: `${ON_AWS}:${entryOf(name)}`, out: `${name}/index` })),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  // The emulators run functions with the node that is on the machine; Lambda's is newer.
  target: 'node20',
  mainFields: ['module', 'main'],
  plugins: [onAws, pureSchemas],
  alias: {
    '@aws-sdk/credential-provider-node': join(root, 'functions/table/bundle/credential-provider.ts'),
    '@aws-sdk/endpoint-cache': join(root, 'functions/table/bundle/endpoint-cache.ts'),
    '@smithy/core/event-streams': join(root, 'functions/table/bundle/event-streams.ts'),
  },
  banner: { js: REQUIRE },
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
}).catch(() => process.exit(1));

for (const { path, contents } of outputFiles) write(path, contents);
for (const [path, output] of Object.entries(metafile.outputs)) {
  const name = dirname(relative(out, join(root, path)));
  const inputs = Object.fromEntries(Object.keys(output.inputs).map((input) => [input, metafile.inputs[input]]));
  write(join(out, 'meta', `${name}.json`), Buffer.from(JSON.stringify({ inputs, outputs: { [path]: output } })));
}
removeAllBut(out, [...functions, 'meta']);
removeAllBut(
  join(out, 'meta'),
  functions.map((name) => `${name}.json`),
);
console.error(`bundle: ${functions.length} functions in ${Date.now() - startedMs} ms`);

function write(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

function removeAllBut(folder, kept) {
  for (const name of readdirSync(folder)) if (!kept.includes(name)) rmSync(join(folder, name), { recursive: true });
}
