/** Which stack a command is about: the one that `npm start` runs here, one behind AWS_ENDPOINT_URL, or one in AWS. */
import { existsSync, readFileSync } from 'node:fs';
import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import { isAwsHost } from '../../lib/emulator-endpoint.ts';
import { LOCAL_REGION } from './environment.ts';
import { Failure } from './failure.ts';
import { localPath } from './files.ts';

export const DEFAULT_STACK = 'Sluice';

export interface AwsPlace {
  readonly stack: string;
  /** An emulator's address; AWS itself when undefined. */
  readonly endpoint?: string | undefined;
  /** The socket file of an embedded runtime, which has no endpoint. */
  readonly socket?: string;
}

/** What `.local/sluice.json` holds while `npm start` runs and a payment can be made. */
export interface RunningStack {
  readonly baseUrl: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly stack: string;
  readonly endpoint?: string;
  readonly socket?: string;
}

export const stateFile = (): string => localPath('sluice.json');

/** The stack that `npm start` runs in this checkout, if it does. */
export function runningStack(): RunningStack | undefined {
  const file = stateFile();
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunningStack) : undefined;
}

/** AWS_ENDPOINT_URL or a stack's name, where one is given, count more than what runs here; without any of them it is AWS. */
export function placeOf(stack: string | undefined): AwsPlace {
  const endpoint = emulatorOf(process.env.AWS_ENDPOINT_URL);
  if (stack !== undefined || endpoint !== undefined) return { stack: stack ?? DEFAULT_STACK, endpoint };
  const running = runningStack();
  return running ?? { stack: DEFAULT_STACK };
}

/** An address of AWS's own is no emulator: AWS clients read it from the environment themselves, with the caller's credentials. */
const emulatorOf = (address: string | undefined): string | undefined =>
  !address || (URL.canParse(address) && isAwsHost(new URL(address).hostname)) ? undefined : address;

/** The emulator that `npm start` runs a stack on. Throws a Failure where there is none. */
export function emulatorPlace(): AwsPlace {
  const running = runningStack();
  if (running === undefined) throw new Failure('No stack is running here: run `npm start` in another terminal first.');
  if (running.endpoint === undefined)
    throw new Failure(
      'The embedded runtime runs here, to which nothing is deployed: end `npm start` (Ctrl-C) and start it again.',
    );
  return running;
}

/** For words: where a command goes. */
export const nameOfPlace = ({ stack, endpoint, socket }: AwsPlace): string =>
  socket === undefined ? `stack ${stack} at ${endpoint ?? 'AWS'}` : 'the stack that npm start runs here';

/**
 * An emulator takes these credentials and no others; with AWS the usual chain decides. Throws a Failure for the embedded runtime: without an
 * endpoint its commands would go to AWS.
 */
export function clientOptions({ endpoint, socket }: AwsPlace): LambdaClientConfig {
  if (socket !== undefined && endpoint === undefined)
    throw new Failure(
      'The embedded runtime runs here, which AWS clients cannot reach: name a stack in AWS (--stack), or end `npm start`.',
    );
  if (endpoint === undefined) return {};
  return { endpoint, region: LOCAL_REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** The socket file of the embedded runtime that runs here. Throws a Failure where none does. */
export function embeddedSocket(): string {
  const running = runningStack();
  if (running === undefined) throw new Failure('No stack is running here: run `npm start` in another terminal first.');
  if (running.socket === undefined)
    throw new Failure('The stack that runs here is on an emulator: this is for the embedded runtime.');
  return running.socket;
}
