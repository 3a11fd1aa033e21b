import { describe, expect, it } from 'vitest';
import { accessOf } from '../../../../bin/embedded/wiring/access.ts';
import { grantsOf } from '../../../../bin/embedded/wiring/grants.ts';

const grants = grantsOf(
  new Map([
    [
      'payments-api-role',
      [
        { Action: ['dynamodb:GetItem'], Effect: 'Allow', Resource: ['table'] },
        {
          Action: ['kms:Decrypt'],
          Effect: 'Allow',
          Resource: ['key'],
          Condition: { StringEqualsIfExists: { 'kms:EncryptionContext:purpose': 'card' } },
        },
      ],
    ],
  ]),
);
const mayUse = accessOf(grants, { name: 'payments-api', role: 'payments-api-role' });

describe('a function', () => {
  it('may do what its role may', () => {
    expect(() => mayUse('dynamodb:GetItem', 'table')).not.toThrow();
    expect(() => mayUse('kms:Decrypt', 'key', { 'kms:EncryptionContext:purpose': 'card' })).not.toThrow();
    expect(() => mayUse('kms:Decrypt', 'key', { 'kms:EncryptionContext:purpose': 'other' })).toThrow('not authorized');
  });

  it('is refused otherwise, in the words of AWS and under the error’s name of the service', () => {
    expect(() => mayUse('dynamodb:PutItem', 'table')).toThrow(
      expect.objectContaining({
        name: 'AccessDeniedException',
        message:
          'User: arn:aws:sts::000000000000:assumed-role/payments-api-role/payments-api is not authorized to perform: dynamodb:PutItem on resource: table',
      }),
    );
    for (const action of ['s3:GetObject', 'sqs:SendMessage'])
      expect(() => mayUse(action, 'x')).toThrow(expect.objectContaining({ name: 'AccessDenied' }));
  });
});
