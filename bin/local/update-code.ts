/** `npm run deploy:local`: the functions whose bundle changed get their new code, past CloudFormation. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FunctionConfiguration,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { run } from './child.ts';
import { Failure } from './failure.ts';
import { localPath, ROOT } from './files.ts';
import type { Say } from './install-emulator.ts';
import { type AwsPlace, clientOptions } from './place.ts';
import { zipOf } from './zip.ts';

const DIST = join(ROOT, 'dist');
/** What is deployed, by the function's name in lib/functions.json: hash of its bundle, logical id in the template. */
type Remembered = Record<string, { readonly hash: string; readonly logicalId: string }>;

/** Notes what has just been deployed from the assembly in the folder. */
export async function rememberCode(folder: string): Promise<void> {
  const ids = logicalIds(localPath(folder, 'cdk.out', 'Sluice.template.json'));
  const code: Remembered = {};
  for (const name of bundles()) code[name] = { hash: hashOf(name), logicalId: ids.get(name) ?? '' };
  writeFileSync(localPath(folder, 'code.json'), JSON.stringify(code, undefined, 2));
}

/** Bundles, and updates what changed on the running stack. Returns the names of the functions that got new code. */
export async function updateCode(place: AwsPlace, folder: string, say: Say): Promise<readonly string[]> {
  await run(process.execPath, [join(ROOT, 'bin/bundle.mjs')], { cwd: ROOT, onLine: say });
  const file = localPath(folder, 'code.json');
  if (!existsSync(file)) throw new Failure('deploy: nothing was deployed from here yet; run `npm start` first');
  const before = JSON.parse(readFileSync(file, 'utf8')) as Remembered;
  const changed = bundles().filter((name) => before[name]?.hash !== hashOf(name));
  const unknown = changed.filter((name) => !before[name]?.logicalId);
  if (unknown.length > 0)
    throw new Failure(`deploy: ${unknown.join(', ')}: new functions need a restart of \`npm start\``);
  if (changed.length === 0) return [];

  const client = new LambdaClient(clientOptions(place));
  const physical = await functionNames(client);
  for (const name of changed) {
    const { logicalId } = before[name]!;
    const content = readFileSync(join(DIST, name, 'index.mjs'));
    const FunctionName = nameOf(physical, place.stack, name, logicalId);
    await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf('index.mjs', content) }));
    before[name] = { hash: hashOf(name), logicalId };
    writeFileSync(file, JSON.stringify(before, undefined, 2));
    say(`deploy: ${name}`);
  }
  return changed;
}

async function functionNames(client: LambdaClient): Promise<readonly string[]> {
  const found: FunctionConfiguration[] = [];
  for await (const page of paginateListFunctions({ client }, {})) found.push(...(page.Functions ?? []));
  return found.flatMap(({ FunctionName }) => (FunctionName === undefined ? [] : [FunctionName]));
}

/** CloudFormation names a function <stack>-<logical id>-<random>, cut to 64 characters; the operator has a name of its own. */
function nameOf(physical: readonly string[], stack: string, name: string, logicalId: string): string {
  const own = `${stack}-operator`;
  if (name === 'merchants-operator' && physical.includes(own)) return own;
  const matching = physical.filter((candidate) => {
    const [, middle] = /^(.*)-[^-]*$/.exec(candidate.slice(stack.length + 1)) ?? [];
    return candidate.startsWith(`${stack}-`) && middle !== undefined && logicalId.startsWith(middle);
  });
  if (matching.length !== 1)
    throw new Failure(
      `deploy: ${matching.length} functions of this endpoint could be ${name}; restart \`npm start\` instead`,
    );
  return matching[0]!;
}

const bundles = (): string[] => readdirSync(DIST).filter((name) => existsSync(join(DIST, name, 'index.mjs')));

const hashOf = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(join(DIST, name, 'index.mjs')))
    .digest('hex');

/** Logical ids of the template's functions by the last name of their path, which is the name in lib/functions.json. */
function logicalIds(template: string): ReadonlyMap<string, string> {
  const { Resources } = JSON.parse(readFileSync(template, 'utf8')) as {
    Resources: Record<string, { Type: string; Metadata?: Record<string, unknown> }>;
  };
  return new Map(
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([id, { Metadata }]) => [String(Metadata?.['aws:cdk:path']).split('/').at(-2) ?? '', id]),
  );
}
