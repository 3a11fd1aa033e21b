/** The model against the real template: everything that it says is in the model, or is refused by its name. */
import { describe, expect, it } from 'vitest';
import { modelOf } from '../../../bin/embedded/wiring/model.ts';
import { MODELED, WITHOUT_EFFECT } from '../../../bin/embedded/wiring/read.ts';
import type { Template } from '../../../bin/embedded/wiring/resolve.ts';
import { TABLES } from '../../../lib/data.ts';
import functions from '../../../lib/functions.json' with { type: 'json' };
import { QUEUES } from '../../../lib/queues.ts';
import { settlementMachine } from '../../../lib/settlement-machine.ts';
import { embeddedTemplate } from '../synth.ts';

const template = embeddedTemplate();
const place = { address: 'http://127.0.0.1:4010', stackName: 'Sluice' };
const model = modelOf(template, place);
const resources = Object.entries(template.Resources);
const countOf = (type: string): number => resources.filter(([, { Type }]) => Type === type).length;

/** A copy of the template with one resource changed. */
function changed(id: string, properties: Readonly<Record<string, unknown>>, type?: string): Template {
  const resource = template.Resources[id]!;
  const replaced = { ...resource, Properties: { ...resource.Properties, ...properties }, Type: type ?? resource.Type };
  return { ...template, Resources: { ...template.Resources, [id]: replaced } };
}

describe('everything of the template is in the model', () => {
  it('each type is modeled or has a reason why it has no effect', () => {
    const types = [...new Set(resources.map(([, { Type }]) => Type))].sort();

    expect([...MODELED, ...Object.keys(WITHOUT_EFFECT)].sort()).toEqual(types);
    for (const reason of Object.values(WITHOUT_EFFECT)) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('functions that call channels have the addresses that stand for hosts', () => {
    const channelsAt = 'stripe=http://127.0.0.1:4242';
    const variables = (of: typeof model) =>
      new Set([...of.functions.values()].map(({ environment }) => environment.CHANNELS_AT));

    expect(variables(modelOf(template, { ...place, channelsAt }))).toEqual(new Set([undefined, channelsAt]));
    expect(variables(model)).toEqual(new Set([undefined, '']));
  });

  it('each resource of a modeled type is a part', () => {
    const grants = countOf('AWS::IAM::Policy');

    expect(model.functions.size).toBe(countOf('AWS::Lambda::Function'));
    expect(model.queues.size).toBe(countOf('AWS::SQS::Queue'));
    expect(model.tables.size).toBe(countOf('AWS::DynamoDB::Table'));
    expect(model.keys.size).toBe(countOf('AWS::KMS::Key'));
    expect(model.buckets.size).toBe(countOf('AWS::S3::Bucket'));
    expect(model.machines.size).toBe(countOf('AWS::StepFunctions::StateMachine'));
    expect(model.rules.length).toBe(countOf('AWS::Events::Rule'));
    expect(model.queueMappings.length + model.streamMappings.length).toBe(countOf('AWS::Lambda::EventSourceMapping'));
    expect(model.api.routes.length).toBe(countOf('AWS::ApiGateway::Method'));
    expect(model.api.responses.length).toBe(countOf('AWS::ApiGateway::GatewayResponse'));
    expect(grants).toBe(model.functions.size + model.machines.size);
  });

  it.each(MODELED)('%s: a property that the model does not have is refused by its name', (type) => {
    for (const [id] of resources.filter(([, { Type }]) => Type === type))
      expect(() => modelOf(changed(id, { Strange: 1 }), place), id).toThrow(
        new RegExp(`^template: ${type} ${id}: .*Strange`),
      );
  });

  it('a type that is not known is refused by its name', () => {
    expect(() => modelOf(changed('AlarmTopicD01E77F9', {}, 'AWS::SNS::Subscription'), place)).toThrow(
      'template: AWS::SNS::Subscription AlarmTopicD01E77F9: type is not known',
    );
  });
});

describe('parts', () => {
  it('functions are those of lib/functions.json, with their limits', () => {
    const limits = [...model.functions.values()].map(({ name, timeoutMs, memoryMb }) => [
      name,
      { timeoutSeconds: timeoutMs / 1000, memoryMb },
    ]);

    expect(Object.fromEntries(limits)).toEqual(functions);
    expect(new Set([...model.functions.values()].map(({ role }) => role)).size).toBe(model.functions.size);
  });

  it('a function has its own environment, addresses and names filled in', () => {
    expect(model.functions.get('merchants-operator')!).toMatchObject({
      physicalName: 'Sluice-operator',
      environment: {
        STAGE: 'embedded',
        FUNCTION_ID: 'merchants-operator',
        MERCHANTS_TABLE: 'merchants',
        PUBLIC_URL: 'http://127.0.0.1:4010',
        SANDBOX_ACCOUNT_FUNCTION: 'sandbox-open-account',
        SECRETS_KEY: 'arn:aws:kms:embedded:000000000000:key/secrets',
        SETTLEMENT_STATE_MACHINE_ARN: 'arn:aws:states:embedded:000000000000:stateMachine:Machine',
      },
    });
    expect(model.functions.get('channels-callback')!.environment.CALLBACKS_QUEUE_URL).toBe('queue:callbacks.fifo');
    expect(model.functions.get('settlement-step')!.environment.REPORTS_BUCKET).toBe('reports');
    expect(model.functions.get('payments-api')!.environment.VAULT_FUNCTION).toBe('vault-forward');
    expect(model.functions.get('payments-api')!.environment.RETURN_URL).toBe('http://127.0.0.1:4010/v1/return');
  });

  it('reserved concurrency is that of the settings', () => {
    const reserved = modelOf(embeddedTemplate({ paymentsConcurrency: '3' }), place).functions;

    expect(reserved.get('payments-api')!.reservedConcurrency).toBe(3);
    expect(reserved.get('vault-forward')!.reservedConcurrency).toBe(6);
    expect(model.functions.get('payments-api')!.reservedConcurrency).toBeUndefined();
  });

  it('queues have their order, times and dead letters', () => {
    expect(model.queues.get('callbacks')!).toEqual({
      name: 'callbacks',
      arn: 'arn:aws:sqs:embedded:000000000000:callbacks.fifo',
      url: 'queue:callbacks.fifo',
      fifo: { dedupeScope: 'messageGroup' },
      visibilityMs: 180_000,
      delayMs: 0,
      retentionMs: 14 * 86_400_000,
      redrive: { to: 'callbacks-dead', afterReceives: 5 },
    });
    expect(model.queues.get('stream-failures')!).toMatchObject({ fifo: undefined, redrive: undefined });
    for (const [name, { tries }] of Object.entries(QUEUES))
      expect(model.queues.get(name)!.redrive).toEqual({ to: `${name}-dead`, afterReceives: tries });
  });

  it('queues have their consumers', () => {
    const consumers = model.queueMappings.map((each) => [
      each.queue,
      [each.function, each.batchSize, each.reportsFailures, each.maxConcurrency],
    ]);
    const expected = Object.entries(QUEUES).map(([name, { consumer, concurrency }]) => [
      name,
      [consumer, 10, true, concurrency],
    ]);

    expect(Object.fromEntries(consumers)).toEqual(Object.fromEntries(expected));
  });

  it('the stream of payments has two consumers', () => {
    expect(model.streamMappings.map(({ id: _, ...each }) => each)).toEqual(
      ['ledger-on-payment', 'notifications-on-change'].map((name) => ({
        function: name,
        table: 'payments',
        batchSize: 100,
        bisectOnError: true,
        maxRetries: 100,
        maxRecordAgeMs: 72_000_000,
        onFailure: 'stream-failures',
      })),
    );
  });

  it('tables have their keys, indexes, expiry and stream', () => {
    expect(model.tables.get('payments')!).toEqual({
      name: 'payments',
      arn: 'arn:aws:dynamodb:embedded:000000000000:table/payments',
      key: { partition: 'pk', sort: 'sk' },
      indexes: new Map([
        ['links', { partition: 'lpk', sort: 'lsk' }],
        ['moved', { partition: 'mpk', sort: 'msk' }],
      ]),
      ttlAttribute: undefined,
      streamArn: 'arn:aws:dynamodb:embedded:000000000000:table/payments/stream/embedded',
    });
    const expiring = [...model.tables.values()].filter(({ ttlAttribute }) => ttlAttribute === 'expiresAt');
    const inLib = Object.entries(TABLES).filter(([, shape]) => 'expiry' in shape);
    expect(expiring.map(({ name }) => name)).toEqual(inLib.map(([name]) => name));
    expect([...model.tables.values()].filter(({ streamArn }) => streamArn).map(({ name }) => name)).toEqual([
      'payments',
    ]);
  });

  it('rules call four functions at their intervals', () => {
    expect(Object.fromEntries(model.rules.map((rule) => [rule.function, rule.everyMs / 60_000]))).toEqual({
      'vault-expired-codes': 5,
      'payments-janitor': 1,
      'settlement-due': 5,
      'notifications-due': 1,
    });
    const { id } = model.rules[0]!;
    const { Targets } = template.Resources[id]!.Properties as { Targets: readonly object[] };
    const withInput = changed(id, { Targets: [{ ...Targets[0], Input: '{"asOfMs":1}' }] });
    expect(modelOf(withInput, place).rules[0]!.input).toEqual({ asOfMs: 1 });
    expect(() => modelOf(changed(id, { ScheduleExpression: 'cron(0 4 * * ? *)' }), place)).toThrow(
      'cron(0 4 * * ? *): is not known',
    );
  });

  it('the state machine is the one of lib/settlement-machine.ts', () => {
    expect(model.machines.get('Machine')).toEqual({
      name: 'Machine',
      arn: 'arn:aws:states:embedded:000000000000:stateMachine:Machine',
      definition: JSON.parse(
        JSON.stringify(settlementMachine('arn:aws:lambda:embedded:000000000000:function:settlement-step')),
      ),
      role: 'machine-role',
    });
  });

  it('routes lead to functions, all methods alike, below the stage v1', () => {
    const routes = model.api.routes.map(({ path, function: name, timeoutMs }) => [path.join('/'), name, timeoutMs]);

    expect(model.api.stage).toBe('v1');
    expect(routes).toContainEqual(['payment_intents', 'payments-api', 29_000]);
    expect(routes).toContainEqual(['payment_intents/{proxy+}', 'payments-api', 29_000]);
    expect(routes).toContainEqual(['test_helpers/checkout/{proxy+}', 'checkout-api', 29_000]);
    expect(routes).toContainEqual(['', 'gateway', 29_000]);
    expect(routes).toContainEqual(['{proxy+}', 'gateway', 29_000]);
  });

  it('the gateway’s own answers have their headers and bodies', () => {
    expect(model.api.responses.find(({ type }) => type === 'THROTTLED')).toEqual({
      type: 'THROTTLED',
      headers: { 'access-control-allow-origin': '*', 'stripe-should-retry': 'true', 'retry-after': '1' },
      body: '{"error":{"type":"invalid_request_error","code":"rate_limit","message":$context.error.messageString}}',
    });
  });

  it('keys encrypt or make MACs; the bucket and the outputs are there', () => {
    expect([...model.keys.values()].map(({ name, kind, rotates }) => [name, kind, rotates])).toEqual([
      ['data', 'encrypt', true],
      ['vault', 'encrypt', true],
      ['secrets', 'encrypt', true],
      ['fingerprint', 'mac', false],
    ]);
    expect(model.buckets.get('reports')).toEqual({
      name: 'reports',
      physicalName: 'reports',
      arn: 'arn:aws:s3:::reports',
    });
    expect(model.outputs).toEqual({
      ApiUrl: 'http://127.0.0.1:4010',
      ApiAddress: 'http://127.0.0.1:4010',
      OperatorFunction: 'Sluice-operator',
      SettlementStateMachine: 'arn:aws:states:embedded:000000000000:stateMachine:Machine',
      ReportsBucketName: 'reports',
      AlarmTopicArn: 'arn:aws:sns:embedded:000000000000:Sluice-alarms',
    });
  });
});

describe('what would not work on AWS is refused', () => {
  const idOf = (type: string): string => resources.find(([, { Type }]) => Type === type)![0];

  it('a route or a rule without a permission', () => {
    for (const [id] of resources.filter(([, { Type }]) => Type === 'AWS::Lambda::Permission'))
      expect(() => modelOf(changed(id, { Principal: 's3.amazonaws.com' }), place), id).toThrow('may not call');
  });

  it('a function with a role that Lambda may not assume', () => {
    const role = template.Resources.Settlementmachinerole637D61EC!;
    const { Role } = { Role: { 'Fn::GetAtt': ['Settlementmachinerole637D61EC', 'Arn'] } };

    expect(role.Type).toBe('AWS::IAM::Role');
    expect(() => modelOf(changed(idOf('AWS::Lambda::Function'), { Role }), place)).toThrow(
      'role machine-role, which lambda.amazonaws.com may assume: is not known',
    );
  });

  it('a key whose policy does not leave it to IAM', () => {
    const KeyPolicy = { Statement: [], Version: '2012-10-17' };

    expect(() => modelOf(changed('DataKey', { KeyPolicy }), place)).toThrow(
      'template: AWS::KMS::Key DataKey: a key policy that does not leave the key to IAM',
    );
  });

  it('a denial, an exception and another condition in a policy', () => {
    const id = idOf('AWS::IAM::Policy');
    const { PolicyDocument } = template.Resources[id]!.Properties as { PolicyDocument: { Statement: object[] } };
    const withStatement = (more: object) =>
      changed(id, {
        PolicyDocument: { ...PolicyDocument, Statement: [{ ...PolicyDocument.Statement[0], ...more }] },
      });

    expect(() => modelOf(withStatement({}), place)).not.toThrow();
    for (const more of [
      { Effect: 'Deny' },
      { NotAction: 'x' },
      { NotResource: 'x' },
      { Action: 'dynamodb:*' },
      { Resource: ['arn:$', '{aws:username}'].join('') },
      { Condition: { StringLike: {} } },
      { Condition: { 'ForAllValues:StringEquals': {} } },
    ])
      expect(() => modelOf(withStatement(more), place), JSON.stringify(more)).toThrow(/^template: /);
  });
});
