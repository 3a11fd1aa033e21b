/** Synthesised stacks for the tests of this folder, with empty functions in place of bundles: once per variant and test file. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Template } from '../../bin/embedded/wiring/resolve.ts';
import { localPath } from '../../bin/local/files.ts';
import { type SluiceApp, sluiceApp } from '../../lib/app.ts';
import { FUNCTION_NAMES } from '../../lib/function-names.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}
export interface Synthesised {
  readonly core: Readonly<Record<string, Resource>>;
  readonly extras: Readonly<Record<string, Resource>> | undefined;
}

const flags = (JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }).context;

/** A folder of this worker's own, emptied by its next run: nothing is left in the machine's temporary folder. */
const folder = dirname(localPath('test', `synth-${threadId}`, 'bundles'));
rmSync(folder, { recursive: true, force: true });
let assemblies = 0;

function emptyBundles(): string {
  const dist = join(folder, 'bundles');
  for (const name of FUNCTION_NAMES) {
    mkdirSync(join(dist, name), { recursive: true });
    writeFileSync(join(dist, name, 'index.mjs'), `export const handler = () => '${name}';`);
  }
  return dist;
}
let bundles: string | undefined;

const ENDPOINT = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4599' };

/** The app of these context values; a local target has an emulator's address, unless the environment is given. */
export function appOf(
  context: Record<string, unknown>,
  environment: Record<string, string> = context.target === 'local' ? ENDPOINT : {},
): SluiceApp {
  bundles ??= emptyBundles();
  assemblies += 1;
  return sluiceApp(environment, {
    context: {
      ...flags,
      'aws:cdk:disable-asset-staging': true,
      'aws:cdk:enable-path-metadata': true,
      dist: bundles,
      ...context,
    },
    outdir: join(folder, String(assemblies)),
    analyticsReporting: false,
  });
}

const made = new Map<string, Synthesised>();

/** The resources of a variant by logical id. */
export function synthesised(
  target: 'aws' | 'local' | 'embedded',
  api: 'http' | 'rest',
  context: Record<string, string> = {},
): Synthesised {
  const name = `${target} ${api} ${JSON.stringify(context)}`;
  const known = made.get(name);
  if (known) return known;
  const { app, stack, extras } = appOf({ target, api, ...context });
  const assembly = app.synth();
  const resources = (id: string) =>
    (assembly.getStackArtifact(id).template as { Resources: Record<string, Resource> }).Resources;
  const result = { core: resources(stack.artifactId), extras: extras && resources(extras.artifactId) };
  made.set(name, result);
  return result;
}

/** The template that the embedded runtime reads. */
export function embeddedTemplate(context: Record<string, string> = {}): Template {
  const { app, stack } = appOf({ target: 'embedded', ...context });
  return app.synth().getStackArtifact(stack.artifactId).template as Template;
}

export const ofType = (resources: Readonly<Record<string, Resource>>, type: string): (readonly [string, Resource])[] =>
  Object.entries(resources).filter(([, resource]) => resource.Type === type);

/** Logical id of a function or a queue by the name that the code has for it: its construct's id is part of the path. */
export function logicalIdOf(resources: Readonly<Record<string, Resource>>, type: string, name: string): string {
  const found = ofType(resources, type).filter(([, resource]) => pathOf(resource).endsWith(`/${name}`));
  if (found.length !== 1) throw new Error(`${found.length} resources are ${type} ${name}`);
  return found[0]![0];
}

export function pathOf(resource: Resource): string {
  const metadata = (resource as { Metadata?: { 'aws:cdk:path'?: string } }).Metadata;
  return (metadata?.['aws:cdk:path'] ?? '').replace(/\/Resource$/, '');
}

/** The logical id that `Ref` or `Fn::GetAtt` names. */
export function namedBy(value: unknown): string {
  const reference = value as { Ref?: string; 'Fn::GetAtt'?: readonly [string, string] };
  const id = reference.Ref ?? reference['Fn::GetAtt']?.[0];
  if (id === undefined) throw new Error(`not a reference: ${JSON.stringify(value)}`);
  return id;
}
