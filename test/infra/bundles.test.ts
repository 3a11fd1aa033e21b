/** What is deployed: each function's bundle is small, and holds nothing that it should not. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHANNELS } from '../../functions/channels/capabilities.ts';
import functions from '../../lib/functions.json' with { type: 'json' };
import { bundleFiles } from '../bench/bundle-files.ts';
import { logicalIdOf, synthesised } from './synth.ts';

/** Design budget: 600 KB minified. */
const MAXIMUM_BYTES = 600 * 1024;
/** What a request waits for when it is the first to need it. */
const MAXIMUM_LATER = 60 * 1024;
/** By the file that is loaded. The description of the API is data, and served as it is. */
const LARGER: Readonly<Record<string, number>> = { 'api/openapi.json': 400 * 1024 };
/** Budget of the function behind the callbacks, with all that it may load. */
const MAXIMUM_CALLBACK = 500 * 1024;

let dist: string;
beforeAll(() => {
  dist = mkdtempSync(join(tmpdir(), 'sluice-bundles-'));
  execFileSync(process.execPath, ['bin/bundle.mjs', dist], { stdio: 'pipe' });
});
afterAll(() => rmSync(dist, { recursive: true }));

it.each(Object.keys(functions))('%s: loads at most 600 KB when it starts', (name) => {
  expect(bundleFiles(dist, name).start.bytes).toBeLessThanOrEqual(MAXIMUM_BYTES);
});

it.each(Object.keys(functions))('%s: loads at most 60 KB at a time later', (name) => {
  const over = bundleFiles(dist, name).later.filter((chunk) => chunk.bytes > (LARGER[chunk.name] ?? MAXIMUM_LATER));

  expect(over).toEqual([]);
});

it('channels-callback: has at most 500 KB in all', () => {
  expect(bundleFiles(dist, 'channels-callback').bytes).toBeLessThanOrEqual(MAXIMUM_CALLBACK);
});

it.each(['payments-api', 'checkout-api', 'payments-return', 'payments-janitor', 'payments-on-callback'])(
  '%s: starts without the client of any channel',
  (name) => {
    const { outputs } = meta(name);
    const { files } = bundleFiles(dist, name).start;
    const held = Object.entries(outputs).flatMap(([path, { inputs }]) =>
      files.includes(basename(path)) ? Object.keys(inputs) : [],
    );
    const inChannels = held.filter((input) => /^functions\/channels\/[^/]+\/(?!capabilities|load\.)/.test(input));

    expect(inChannels.filter((input) => CHANNELS.includes(input.split('/')[2]!))).toEqual([]);
    expect(bundleFiles(dist, name).later.map((chunk) => chunk.name)).toContain('channels/sandbox/loaded.ts');
  },
);

it('a second build leaves no chunk of an earlier one, and does not touch what stays', () => {
  const file = join(dist, 'payments-api', 'index.mjs');
  const stale = join(dist, 'payments-api', 'loaded-STALE000.mjs');
  writeFileSync(stale, 'export {};');
  const { mtimeMs } = statSync(file);

  execFileSync(process.execPath, ['bin/bundle.mjs', dist], { stdio: 'pipe' });

  expect(existsSync(stale)).toBe(false);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
});

it.each([
  ['payments-api', 'AddLayerVersionPermissionRequest'],
  ['ledger-api', 'CreateBucketConfiguration'],
  ['payments-api', 'KMSInvalidStateException'],
  ['payments-api', 'CodeArtifactUserDeletedException'],
  ['payments-api', 'ReplicaNotFoundException'],
  ['payments-api', 'homepage'],
])(
  '%s: holds no schema of an operation that it does not call, and no error that it does not name: %s',
  (name, schema) => {
    const files = readdirSync(join(dist, name)).map((file) => readFileSync(join(dist, name, file), 'utf8'));
    expect(files.filter((text) => text.includes(schema))).toEqual([]);
  },
);

it.each([
  ['payments-api', 4],
  ['settlement-step', 5],
])(
  '%s: registers the errors that its code distinguishes by their class, beside that of each client',
  (name, errors) => {
    const text = readdirSync(join(dist, name))
      .map((file) => readFileSync(join(dist, name, file), 'utf8'))
      .join();
    const clients = new Set(
      Object.keys(meta(name).inputs).flatMap((input) => /client-\w+(?=\/dist-es\/schemas)/.exec(input) ?? []),
    );

    expect(text.match(/\.registerError\([\w$]/g)).toHaveLength(errors + clients.size);
  },
);

it('an error that a client has not registered keeps its name and status', async () => {
  const server = createServer((_, response) => {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: 'NotRegisteredException', message: 'Not now.' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kms = new KMSClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });

  const error = await kms
    .send(new EncryptCommand({ KeyId: 'x', Plaintext: new Uint8Array(1) }))
    .catch((e: unknown) => e);
  server.close();

  expect(error).toMatchObject({
    name: 'NotRegisteredException',
    message: 'Not now.',
    $metadata: { httpStatusCode: 400 },
  });
});

interface Meta {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>;
}
const meta = (name: string): Meta => JSON.parse(readFileSync(join(dist, 'meta', `${name}.json`), 'utf8')) as Meta;

/** Variables that the code of a function requires, by the files of its bundle. */
function required(name: string): readonly string[] {
  const texts = Object.keys(meta(name).inputs).flatMap((file) =>
    file.startsWith('functions/') ? [readFileSync(file, 'utf8')] : [],
  );
  return texts.flatMap((text) => [...text.matchAll(/\benv\.([A-Z_]+)!/g)].map(([, variable]) => variable!));
}

it.each(Object.keys(functions))('%s: has each environment variable that its code requires', (name) => {
  const { core } = synthesised('aws', 'http');
  const id = logicalIdOf(core, 'AWS::Lambda::Function', name);
  const deployed = core[id]!.Properties.Environment as { Variables: object };

  expect(required(name).filter((variable) => !Object.hasOwn(deployed.Variables, variable))).toEqual([]);
});

it.each(Object.keys(functions))('%s: holds neither tests nor infrastructure, and no whole zod', (name) => {
  const strangers = Object.keys(meta(name).inputs).filter((input) =>
    /^(test|lib|bin)\/|node_modules\/(aws-cdk|stripe|zod\/v4\/classic)/.test(input),
  );
  expect(strangers).toEqual([]);
});
