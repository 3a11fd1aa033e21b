import { describe, expect, it } from 'vitest';
import { type Resolved, resolved, type Template } from '../../../../bin/embedded/wiring/resolve.ts';

const place = { address: 'http://127.0.0.1:4010', stackName: 'Shop' };
const named = (path: string) => ({ Metadata: { 'aws:cdk:path': `Sluice/${path}/Resource` } });

const template = (value: unknown): Template => ({
  Resources: {
    PaymentsTable: { Type: 'AWS::DynamoDB::Table', Properties: {}, ...named('Data/PaymentsTable') },
    Q1: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true }, ...named('Queues/callbacks') },
    F1: { Type: 'AWS::Lambda::Function', Properties: {}, ...named('Payments/payments-api') },
    F2: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'Shop-operator' }, ...named('M/operator') },
    Bucket: { Type: 'AWS::S3::Bucket', Properties: {}, ...named('Data/Reports') },
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: {}, ...named('Settlement/Machine') },
    User: { Type: 'Test', Properties: { value }, ...named('User') },
  },
  Parameters: { Address: {} },
});

const resolvedValue = (value: unknown): unknown =>
  (resolved(template(value), place) satisfies Resolved).resources.find(({ id }) => id === 'User')!.properties.value;

describe('references', () => {
  it.each([
    [{ Ref: 'PaymentsTable' }, 'payments'],
    [{ Ref: 'Q1' }, 'queue:callbacks.fifo'],
    [{ Ref: 'F1' }, 'payments-api'],
    [{ Ref: 'F2' }, 'Shop-operator'],
    [{ Ref: 'Bucket' }, 'reports'],
    [{ Ref: 'Machine' }, 'arn:aws:states:embedded:000000000000:stateMachine:Machine'],
    [{ Ref: 'Address' }, 'http://127.0.0.1:4010'],
    [{ Ref: 'AWS::StackName' }, 'Shop'],
    [{ 'Fn::GetAtt': ['PaymentsTable', 'Arn'] }, 'arn:aws:dynamodb:embedded:000000000000:table/payments'],
    [
      { 'Fn::GetAtt': ['PaymentsTable', 'StreamArn'] },
      'arn:aws:dynamodb:embedded:000000000000:table/payments/stream/embedded',
    ],
    [{ 'Fn::GetAtt': ['Q1', 'QueueName'] }, 'callbacks.fifo'],
    [{ 'Fn::GetAtt': ['F2', 'Arn'] }, 'arn:aws:lambda:embedded:000000000000:function:Shop-operator'],
    [{ 'Fn::GetAtt': ['Machine', 'Name'] }, 'Machine'],
    [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':', { Ref: 'AWS::AccountId' }]] }, 'arn:aws:000000000000'],
    [{ 'Fn::Join': ['-', ['a', 'b']] }, 'a-b'],
    [
      [1, true, null, { deep: [{ Ref: 'F1' }] }],
      [1, true, null, { deep: ['payments-api'] }],
    ],
  ])('%j is %j', (value, expected) => {
    expect(resolvedValue(value)).toEqual(expected);
  });

  it.each([
    [{ Ref: 'Nothing' }, 'Ref Nothing'],
    [{ 'Fn::GetAtt': ['Nothing', 'Arn'] }, 'Fn::GetAtt Nothing.Arn'],
    [{ 'Fn::GetAtt': ['Q1', 'KmsKey'] }, 'Fn::GetAtt Q1.KmsKey'],
    [{ 'Fn::GetAtt': ['PaymentsTable', 'constructor'] }, 'Fn::GetAtt PaymentsTable.constructor'],
    [{ 'Fn::Sub': 'x' }, 'Fn::Sub'],
    [{ 'Fn::If': [] }, 'Fn::If'],
    [{ 'Fn::Join': ['', [1]] }, 'Fn::Join of 1'],
    [{ Ref: 'F1', beside: 1 }, 'Ref beside other members'],
  ])('%j: is refused by its name', (value, named) => {
    expect(() => resolvedValue(value)).toThrow(`template: Test User: ${named}: is not known`);
  });
});

describe('the template', () => {
  it('is refused for a section or a parameter that is not known', () => {
    expect(() => resolved({ ...template(1), Conditions: {} } as Template, place)).toThrow('section Conditions');
    expect(() => resolved({ ...template(1), Parameters: { Strange: {} } }, place)).toThrow('parameter Strange');
  });

  it('is refused for a resource without a path, or with a name that is no text', () => {
    const Resources = { X: { Type: 'AWS::SQS::Queue', Properties: {} } };
    const Properties = { FunctionName: { Ref: 'F1' } };

    expect(() => resolved({ Resources }, place)).toThrow('template: AWS::SQS::Queue X: has no aws:cdk:path');
    expect(() =>
      resolved({ Resources: { F1: { Type: 'AWS::Lambda::Function', Properties, ...named('F1') } } }, place),
    ).toThrow('template: F1: FunctionName is no text');
  });

  it('has its outputs filled in', () => {
    const Outputs = { Operator: { Value: { Ref: 'F2' } } };

    expect(resolved({ ...template(1), Outputs }, place).outputs).toEqual({ Operator: 'Shop-operator' });
  });
});
