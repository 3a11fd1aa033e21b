/** What differs between places, as data: context values (`-c name=value`) and the endpoint in the environment. Nothing else forks. */
import type { Node } from 'constructs';
import { emulatorEndpoint } from './emulator-endpoint.ts';

export interface Options {
  /**
   * `local`: an emulator; everything can be destroyed and tried again. `aws`: what is stateful is retained and protected. `embedded`: the
   * embedded runtime reads the template, and nothing is deployed.
   */
  readonly target: 'local' | 'aws' | 'embedded';
  /**
   * The same routes as a REST API (default) or as an HTTP API (default on an emulator; LocalStack's free plan has none). An HTTP API
   * costs $2.50 a million requests less and decodes paths, so that an id with an escaped slash can choose the operation (ADR 0015).
   */
  readonly api: 'http' | 'rest';
  /** Whether the second stack, with what only AWS has, is in the app. */
  readonly extras: boolean;
  readonly stackName: string;
  /** Whose rights deploy: those of the bootstrap's roles, or the caller's own (an emulator that enforces IAM knows no others). */
  readonly deployAs: 'roles' | 'caller';
  /** Id that emulators give the API, eight hex digits: with it the address is known before the deployment. */
  readonly apiId: string;
  /** Folder of the bundles. The embedded runtime loads functions by their names. */
  readonly dist: string;
  /** Where the emulator listens; empty for AWS. */
  readonly endpoint: string;
  /** The API's own domain, with its certificate; DNS is left to the operator unless there is a hosted zone. */
  readonly domain: Domain | undefined;
  /** Requests that the stage lets through: so many a second, after so many at once. */
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
  /** Requests a second that the web ACL lets through from one address. */
  readonly addressRatePerSecond: number;
  /** With it the proxy of the local stack proves that it sent a path; undefined on AWS. */
  readonly rawPathToken: string | undefined;
  /** Addresses that stand for the hosts of channels on an emulator, as `npm start -- --channels-at` takes them; undefined on AWS. */
  readonly channelsAt: string | undefined;
  /** Address under which people and channels reach the API, when it is neither the API's own nor the domain's. `/v1/…` follows it. */
  readonly publicUrl: string | undefined;
  /** Address of the sandbox channel, up to and with `/sandbox`, when it is not this stack's. */
  readonly sandboxUrl: string | undefined;
  /** An existing topic that alarms notify, in place of the stack's own. */
  readonly alarmTopicArn: string | undefined;
  /** An address that subscribes to the stack's own alarm topic; SNS asks it to confirm. */
  readonly alarmEmail: string | undefined;
  /** Concurrent executions reserved for the function that takes payments, and as many for the vault function behind it. */
  readonly paymentsConcurrency: number | undefined;
  /**
   * Whether stacks and tables refuse deletion. A first deployment goes without: CloudFormation cannot roll back what refuses deletion.
   */
  readonly protected: boolean;
}

export interface Domain {
  readonly name: string;
  /** A certificate of ACM for the name, in the stack's region. */
  readonly certificateArn: string;
  /** The Route 53 zone that gets the name's alias record. */
  readonly hostedZoneId: string | undefined;
}

/** Half of the 1,000 concurrent executions that a Lambda account starts with, at half a second a request. */
const DEFAULT_THROTTLE_RATE = 1000;
const DEFAULT_THROTTLE_BURST = 1000;
/** A merchant's server at the full default rate of two keys, live and test. */
const DEFAULT_ADDRESS_RATE = 200;

/** The longest physical name that is made of the stack's is a backup vault's: 50 characters, `-backups` included. */
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;

/** CloudWatch does not notify a FIFO topic, whose name ends in `.fifo`. */
const TOPIC_ARN = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/;

/** The local target never has a default address: without one the AWS clients would talk to AWS. */
const NO_ENDPOINT = '';

/** Every setting that there is; README, Settings of a deployment, says what each means. */
const SETTINGS = [
  'addressRate',
  'alarmEmail',
  'alarmTopicArn',
  'api',
  'apiId',
  'certificateArn',
  'deployAs',
  'dist',
  'domainName',
  'extras',
  'hostedZoneId',
  'paymentsConcurrency',
  'protection',
  'publicUrl',
  'sandboxUrl',
  'stackName',
  'target',
  'throttleBurst',
  'throttleRate',
] as const;
type Setting = (typeof SETTINGS)[number];

/** The CDK's own names, and those of its features, have other characters. */
const PLAIN_NAME = /^[A-Za-z]+$/;

/** A mistyped name would leave its setting at the default, without a word. */
function assertKnown(node: Node): void {
  const known: readonly string[] = SETTINGS;
  const stray = Object.keys(node.getAllContext() as Record<string, unknown>).filter(
    (name) => PLAIN_NAME.test(name) && !known.includes(name),
  );
  if (stray.length > 0) throw new Error(`context ${stray.join(', ')}: no such setting; there are ${known.join(', ')}`);
}

/** Reads the options. Throws, naming the context value, for a name or a value that is not known. */
export function optionsOf(node: Node, environment: Readonly<Record<string, string | undefined>>): Options {
  assertKnown(node);
  // The command line gives strings; a file such as cdk.context.json may give numbers.
  const text = (name: Setting): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new Error(`context ${name}=${JSON.stringify(value)}: must be a string or a number`);
    return String(value);
  };
  const formed = (name: Setting, form: RegExp, words: string): string | undefined => {
    const value = text(name);
    if (value !== undefined && !form.test(value)) throw new Error(`context ${name}=${value}: must be ${words}`);
    return value;
  };
  const oneOf = <T extends string>(name: Setting, known: readonly T[], fallback: T): T => {
    const value = text(name) ?? fallback;
    const found = known.find((candidate) => candidate === value);
    if (found === undefined) throw new Error(`context ${name}=${value}: must be ${known.join(' or ')}`);
    return found;
  };
  const wholeNumber = (name: Setting, fallback: number): number => {
    const value = text(name) ?? String(fallback);
    if (!/^[1-9]\d{0,6}$/.test(value))
      throw new Error(`context ${name}=${value}: must be a whole number from 1 to 9999999`);
    return Number(value);
  };
  const target = oneOf('target', ['local', 'aws', 'embedded'], environment.AWS_ENDPOINT_URL ? 'local' : 'aws');
  if (target === 'embedded') assertNotDeployed(environment);
  const stackName = text('stackName') ?? 'Sluice';
  if (!STACK_NAME.test(stackName))
    throw new Error(`context stackName=${stackName}: must be a letter and up to 39 letters, digits and hyphens`);
  /** Paths are appended to it, and payers' browsers are sent there. */
  const address = (name: Setting): string | undefined => {
    const value = text(name)?.replace(/\/+$/, '');
    if (value !== undefined && !(target === 'aws' ? /^https:\/\/[^/]/ : /^https?:\/\/[^/]/).test(value))
      throw new Error(`context ${name}=${value}: must be an https address`);
    return value;
  };
  const alarmTopicArn = formed('alarmTopicArn', TOPIC_ARN, 'the ARN of a standard SNS topic');
  const alarmEmail = formed('alarmEmail', /^[^\s@]+@[^\s@]+$/, 'an e-mail address');
  if (alarmTopicArn !== undefined && alarmEmail !== undefined)
    throw new Error('context alarmEmail: subscribes to the stack’s own topic, and alarmTopicArn names another one');
  const apiId = text('apiId') ?? '51d1ce00';
  if (!/^[0-9a-f]{8}$/.test(apiId)) throw new Error(`context apiId=${apiId}: must be eight hex digits`);
  return {
    target,
    api: oneOf('api', ['http', 'rest'], target === 'local' ? 'http' : 'rest'),
    // A bare `cdk deploy` takes one stack only, so the second one comes with `-c target=aws`, or when it is asked for.
    extras: target === 'aws' && oneOf('extras', ['on', 'off'], text('target') === 'aws' ? 'on' : 'off') === 'on',
    stackName,
    deployAs: oneOf('deployAs', ['roles', 'caller'], 'roles'),
    apiId,
    dist: text('dist') ?? 'dist',
    endpoint: target === 'local' ? emulatorEndpoint(environment) : NO_ENDPOINT,
    domain: domainOf(text),
    throttle: {
      ratePerSecond: wholeNumber('throttleRate', DEFAULT_THROTTLE_RATE),
      burst: wholeNumber('throttleBurst', DEFAULT_THROTTLE_BURST),
    },
    addressRatePerSecond: wholeNumber('addressRate', DEFAULT_ADDRESS_RATE),
    rawPathToken: target === 'local' ? environment.SLUICE_RAW_PATH_TOKEN || undefined : undefined,
    channelsAt: target === 'local' ? environment.SLUICE_CHANNELS_AT || undefined : undefined,
    publicUrl: address('publicUrl'),
    sandboxUrl: address('sandboxUrl'),
    alarmTopicArn,
    alarmEmail,
    paymentsConcurrency: text('paymentsConcurrency') === undefined ? undefined : wholeNumber('paymentsConcurrency', 1),
    protected: target === 'aws' && oneOf('protection', ['on', 'off'], 'on') === 'on',
  };
}

/** The template lets webhooks reach private addresses, so it must never be deployed. The CDK's command says in the environment that it runs the app. */
function assertNotDeployed(environment: Readonly<Record<string, string | undefined>>): void {
  if (environment.CDK_CLI_ASM_VERSION !== undefined || environment.CDK_OUTDIR !== undefined)
    throw new Error(
      'target=embedded: is for the embedded runtime (npm start) and cannot be deployed. Use -c target=aws.',
    );
}

function domainOf(text: (name: Setting) => string | undefined): Domain | undefined {
  const [name, certificateArn, hostedZoneId] = [text('domainName'), text('certificateArn'), text('hostedZoneId')];
  if (name === undefined) {
    const alone = certificateArn ? 'certificateArn' : hostedZoneId && 'hostedZoneId';
    if (alone) throw new Error(`context ${alone}: needs domainName`);
    return undefined;
  }
  if (!/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(name))
    throw new Error(`context domainName=${name}: must be a host name in lower case, such as pay.example.com`);
  if (certificateArn === undefined) throw new Error(`context domainName=${name}: needs certificateArn`);
  if (!/^arn:[a-z-]+:acm:/.test(certificateArn))
    throw new Error(`context certificateArn=${certificateArn}: must be the ARN of a certificate of ACM`);
  return { name, certificateArn, hostedZoneId };
}
