/** Measuring what the budgets of the design name and no test can assert: CPU, and what an import costs, in processes of their own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PAY, savedMethod } from '../scenarios/request-counts.ts';
import { simulate } from '../world/simulation.ts';
import { type BundleFiles, bundleFiles } from './bundle-files.ts';

/** Requests until V8 has compiled what runs: after 100 each still takes half as long again as after 1,000. */
const WARM = 1_000;

/** Milliseconds of CPU per warm request, the in-memory table's own work included: an upper bound of ours. Median of batches. */
export async function cpuPerRequest(batches = 9, perBatch = 60): Promise<number> {
  const sim = await simulate();
  const method = await savedMethod(sim);
  const once = (name: string) => sim.request('POST', '/v1/payment_intents', { ...PAY, ...method }, name);
  for (let warm = 0; warm < WARM; warm++) await once(`warm-${warm}`);
  const medians: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const start = process.cpuUsage();
    for (let request = 0; request < perBatch; request++) await once(`batch-${batch}-${request}`);
    const { user, system } = process.cpuUsage(start);
    medians.push((user + system) / 1000 / perBatch);
  }
  return medians.sort((a, b) => a - b)[Math.floor(batches / 2)]!;
}

/** The API functions' bundles, and how much CPU importing each takes beside a bundle of only its AWS clients. */
export async function bundles(
  names: readonly string[],
): Promise<readonly (BundleFiles & { readonly name: string; readonly importRatio: number })[]> {
  const dist = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    execFileSync(process.execPath, ['bin/bundle.mjs', dist], { stdio: 'pipe' });
    return await Promise.all(
      names.map(async (name) => {
        const file = join(dist, name, 'index.mjs');
        const bare = await onlyClients(dist, name);
        return { name, ...bundleFiles(dist, name), importRatio: importRatio(file, bare) };
      }),
    );
  } finally {
    rmSync(dist, { recursive: true });
  }
}

/** Commands that clients load by themselves, whatever the function uses. */
const INTERNAL = new Set(['DescribeEndpointsCommand', 'CreateSessionCommand', 'CreateOAuth2TokenCommand']);

/** A bundle with the AWS clients and commands that the function's own bundle kept, and nothing else. */
async function onlyClients(dist: string, name: string): Promise<string> {
  const meta = JSON.parse(readFileSync(join(dist, 'meta', `${name}.json`), 'utf8')) as {
    outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
  };
  const kept = Object.values(meta.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])),
  );
  const commands = new Map<string, string[]>();
  for (const input of kept) {
    const found = /^node_modules\/(@aws-sdk\/client-[a-z0-9]+)\/dist-es\/commands\/(\w+Command)\.js$/.exec(input);
    if (found && !INTERNAL.has(found[2]!)) commands.set(found[1]!, [...(commands.get(found[1]!) ?? []), found[2]!]);
  }
  const entry = join(dist, `${name}-clients.ts`);
  const classOf = (client: string): string =>
    ({
      'client-dynamodb': 'DynamoDBClient',
      'client-kms': 'KMSClient',
      'client-lambda': 'LambdaClient',
      'client-s3': 'S3Client',
      'client-sfn': 'SFNClient',
      'client-sqs': 'SQSClient',
    })[client.split('/')[1]!]!;
  writeFileSync(
    entry,
    [...commands]
      .map(
        ([client, names], index) =>
          `import { ${classOf(client)}, ${names.join(', ')} } from '${client}'; export const made${index} = [new ${classOf(client)}({ region: 'us-east-1' }), ${names.join(', ')}];`,
      )
      .join('\n'),
  );
  const outfile = join(dist, `${name}-clients.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    nodePaths: [join(process.cwd(), 'node_modules')],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
}

const ENVIRONMENT = {
  ...process.env,
  AWS_REGION: 'us-east-1',
  SANDBOX_URL: 'http://127.0.0.1:9/sandbox',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
};

/** Median ratio of the CPU that two imports take, each in a process of its own, one after the other, so that noise meets both. */
function importRatio(file: string, bare: string): number {
  const cpu = (path: string): number => {
    const code = `const s=process.cpuUsage();await import(${JSON.stringify(path)});const u=process.cpuUsage(s);process.stdout.write(String(u.user+u.system));process.exit(0)`;
    return Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        env: ENVIRONMENT,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  };
  const ratios = Array.from({ length: 7 }, () => cpu(file) / cpu(bare)).sort((a, b) => a - b);
  return ratios[3]!;
}
