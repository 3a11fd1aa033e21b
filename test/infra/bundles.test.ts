/** What is deployed: each function's bundle is small, and holds nothing that it should not. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import functions from '../../lib/functions.json' with { type: 'json' };
import { logicalIdOf, synthesised } from './synth.ts';

/** Design budget: 600 KB minified. */
const MAXIMUM_BYTES = 600 * 1024;

let dist: string;
beforeAll(() => {
  dist = mkdtempSync(join(tmpdir(), 'sluice-bundles-'));
  execFileSync(process.execPath, ['bin/bundle.mjs', dist], { stdio: 'pipe' });
});
afterAll(() => rmSync(dist, { recursive: true }));

it.each(Object.keys(functions))('%s: is at most 600 KB', (name) => {
  expect(statSync(join(dist, name, 'index.mjs')).size).toBeLessThanOrEqual(MAXIMUM_BYTES);
});

it.each([
  ['payments-api', 'AddLayerVersionPermissionRequest'],
  ['ledger-api', 'CreateBucketConfiguration'],
  ['payments-api', 'KMSInvalidStateException'],
  ['payments-api', 'CodeArtifactUserDeletedException'],
])(
  '%s: holds no schema of an operation that it does not call, and no error that it does not name: %s',
  (name, schema) => {
    expect(readFileSync(join(dist, name, 'index.mjs'), 'utf8')).not.toContain(schema);
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

/** Variables that the code of a function requires, by the files of its bundle. */
function required(name: string): readonly string[] {
  const { inputs } = JSON.parse(readFileSync(join(dist, 'meta', `${name}.json`), 'utf8')) as { inputs: object };
  const texts = Object.keys(inputs).flatMap((file) =>
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
  const meta = JSON.parse(readFileSync(join(dist, 'meta', `${name}.json`), 'utf8')) as {
    inputs: Record<string, unknown>;
  };
  const strangers = Object.keys(meta.inputs).filter((input) =>
    /^(test|lib|bin)\/|node_modules\/(aws-cdk|stripe|zod\/v4\/classic)/.test(input),
  );
  expect(strangers).toEqual([]);
});
