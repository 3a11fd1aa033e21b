/** What differs between places, as data: context values (`-c name=value`) and the endpoint in the environment. Nothing else forks. */
import type { Node } from 'constructs';

export interface Options {
  /** `local`: an emulator; everything can be destroyed and tried again. `aws`: what is stateful is retained and protected. */
  readonly target: 'local' | 'aws';
  /** The same routes as an HTTP API or as a REST API (LocalStack's free plan has no HTTP API; WAF and private APIs need REST). */
  readonly api: 'http' | 'rest';
  /** Whether the second stack, with what only AWS has, is in the app. */
  readonly extras: boolean;
  readonly stackName: string;
  /** Whose rights deploy: those of the bootstrap's roles, or the caller's own (an emulator that enforces IAM knows no others). */
  readonly deployAs: 'roles' | 'caller';
  /** Id that emulators give the API, eight hex digits: with it the address is known before the deployment. */
  readonly apiId: string;
  /** Folder of the bundles. */
  readonly dist: string;
  /** Where the emulator listens; used for addresses of the local target only. */
  readonly endpoint: string;
  /** Address under which people and channels reach the API's root, when it is not the API's own. */
  readonly publicUrl: string | undefined;
  /** Address of the sandbox channel, up to and with `/sandbox`, when it is not this stack's. */
  readonly sandboxUrl: string | undefined;
  /** Topic that is told of alarms. */
  readonly alarmTopicArn: string | undefined;
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566';

/** Reads the options. Throws, naming the context value, for one that is not known. */
export function optionsOf(node: Node, environment: Readonly<Record<string, string | undefined>>): Options {
  const text = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const oneOf = <T extends string>(name: string, known: readonly T[], fallback: T): T => {
    const value = text(name) ?? fallback;
    const found = known.find((candidate) => candidate === value);
    if (found === undefined) throw new Error(`context ${name}=${value}: must be ${known.join(' or ')}`);
    return found;
  };
  const endpoint = environment.AWS_ENDPOINT_URL;
  const target = oneOf('target', ['local', 'aws'], endpoint ? 'local' : 'aws');
  const apiId = text('apiId') ?? '51d1ce00';
  if (!/^[0-9a-f]{8}$/.test(apiId)) throw new Error(`context apiId=${apiId}: must be eight hex digits`);
  return {
    target,
    api: oneOf('api', ['http', 'rest'], 'http'),
    // A bare `cdk deploy` takes one stack only, so the second one comes with `-c target=aws`, or when it is asked for.
    extras: target === 'aws' && oneOf('extras', ['on', 'off'], text('target') === 'aws' ? 'on' : 'off') === 'on',
    stackName: text('stackName') ?? 'Sluice',
    deployAs: oneOf('deployAs', ['roles', 'caller'], 'roles'),
    apiId,
    dist: text('dist') ?? 'dist',
    endpoint: (endpoint ?? DEFAULT_ENDPOINT).replace(/\/+$/, ''),
    publicUrl: text('publicUrl'),
    sandboxUrl: text('sandboxUrl'),
    alarmTopicArn: text('alarmTopicArn'),
  };
}
