/**
 * Customer-managed keys: every resource that has one, every role that uses the resource, and what AWS documents that they need of the key.
 * No emulator checks this, and on AWS a missing permission stops the first deployment. docs/grants.md has the same table in words.
 */
import { describe, expect, it } from 'vitest';
import { namedBy, ofType, pathOf, type Resource, synthesised } from './synth.ts';

type Resources = Readonly<Record<string, Resource>>;
interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const asArray = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value]) as readonly T[];
const statementsOf = ({ Properties }: Resource, member = 'PolicyDocument'): readonly Statement[] =>
  (Properties[member] as { Statement: readonly Statement[] }).Statement;

/** Logical ids that a value refers to, however deep. */
function referredBy(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referredBy);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === 'Ref') return [String(member)];
    if (key === 'Fn::GetAtt') return [(member as readonly string[])[0]!];
    return referredBy(member);
  });
}

interface Encrypted {
  readonly id: string;
  readonly type: string;
  readonly key: string;
}

/** Every resource with a member that says which key encrypts it. What a function has in its environment it uses by itself. */
function encryptedIn(resources: Resources): readonly Encrypted[] {
  const keys = new Set(ofType(resources, 'AWS::KMS::Key').map(([id]) => id));
  const keyIn = (value: unknown): string | undefined => {
    if (typeof value !== 'object' || value === null) return undefined;
    for (const [name, member] of Object.entries(value)) {
      if (name === 'Environment') continue;
      const named = /kms|encryptionkey/i.test(name) ? referredBy(member).find((id) => keys.has(id)) : undefined;
      const found = named ?? keyIn(member);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const key = Type.startsWith('AWS::IAM::') || Type === 'AWS::KMS::Key' ? undefined : keyIn(Properties);
    return key === undefined ? [] : [{ id, type: Type, key }];
  });
}

const VIA = { 'AWS::DynamoDB::Table': 'dynamodb', 'AWS::SQS::Queue': 'sqs', 'AWS::S3::Bucket': 's3' } as const;

/** What AWS's documents of each service demand of a principal by what it does with the resource. */
const NEEDED: readonly (readonly [actions: RegExp, needs: readonly string[]])[] = [
  [
    /^dynamodb:/,
    [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
  ],
  [/^sqs:SendMessage/, ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey']],
  [/^sqs:ReceiveMessage/, ['kms:Decrypt', 'kms:DescribeKey']],
  [/^s3:GetObject/, ['kms:Decrypt', 'kms:DescribeKey']],
  [/^s3:PutObject/, ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey']],
];

/** What the role may do with the key through the service. */
function throughService(statements: readonly Statement[], key: string, service: string): readonly string[] {
  return statements
    .filter(({ Resource: resource, Condition }) => {
      const via = Condition?.StringEquals?.['kms:ViaService'];
      return (
        referredBy(resource).includes(key) &&
        JSON.stringify(via) ===
          JSON.stringify({ 'Fn::Join': ['', [`${service}.`, { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] })
      );
    })
    .flatMap(({ Action }) => asArray(Action));
}

const rolesOf = (resources: Resources): readonly (readonly [role: string, statements: readonly Statement[]])[] =>
  ofType(resources, 'AWS::IAM::Role').map(([role]) => [
    role,
    ofType(resources, 'AWS::IAM::Policy')
      .filter(([, { Properties }]) => (Properties.Roles as readonly unknown[]).some((each) => namedBy(each) === role))
      .flatMap(([, policy]) => statementsOf(policy)),
  ]);

interface Use {
  readonly role: string;
  readonly resource: Encrypted;
  readonly action: string;
}

describe.each(['http', 'rest'] as const)('%s API', (api) => {
  const { core, extras } = synthesised('aws', api);
  const encrypted = encryptedIn(core);
  const roles = rolesOf(core);

  it('everything that can have a customer-managed key has one, and is of a kind that this test knows', () => {
    const types = [
      'AWS::DynamoDB::Table',
      'AWS::SQS::Queue',
      'AWS::S3::Bucket',
      'AWS::Logs::LogGroup',
      'AWS::SNS::Topic',
    ];
    const all = types.flatMap((type) => ofType(core, type).map(([id]) => id));

    expect(encrypted.map(({ id }) => id).sort()).toEqual(all.sort());
    expect(encrypted.length).toBeGreaterThan(50);
    expect(encryptedIn(extras!).map(({ type, key }) => [type, key.startsWith('BackupKey')])).toEqual([
      ['AWS::Backup::BackupVault', true],
    ]);
  });

  const uses: readonly Use[] = encrypted.flatMap((resource) =>
    roles.flatMap(([role, statements]) =>
      statements
        .filter((statement) => referredBy(statement.Resource).includes(resource.id))
        .flatMap(({ Action }) => asArray(Action).map((action) => ({ role, resource, action }))),
    ),
  );

  it('each role that uses a table, a queue or the bucket has what AWS documents of its key, through that service', () => {
    const missing = uses.flatMap(({ role, resource, action }) => {
      const needs = NEEDED.find(([actions]) => actions.test(action))?.[1] ?? [];
      const service = VIA[resource.type as keyof typeof VIA];
      const has = throughService(roles.find(([id]) => id === role)![1], resource.key, service);
      return needs.filter((need) => !has.includes(need)).map((need) => `${role}: ${action} ${resource.id}: ${need}`);
    });

    expect(missing).toEqual([]);
    // Every table, queue and bucket is used by a role, so that the comparison is about each of them.
    const used = new Set(uses.map(({ resource }) => resource.id));
    const unused = encrypted.filter(({ id, type }) => type in VIA && !used.has(id)).map(({ id }) => pathOf(core[id]!));
    expect(unused.map((path) => path.split('/').at(-1)!).filter((name) => !name.endsWith('-dead'))).toEqual([]);
  });

  it('roles use keys through a service or for one purpose, make no grants, and change no key', () => {
    const kms = roles.flatMap(([role, statements]) =>
      statements.flatMap((statement) =>
        asArray(statement.Action).flatMap((action) => (action.startsWith('kms:') ? [{ role, action, statement }] : [])),
      ),
    );
    const free = kms.filter(
      ({ statement: { Condition } }) =>
        Condition?.StringEquals?.['kms:ViaService'] === undefined &&
        Condition?.StringEqualsIfExists?.['kms:EncryptionContext:purpose'] === undefined,
    );

    expect([...new Set(free.map(({ action }) => action))]).toEqual(['kms:GenerateMac']);
    expect(kms.map(({ action }) => action).filter((action) => /Grant|Policy|Delet|Disable/.test(action))).toEqual([]);
    for (const { statement } of kms) expect(statement.Resource).not.toBe('*');
  });

  const keyPolicy = (key: string): readonly Statement[] => statementsOf(core[key]!, 'KeyPolicy');
  const serviceStatement = (key: string, service: string): Statement | undefined =>
    keyPolicy(key).find(({ Principal }) => JSON.stringify(Principal).includes(service));

  it('CloudWatch Logs may use the key of every log group, for log groups of this account and region', () => {
    const groups = encrypted.filter(({ type }) => type === 'AWS::Logs::LogGroup');

    // A function each, the state machine, and the API.
    expect(groups.length).toBe(ofType(core, 'AWS::Lambda::Function').length + 2);
    for (const key of new Set(groups.map((group) => group.key)))
      expect(serviceStatement(key, 'logs.')).toEqual({
        Effect: 'Allow',
        Action: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        Resource: '*',
        Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] } },
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': {
              'Fn::Join': [
                '',
                [
                  'arn:',
                  { Ref: 'AWS::Partition' },
                  ':logs:',
                  { Ref: 'AWS::Region' },
                  ':',
                  { Ref: 'AWS::AccountId' },
                  ':log-group:*',
                ],
              ],
            },
          },
        },
      });
  });

  it('CloudWatch may publish the alarms of this stack, and no others, to the encrypted topic', () => {
    const ofThisStack = {
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnLike: {
        'aws:SourceArn': {
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':cloudwatch:',
              { Ref: 'AWS::Region' },
              ':',
              { Ref: 'AWS::AccountId' },
              ':alarm:Sluice-*',
            ],
          ],
        },
      },
    };
    const [topic] = encrypted.filter(({ type }) => type === 'AWS::SNS::Topic');
    const [[, policy]] = ofType(core, 'AWS::SNS::TopicPolicy') as [readonly [string, Resource]];

    expect(serviceStatement(topic!.key, 'cloudwatch.')).toEqual({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: ofThisStack,
    });
    expect(statementsOf(policy).filter(({ Effect }) => Effect === 'Allow')).toEqual([
      {
        Sid: expect.any(String),
        Effect: 'Allow',
        Action: 'sns:Publish',
        Resource: { Ref: topic!.id },
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: ofThisStack,
      },
    ]);
  });

  it('IAM of the account decides about every key, so that the deployer can be granted DescribeKey and CreateGrant', () => {
    for (const resources of [core, extras!])
      for (const [, key] of ofType(resources, 'AWS::KMS::Key'))
        expect(statementsOf(key, 'KeyPolicy')).toContainEqual({
          Effect: 'Allow',
          Action: 'kms:*',
          Resource: '*',
          Principal: {
            AWS: {
              'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']],
            },
          },
        });
  });

  it('no key policy names another principal', () => {
    const principals = [...ofType(core, 'AWS::KMS::Key'), ...ofType(extras!, 'AWS::KMS::Key')].flatMap(([, key]) =>
      statementsOf(key, 'KeyPolicy').map(({ Principal }) => JSON.stringify(Principal)),
    );

    expect(principals.filter((text) => !/:root|"logs\.|cloudwatch\.amazonaws\.com/.test(text))).toEqual([]);
  });

  it('EventBridge sends to functions alone: a queue as a target would need the key policy to name it', () => {
    const targets = ofType(core, 'AWS::Events::Rule').flatMap(([, { Properties }]) =>
      (Properties.Targets as readonly { Arn: unknown; DeadLetterConfig?: unknown }[]).map((target) => [
        core[namedBy(target.Arn)]!.Type,
        target.DeadLetterConfig,
      ]),
    );

    expect(targets.length).toBeGreaterThan(0);
    for (const target of targets) expect(target).toEqual(['AWS::Lambda::Function', undefined]);
  });
});
