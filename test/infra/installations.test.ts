/** Two installations in one account and region: nothing that has a name of its own may have the same name in both. */
import { describe, expect, it } from 'vitest';
import { appOf, ofType, type Resource, synthesised } from './synth.ts';

const APIS = ['http', 'rest'] as const;
type Api = (typeof APIS)[number];

const resourcesOf = (stackName: string, api: Api): Readonly<Record<string, Resource>> => {
  const { core, extras } = synthesised('aws', api, { stackName });
  return { ...core, ...extras };
};

/** Names within a parent that is itself of one installation: type of resource, and members down to the name. */
const WITHIN_A_PARENT = [
  'AWS::ApiGateway::Stage StageName',
  'AWS::ApiGatewayV2::Stage StageName',
  'AWS::Backup::BackupPlan BackupPlan.BackupPlanRule.RuleName',
  'AWS::CloudWatch::Alarm Dimensions.Name',
  'AWS::CloudWatch::Alarm MetricName',
  'AWS::DynamoDB::Table AttributeDefinitions.AttributeName',
  'AWS::DynamoDB::Table GlobalSecondaryIndexes.IndexName',
  'AWS::DynamoDB::Table GlobalSecondaryIndexes.KeySchema.AttributeName',
  'AWS::DynamoDB::Table KeySchema.AttributeName',
  'AWS::DynamoDB::Table TimeToLiveSpecification.AttributeName',
  'AWS::IAM::Policy PolicyName',
  'AWS::WAFv2::WebACL Rules.Name',
  'AWS::WAFv2::WebACL Rules.Statement.ManagedRuleGroupStatement.Name',
  'AWS::WAFv2::WebACL Rules.Statement.ManagedRuleGroupStatement.VendorName',
];

interface Named {
  readonly at: string;
  readonly value: string;
}

/** Every literal member whose name ends in `Name`: references are to physical names that CloudFormation makes unique. */
function namesIn(value: unknown, at: string): readonly Named[] {
  if (Array.isArray(value)) return value.flatMap((each) => namesIn(each, at));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === 'Ref' || key.startsWith('Fn::')) return [];
    const path = at === '' ? key : `${at}.${key}`;
    return typeof member === 'string' && /(^|[a-z])Name$/.test(key)
      ? [{ at: path, value: member }]
      : namesIn(member, path);
  });
}

const physicalNames = (resources: Readonly<Record<string, Resource>>): readonly Named[] =>
  Object.values(resources).flatMap(({ Type, Properties }) =>
    namesIn(Properties, '')
      .map(({ at, value }) => ({ at: `${Type} ${at}`, value }))
      .filter(({ at }) => !WITHIN_A_PARENT.includes(at)),
  );

describe.each(APIS)('%s API', (api) => {
  it('no physical name is in both installations', () => {
    const first = physicalNames(resourcesOf('Sluice', api));
    const second = new Set(physicalNames(resourcesOf('Sluice-eu', api)).map(({ at, value }) => `${at} ${value}`));

    expect(first.map(({ at, value }) => `${at} ${value}`).filter((name) => second.has(name))).toEqual([]);
  });

  it('the names that there are, are those of the installation', () => {
    const kinds = new Set(physicalNames(resourcesOf('Sluice-eu', api)).map(({ at }) => at));

    expect([...kinds].sort()).toEqual(
      [
        'AWS::Backup::BackupPlan BackupPlan.BackupPlanName',
        'AWS::Backup::BackupSelection BackupSelection.SelectionName',
        'AWS::Backup::BackupVault BackupVaultName',
        'AWS::CloudWatch::Alarm AlarmName',
        'AWS::CloudWatch::CompositeAlarm AlarmName',
        'AWS::CloudWatch::Dashboard DashboardName',
        'AWS::Lambda::Function FunctionName',
        'AWS::SNS::Topic TopicName',
        ...(api === 'http'
          ? ['AWS::ApiGatewayV2::Api Name']
          : [
              'AWS::ApiGateway::RestApi Name',
              'AWS::WAFv2::WebACL Rules.VisibilityConfig.MetricName',
              'AWS::WAFv2::WebACL VisibilityConfig.MetricName',
            ]),
      ].sort(),
    );
    for (const { at, value } of physicalNames(resourcesOf('Sluice-eu', api)))
      expect(value, at).toMatch(/^Sluice-eu($|-)/);
  });

  it('stacks and exports have different names, and no key has an alias', () => {
    const namesOf = (stackName: string): readonly string[] => {
      const { app } = appOf({ target: 'aws', api, stackName });
      const { stacks } = app.synth();
      const outputs = stacks.flatMap(({ template }) =>
        Object.values((template as { Outputs?: Record<string, { Export?: { Name: unknown } }> }).Outputs ?? {}),
      );
      const exported = outputs.flatMap(({ Export }) => (Export ? [JSON.stringify(Export.Name)] : []));
      return [...stacks.map((stack) => stack.stackName), ...exported];
    };

    const [first, second] = [namesOf('Sluice'), namesOf('Sluice-eu')];
    expect(first.slice(0, 2)).toEqual(['Sluice', 'Sluice-aws-extras']);
    expect(second.slice(0, 2)).toEqual(['Sluice-eu', 'Sluice-eu-aws-extras']);
    expect(first.filter((name) => second.includes(name))).toEqual([]);
    expect(ofType(resourcesOf('Sluice', api), 'AWS::KMS::Alias')).toEqual([]);
  });
});

it('each installation backs up its own tables and bucket', () => {
  const tags = (stackName: string): ReadonlySet<string> =>
    new Set(
      Object.values(resourcesOf(stackName, 'http')).flatMap(({ Properties: { Tags } }) =>
        Array.isArray(Tags)
          ? (Tags as readonly { Key: string; Value: string }[]).flatMap(({ Key, Value }) =>
              Key === 'sluice:backup' ? [Value] : [],
            )
          : [],
      ),
    );
  const selected = (stackName: string): unknown =>
    ofType(resourcesOf(stackName, 'http'), 'AWS::Backup::BackupSelection').map(
      ([, { Properties }]) =>
        (Properties.BackupSelection as { ListOfTags: readonly { ConditionValue: string }[] }).ListOfTags[0]!
          .ConditionValue,
    );

  expect([[...tags('Sluice')], selected('Sluice')]).toEqual([['Sluice'], ['Sluice']]);
  expect([[...tags('Sluice-eu')], selected('Sluice-eu')]).toEqual([['Sluice-eu'], ['Sluice-eu']]);
});

it('the metrics of two installations are separate: by a resource of its own, or by the stack’s name', () => {
  const alarms = (stackName: string): readonly string[] =>
    APIS.flatMap((api) =>
      ofType(resourcesOf(stackName, api), 'AWS::CloudWatch::Alarm').map(([, { Properties }]) =>
        JSON.stringify([Properties.Namespace, Properties.MetricName, Properties.Dimensions]),
      ),
    ).filter((metric) => !metric.includes('"Ref"') && !metric.includes('"Fn::GetAtt"'));
  const second = alarms('Sluice-eu');

  // The account's own metric: throttling concerns whatever runs there.
  expect([...new Set(alarms('Sluice').filter((metric) => second.includes(metric)))]).toEqual([
    '["AWS/Lambda","Throttles",null]',
  ]);
});

it('a stack’s name fits into the longest name that is made of it (a backup vault’s: 50 characters)', () => {
  const longest = `S${'x'.repeat(39)}`;
  const [, vault] = ofType(resourcesOf(longest, 'http'), 'AWS::Backup::BackupVault')[0]!;

  expect(String(vault.Properties.BackupVaultName)).toHaveLength(48);
  for (const stackName of [`${longest}x`, '1st', 'a b', 'a_b'])
    expect(() => appOf({ target: 'aws', stackName })).toThrow(`context stackName=${stackName}: must be a letter`);
});
