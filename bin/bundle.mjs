/**
 * Bundles each function of lib/functions.json into <out>/<name>/index.mjs, with a chunk beside it for what it loads later, and writes what went into
 * them to <out>/meta/<name>.json. Files whose content did not change are not touched. `node bin/bundle.mjs [out]`, `dist` by default.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
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

/** Some dependencies are CommonJS and call `require` for what Node has built in: the file that holds esbuild's helper for it defines it first. */
const REQUIRE = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";
const CALLS_REQUIRE = /\brequire\b/;

/** What the functions import of each AWS client: classes of commands and errors, and the client's own. */
const imported = new Map();
for (const file of readdirSync(join(root, 'functions'), { recursive: true }).filter((name) => name.endsWith('.ts'))) {
  const text = readFileSync(join(root, 'functions', file), 'utf8');
  for (const [, names, client] of text.matchAll(/^import \{([^}]*)\} from '@aws-sdk\/(client-[a-z0-9]+)'/gm))
    for (const name of names.split(',').map((each) => each.trim()))
      if (/^\w+$/.test(name)) imported.set(client, (imported.get(client) ?? new Set()).add(name));
}

const fileOfClient = (file) =>
  new RegExp(`[\\\\/]@aws-sdk[\\\\/]client-[^\\\\/]+[\\\\/]${file.replaceAll('/', '[\\\\/]').replaceAll('.', '\\.')}$`);
const importedOf = (path) => [...(imported.get(/client-[a-z0-9]+/.exec(path)[0]) ?? [])];
const moduleOf = (name) => {
  if (name.endsWith('Client')) return `./${name}`;
  return name.endsWith('Command') ? `./commands/${name}` : './models/errors';
};

/**
 * AWS clients without what no function uses of them.
 * - The index names what is imported, so that a build reads no other command.
 * - Schemas of operations that no function calls: esbuild keeps a list that holds an object with a computed key, because making the key might have an
 *   effect. Here it has none: the keys are constants. In a function that is marked as pure the list is left out.
 * - Errors that no function imports: one that is not registered keeps its name and message in the client's own error.
 * - Of its package.json a client reads the version.
 */
const smallClients = {
  name: 'small-clients',
  setup({ onLoad }) {
    onLoad({ filter: fileOfClient('dist-es/index.js') }, ({ path }) => ({
      contents: importedOf(path)
        .map((name) => `export { ${name} } from '${moduleOf(name)}';`)
        .join('\n'),
    }));
    onLoad({ filter: fileOfClient('dist-es/schemas/schemas_0.js') }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(/^((?:export )?var [\w$]+ = )(\[[^;]*\{ \[[^;]*\]);$/gm, '$1/* @__PURE__ */ (() => $2)();')
        .replace(/^n0_registry\.registerError\((\w+)\$, .*\);$/gm, (line, error) =>
          importedOf(path).includes(error) ? line : '',
        ),
    }));
    onLoad({ filter: fileOfClient('package.json') }, ({ path }) => ({
      contents: JSON.stringify({ version: JSON.parse(readFileSync(path, 'utf8')).version }),
      loader: 'json',
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

/** A function's own build: code that it loads later (`import()`) is a chunk of its own, in the function's folder. */
const bundle = (name) =>
  build({
    absWorkingDir: root,
    entryPoints: [{ in: `${ON_AWS}:${entryOf(name)}`, out: 'index' }],
    outdir: join(out, name),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    // The emulators run functions with the node that is on the machine; Lambda's is newer.
    target: 'node20',
    mainFields: ['module', 'main'],
    plugins: [onAws, smallClients],
    alias: {
      '@aws-sdk/credential-provider-node': join(root, 'functions/table/bundle/credential-provider.ts'),
      '@aws-sdk/endpoint-cache': join(root, 'functions/table/bundle/endpoint-cache.ts'),
      '@smithy/core/event-streams': join(root, 'functions/table/bundle/event-streams.ts'),
    },
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });

const startedMs = Date.now();
const bundles = await Promise.all(functions.map(bundle)).catch(() => process.exit(1));
for (const [index, { outputFiles, metafile }] of bundles.entries()) {
  const name = functions[index];
  const outputs = loadable(metafile.outputs, `${relative(root, join(out, name))}/index.mjs`);
  const files = outputFiles.filter(({ path }) => Object.hasOwn(outputs, relative(root, path)));
  for (const { path, text } of files) write(path, Buffer.from(CALLS_REQUIRE.test(text) ? REQUIRE + text : text));
  removeAllBut(
    join(out, name),
    files.map(({ path }) => basename(path)),
  );
  const held = new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)));
  const inputs = Object.fromEntries(Object.entries(metafile.inputs).filter(([input]) => held.has(input)));
  write(join(out, 'meta', `${name}.json`), Buffer.from(JSON.stringify({ inputs, outputs })));
}
removeAllBut(out, [...functions, 'meta']);
removeAllBut(
  join(out, 'meta'),
  functions.map((name) => `${name}.json`),
);
console.error(`bundle: ${functions.length} functions in ${Date.now() - startedMs} ms`);

/** The entry and all that it can load. esbuild makes a chunk also of what only code loads that it leaves out. */
function loadable(outputs, entry) {
  const found = new Set([entry]);
  for (const path of found)
    for (const { path: next, external } of outputs[path].imports) if (!external) found.add(next);
  return Object.fromEntries([...found].map((path) => [path, outputs[path]]));
}

function write(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

function removeAllBut(folder, kept) {
  for (const name of readdirSync(folder)) if (!kept.includes(name)) rmSync(join(folder, name), { recursive: true });
}
