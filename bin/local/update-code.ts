/** `npm run deploy:local`: the functions whose bundle changed get their new code, past CloudFormation. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { run } from './child.ts';
import { Failure } from './failure.ts';
import { localPath, ROOT } from './files.ts';
import type { Say } from './install-emulator.ts';
import { type AwsPlace, clientOptions } from './place.ts';
import { physicalNames } from './stack-resources.ts';
import { zipOf } from './zip.ts';

const DIST = join(ROOT, 'dist');
const LAMBDA = 'AWS::Lambda::Function';
const RESTART = 'Restart `npm start` instead.';

/** What is deployed, by the function's name in lib/functions.json: the hash of its bundle, and the emulator's name of it. */
type Deployed = Record<string, { readonly hash: string; readonly physical: string }>;

const fileOf = (folder: string): string => localPath(folder, 'code.json');

/** Notes what has just been deployed from the assembly in the folder. */
export async function rememberCode(endpoint: string, stack: string, folder: string): Promise<void> {
  const physical = await physicalNames(endpoint, stack, LAMBDA);
  const code: Deployed = {};
  for (const [logicalId, name] of functionNames(localPath(folder, 'cdk.out', 'Sluice.template.json')))
    code[name] = { hash: hashOf(name), physical: physical.get(logicalId) ?? '' };
  save(folder, code);
}

/** Bundles, and updates what changed on the running stack. Returns the names of the functions that got new code. */
export async function updateCode(place: AwsPlace, folder: string, say: Say): Promise<readonly string[]> {
  say('deploy: bundling');
  await run(process.execPath, [join(ROOT, 'bin/bundle.mjs')], { cwd: ROOT });
  if (!existsSync(fileOf(folder))) throw new Failure(`deploy: nothing was deployed from here yet. ${RESTART}`);
  const code = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Deployed;
  const changed = bundles().filter((name) => code[name]?.hash !== hashOf(name));
  const unknown = changed.filter((name) => !code[name]?.physical);
  if (unknown.length > 0) throw new Failure(`deploy: ${unknown.join(', ')}: not on the running stack. ${RESTART}`);

  const client = new LambdaClient(clientOptions(place));
  for (const name of changed) {
    const { physical } = code[name]!;
    const ZipFile = zipOf(filesOf(name));
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: physical, ZipFile }));
    code[name] = { hash: hashOf(name), physical };
    save(folder, code);
    say(`deploy: ${name}`);
  }
  return changed;
}

const save = (folder: string, code: Deployed): void =>
  writeFileSync(fileOf(folder), JSON.stringify(code, undefined, 2));

const bundles = (): string[] => readdirSync(DIST).filter((name) => existsSync(join(DIST, name, 'index.mjs')));

/** The function's bundle: its entry, and the chunks that it loads later. */
const filesOf = (name: string): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(join(DIST, name))
      .sort()
      .map((file) => [file, readFileSync(join(DIST, name, file))]),
  );

const hashOf = (name: string): string =>
  createHash('sha256')
    .update(zipOf(filesOf(name)))
    .digest('hex');

/** The template's functions by logical id, with the name that the last part of their path is. */
function functionNames(template: string): ReadonlyMap<string, string> {
  const { Resources } = JSON.parse(readFileSync(template, 'utf8')) as {
    Resources: Record<string, { Type: string; Metadata?: Record<string, unknown> }>;
  };
  const functions = Object.entries(Resources).filter(([, { Type }]) => Type === LAMBDA);
  return new Map(
    functions.map(([id, { Metadata }]) => [id, String(Metadata?.['aws:cdk:path']).split('/').at(-2) ?? '']),
  );
}
