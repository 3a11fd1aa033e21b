/** Puts the stack on an emulator with the CDK, and changed code on a stack that is there already without it. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './child.ts';
import { emulatorEnvironment, LOCAL_REGION } from './environment.ts';
import { Failure } from './failure.ts';
import { localPath, ROOT } from './files.ts';
import type { Say } from './install-emulator.ts';
import { rememberCode } from './update-code.ts';

/** The account of an emulator: nothing else exists in it. */
const ACCOUNT = '000000000000';
/** The first stack of the app; its outputs are found under this name. */
const ARTIFACT = 'Sluice';

export interface Deployment {
  readonly endpoint: string;
  readonly api: 'http' | 'rest';
  readonly stack: string;
  /** Where people and channels reach the API's root. */
  readonly publicUrl: string;
  /** What proves to the functions that a path was handed over by the proxy. In the environment, for a command line can be read by others. */
  readonly rawPathToken: string;
  readonly channelsAt?: string | undefined;
  /** Whether IAM is enforced: then the caller's own rights deploy, for the emulator knows no roles of a bootstrap. */
  readonly enforcesIam: boolean;
}

export interface Outputs {
  /** Where the emulator itself serves the API. */
  readonly apiAddress: string;
  readonly operatorFunction: string;
}

/** Bundles, bootstraps and deploys. Throws a Failure with the end of the CDK's output when that fails. */
export async function deploy(deployment: Deployment, folder: string, say: Say): Promise<Outputs> {
  const log = localPath(folder, 'deploy.log');
  const outputsFile = localPath(folder, 'outputs.json');
  const assembly = localPath(folder, 'cdk.out');
  for (const old of [log, outputsFile]) rmSync(old, { force: true });
  const cdk = (args: readonly string[], onLine?: Say, cwd = ROOT): Promise<void> =>
    run(process.execPath, [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args, '--no-color', '--no-notices'], {
      cwd,
      env: {
        ...emulatorEnvironment(deployment.endpoint),
        SLUICE_RAW_PATH_TOKEN: deployment.rawPathToken,
        SLUICE_CHANNELS_AT: deployment.channelsAt ?? '',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CDK_DISABLE_VERSION_CHECK: '1',
      },
      log,
      hint: `The whole output is in ${log}.`,
      ...(onLine ? { onLine } : {}),
    });

  say('deploy: bundling, synthesising and preparing the account');
  await together(
    cdk(['synth', '--quiet', '--output', assembly, ...contextOf(deployment)]),
    // Away from cdk.json, or the CDK would run the app for it too.
    cdk(['bootstrap', `aws://${ACCOUNT}/${LOCAL_REGION}`], undefined, dirname(log)),
  );
  say('deploy: the stack');
  await cdk(
    [
      'deploy',
      ARTIFACT,
      '--app',
      assembly,
      '--require-approval',
      'never',
      '--progress',
      'events',
      '--outputs-file',
      outputsFile,
    ],
    progress(say),
  );
  // An emulator that enforces IAM is thrown away after one run: its code is never updated.
  if (!deployment.enforcesIam) await rememberCode(deployment.endpoint, deployment.stack, folder);
  return outputsOf(outputsFile);
}

/** Waits for all; throws what failed first, after the others have ended. */
async function together(...works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

function contextOf({ api, stack, publicUrl, enforcesIam }: Deployment): string[] {
  const context = { target: 'local', api, stackName: stack, publicUrl, deployAs: enforcesIam ? 'caller' : 'roles' };
  return Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Turns the CDK's event lines into one line for every quarter of the resources. */
function progress(say: Say): Say {
  let told = 0;
  return (line) => {
    const counted = /\|\s*(\d+)\/(\d+)\s*\|/.exec(line);
    if (counted === null) return;
    const [done, all] = [Number(counted[1]), Number(counted[2])];
    const quarter = all === 0 ? 0 : Math.floor((done / all) * 4);
    if (quarter <= told) return;
    told = quarter;
    say(`deploy: ${done} of ${all} resources`);
  };
}

function outputsOf(file: string): Outputs {
  const outputs = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string> | undefined>;
  const { ApiAddress: apiAddress, OperatorFunction: operatorFunction } = Object.values(outputs)[0] ?? {};
  if (apiAddress === undefined || operatorFunction === undefined)
    throw new Failure(`deploy: ${file} lacks the outputs ApiAddress and OperatorFunction`);
  return { apiAddress, operatorFunction };
}
