import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../lib/function-names.ts';
import functions from '../../lib/functions.json' with { type: 'json' };
import { appOf, logicalIdOf, namedBy, ofType, pathOf, type Resource, synthesised } from './synth.ts';

const VARIANTS = [
  ['aws', 'http'],
  ['aws', 'rest'],
  ['local', 'http'],
  ['local', 'rest'],
  ['embedded', 'rest'],
] as const;

/** What both emulators deploy, of what the core stack needs. */
const EVERYWHERE = [
  'AWS::CloudWatch::Alarm',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::StepFunctions::StateMachine',
];
/** Refuse what is not encrypted on its way; emulators listen on plain HTTP. */
const TLS_ONLY = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'];
const GATEWAY = {
  http: [
    'AWS::ApiGatewayV2::Api',
    'AWS::ApiGatewayV2::Integration',
    'AWS::ApiGatewayV2::Route',
    'AWS::ApiGatewayV2::Stage',
  ],
  rest: [
    'AWS::ApiGateway::Deployment',
    'AWS::ApiGateway::GatewayResponse',
    'AWS::ApiGateway::Method',
    'AWS::ApiGateway::Resource',
    'AWS::ApiGateway::RestApi',
    'AWS::ApiGateway::Stage',
  ],
};

/** Of AWS alone: REST APIs write logs with a right of the whole account. */
const AWS_ONLY = { http: TLS_ONLY, rest: [...TLS_ONLY, 'AWS::ApiGateway::Account'] };

/** Renaming one of these would replace it, empty. */
const STATEFUL: Readonly<Record<string, string>> = {
  ChannelsTable: 'AWS::DynamoDB::Table',
  CvcTable: 'AWS::DynamoDB::Table',
  DataKey: 'AWS::KMS::Key',
  EventsTable: 'AWS::DynamoDB::Table',
  FingerprintKey: 'AWS::KMS::Key',
  IdempotencyTable: 'AWS::DynamoDB::Table',
  LedgerTable: 'AWS::DynamoDB::Table',
  MerchantsTable: 'AWS::DynamoDB::Table',
  PaymentsTable: 'AWS::DynamoDB::Table',
  ReportsBucket: 'AWS::S3::Bucket',
  RiskTable: 'AWS::DynamoDB::Table',
  SandboxTable: 'AWS::DynamoDB::Table',
  SearchTable: 'AWS::DynamoDB::Table',
  SecretsKey: 'AWS::KMS::Key',
  VaultKey: 'AWS::KMS::Key',
  VaultTable: 'AWS::DynamoDB::Table',
};

const core = synthesised('aws', 'http').core;
const functionOf = (name: string): Resource => core[logicalIdOf(core, 'AWS::Lambda::Function', name)]!;

describe.each(VARIANTS)('target %s, %s API', (target, api) => {
  const { core: resources } = synthesised(target, api);

  it('has resource types that both emulators deploy, and no other', () => {
    const types = [...new Set(Object.values(resources).map(({ Type }) => Type))].sort();

    expect(types).toEqual([...EVERYWHERE, ...GATEWAY[api], ...(target === 'aws' ? AWS_ONLY[api] : [])].sort());
  });

  it('keeps the logical ids of what is stateful', () => {
    const kinds = ['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::S3::Bucket'];
    const stateful = Object.entries(resources).filter(([, { Type }]) => kinds.includes(Type));

    expect(Object.fromEntries(stateful.map(([id, { Type }]) => [id, Type]))).toEqual(STATEFUL);
  });

  it('names no table, queue, key or bucket: a replacement must be able to stand beside what it replaces', () => {
    const named = Object.entries(resources).filter(
      ([, { Properties: p }]) => 'TableName' in p || 'QueueName' in p || 'BucketName' in p,
    );

    expect(named.map(([id]) => id)).toEqual([]);
  });

  if (target === 'aws')
    it('has no bucket that anyone from outside may read, and no queue or bucket without TLS', () => {
      const guarded = [...ofType(resources, 'AWS::SQS::QueuePolicy'), ...ofType(resources, 'AWS::S3::BucketPolicy')];
      const denials = guarded.map(([, { Properties }]) =>
        JSON.stringify((Properties.PolicyDocument as { Statement: unknown }).Statement),
      );

      expect(guarded.length).toBe(ofType(resources, 'AWS::SQS::Queue').length + 1);
      for (const denial of denials) expect(denial).toContain('"Bool":{"aws:SecureTransport":"false"}');
      for (const denial of denials) expect(denial).not.toContain('"Effect":"Allow"');
    });
});

it.each([
  ['local', 'http'],
  ['embedded', 'rest'],
] as const)('target=%s: everything can be destroyed', (target, api) => {
  const local = synthesised(target, api).core;

  expect(
    Object.entries(local)
      .filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain'))
      .map(([id]) => id),
  ).toEqual([]);
  expect(
    ofType(local, 'AWS::DynamoDB::Table').some(([, { Properties }]) => Properties.DeletionProtectionEnabled === true),
  ).toBe(false);
});

it('a bare deployment is one stack: for AWS, or for the emulator that the environment names', () => {
  expect(appOf({}).options).toMatchObject({ target: 'aws', api: 'rest', extras: false });
  expect(appOf({}, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4599/' }).options).toMatchObject({
    target: 'local',
    api: 'http',
    extras: false,
    endpoint: 'http://127.0.0.1:4599',
  });
  expect(appOf({ target: 'aws' }).options.extras).toBe(true);
  expect(() => appOf({ target: 'moon' })).toThrow('context target=moon: must be local or aws or embedded');
});

it('target=local: is refused where its deployment would reach AWS, asked for or inferred', () => {
  const aws = { AWS_ENDPOINT_URL: 'https://cloudformation.us-east-1.amazonaws.com' };

  expect(() => appOf({ target: 'local' }, {})).toThrow('target=local: AWS_ENDPOINT_URL is not set');
  expect(() => appOf({ target: 'local' }, aws)).toThrow('is AWS, not an emulator');
  expect(() => appOf({}, aws)).toThrow('is AWS, not an emulator');
  expect(() => appOf({ target: 'local' }, { AWS_ENDPOINT_URL: 'http://10.0.0.7:4566' })).toThrow(
    'is not on this machine',
  );
  expect(appOf({ target: 'aws' }, aws).options).toMatchObject({ target: 'aws', endpoint: '' });
});

it('target=local: whatever this repository runs for it names the emulator', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const commands = [...Object.values(scripts), ...readFileSync('.ci/run', 'utf8').split('\n')]
    .flatMap((line) => line.split('&&'))
    .filter((command) => command.includes('target=local'));

  expect(commands.length).toBeGreaterThan(0);
  expect(commands.filter((command) => !/\bAWS_ENDPOINT_URL=\S+ .*target=local/.test(command))).toEqual([]);
});

describe('target=embedded', () => {
  it('is refused to the command of the CDK: its template lets webhooks reach private addresses', () => {
    for (const name of ['CDK_CLI_ASM_VERSION', 'CDK_OUTDIR'])
      expect(() => appOf({ target: 'embedded' }, { [name]: 'x' })).toThrow(
        'target=embedded: is for the embedded runtime (npm start) and cannot be deployed.',
      );
    expect(appOf({ target: 'embedded' }, {}).options).toMatchObject({ api: 'rest', extras: false, protected: false });
  });

  it('needs no bundle and no account: its template names neither code nor a bootstrap, and two parameters', () => {
    const { app, stack } = appOf({ target: 'embedded', dist: 'no-such-folder' });
    const { Parameters, Rules, Resources } = app.synth().getStackArtifact(stack.artifactId).template as {
      Parameters: object;
      Rules?: object;
      Resources: Record<string, Resource>;
    };

    expect(Object.keys(Parameters)).toEqual(['Address', 'ChannelsAt']);
    expect(Rules).toBeUndefined();
    for (const [, { Properties }] of ofType(Resources, 'AWS::Lambda::Function'))
      expect(Properties.Code).toEqual({ ZipFile: 'embedded' });
  });

  it('has every address of the stack from the parameter', () => {
    const { core: resources } = synthesised('embedded', 'rest');
    const addresses = ofType(resources, 'AWS::Lambda::Function').flatMap(([, { Properties }]) =>
      Object.entries((Properties.Environment as { Variables: Record<string, unknown> }).Variables).filter(([name]) =>
        name.endsWith('_URL'),
      ),
    );
    const own = addresses.filter(([name]) => !name.endsWith('QUEUE_URL')).map(([, value]) => JSON.stringify(value));

    expect([...new Set(own)].sort()).toEqual([
      '{"Fn::Join":["",[{"Ref":"Address"},"/v1/return"]]}',
      '{"Fn::Join":["",[{"Ref":"Address"},"/v1/sandbox"]]}',
      '{"Ref":"Address"}',
    ]);
  });
});

it('publicUrl and sandboxUrl are addresses of https, and a trailing slash does not count', () => {
  const { options } = appOf({
    target: 'aws',
    publicUrl: 'https://pay.example.com/',
    sandboxUrl: 'https://x.example/sandbox',
  });

  expect(options).toMatchObject({ publicUrl: 'https://pay.example.com', sandboxUrl: 'https://x.example/sandbox' });
  for (const publicUrl of ['http://pay.example.com', 'pay.example.com', 'https:///'])
    expect(() => appOf({ target: 'aws', publicUrl })).toThrow('context publicUrl=');
  expect(appOf({ target: 'local', publicUrl: 'http://127.0.0.1:4010' }).options.publicUrl).toBe(
    'http://127.0.0.1:4010',
  );
});

describe('concurrent executions', () => {
  const reserved = (context: Record<string, string>): Readonly<Record<string, unknown>> => {
    const { core: resources } = synthesised('aws', 'http', context);
    return Object.fromEntries(
      FUNCTION_NAMES.flatMap((name) => {
        const { ReservedConcurrentExecutions: share } =
          resources[logicalIdOf(resources, 'AWS::Lambda::Function', name)]!.Properties;
        return share === undefined ? [] : [[name, share]];
      }),
    );
  };

  it('none are reserved by default: a new account has ten', () => {
    expect(reserved({})).toEqual({});
  });

  it('paymentsConcurrency: reserves a share for what pays, and for the vault as much as both that call it', () => {
    expect(reserved({ paymentsConcurrency: '50' })).toEqual({
      'payments-api': 50,
      'checkout-api': 50,
      'vault-forward': 100,
    });
    for (const paymentsConcurrency of ['0', '-1', '1.5', 'many'])
      expect(() => appOf({ paymentsConcurrency })).toThrow(`context paymentsConcurrency=${paymentsConcurrency}`);
  });

  it('vault-forward is called by the functions that the reservation counts', () => {
    const callers = FUNCTION_NAMES.filter((name) => {
      const { Variables } = functionOf(name).Properties.Environment as { Variables: Record<string, unknown> };
      return Variables.VAULT_FUNCTION !== undefined;
    });

    expect(callers).toEqual(['payments-api', 'checkout-api']);
  });
});

it('every function runs on arm64 under Lambda’s newest Node, with JSON logs in a group of its own', () => {
  for (const name of FUNCTION_NAMES) {
    const { Properties } = functionOf(name);
    const logging = Properties.LoggingConfig as { LogFormat: string; SystemLogLevel: string; LogGroup: unknown };
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: functions[name].memoryMb,
    });
    expect([logging.LogFormat, logging.SystemLogLevel]).toEqual(['JSON', 'WARN']);
    const group = core[namedBy(logging.LogGroup)]!;
    expect(pathOf(group).endsWith(`/${name}-logs`)).toBe(true);
    expect([group.Properties.RetentionInDays, namedBy(group.Properties.KmsKeyId)]).toEqual([30, 'DataKey']);
  }
});

it('only what the command line calls has a physical name', () => {
  const named = FUNCTION_NAMES.filter((name) => functionOf(name).Properties.FunctionName !== undefined);

  expect([...named].sort()).toEqual([
    'merchants-audit',
    'merchants-operator',
    'merchants-recovery',
    'merchants-treasury',
  ]);
  for (const name of ['operator', 'audit', 'recovery', 'treasury'])
    expect(functionOf(`merchants-${name}`).Properties.FunctionName).toBe(`Sluice-${name}`);
});
