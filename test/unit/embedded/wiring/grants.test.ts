import { describe, expect, it } from 'vitest';
import { grantsOf } from '../../../../bin/embedded/wiring/grants.ts';

const allow = (Action: string, Resource: string, Condition?: object) => ({
  Action: [Action],
  Resource: [Resource],
  Effect: 'Allow' as const,
  ...(Condition && { Condition }),
});

const grants = grantsOf(
  new Map([
    [
      'role',
      [
        allow('s3:GetObject', 'arn:aws:s3:::reports/*'),
        allow('states:DescribeExecution', 'arn:x:execution:Machine:*'),
        allow('a:One', 'arn:x:file-?.(1)'),
        allow('dynamodb:ListStreams', '*'),
        allow('kms:Decrypt', 'key', { StringEqualsIfExists: { 'kms:EncryptionContext:purpose': 'card' } }),
        allow('kms:Encrypt', 'key', { StringEquals: { 'kms:ViaService': 'sqs' } }),
        allow('kms:Encrypt', 'key', { StringEquals: { 'kms:ViaService': 's3', other: 'x' } }),
      ],
    ],
  ]),
);
const allows = (action: string, arn: string, context?: Record<string, string>) =>
  grants.allows('role', action, arn, context);

describe('resources', () => {
  it('`*` stands for any characters, at its place alone', () => {
    expect(allows('s3:GetObject', 'arn:aws:s3:::reports/a/b.json')).toBe(true);
    expect(allows('s3:GetObject', 'arn:aws:s3:::reports/')).toBe(true);
    expect(allows('s3:GetObject', 'arn:aws:s3:::reports')).toBe(false);
    expect(allows('s3:GetObject', 'arn:aws:s3:::reports2/a')).toBe(false);
    expect(allows('s3:GetObject', 'x:arn:aws:s3:::reports/a')).toBe(false);
    expect(allows('states:DescribeExecution', 'arn:x:execution:Machine:a:b\nc')).toBe(true);
    expect(allows('states:DescribeExecution', 'arn:x:execution:Machine2:a')).toBe(false);
    expect(allows('dynamodb:ListStreams', 'anything')).toBe(true);
  });

  it('`?` stands for one character, and all others for themselves', () => {
    expect(allows('a:One', 'arn:x:file-7.(1)')).toBe(true);
    expect(allows('a:One', 'arn:x:file-77.(1)')).toBe(false);
    expect(allows('a:One', 'arn:x:file-7x(1)')).toBe(false);
  });
});

describe('conditions', () => {
  it('StringEquals needs the key and the value, of every pair', () => {
    expect(allows('kms:Encrypt', 'key', { 'kms:ViaService': 'sqs' })).toBe(true);
    expect(allows('kms:Encrypt', 'key', { 'kms:ViaService': 's3' })).toBe(false);
    expect(allows('kms:Encrypt', 'key', { 'kms:ViaService': 's3', other: 'x' })).toBe(true);
    expect(allows('kms:Encrypt', 'key', {})).toBe(false);
    expect(allows('kms:Encrypt', 'key')).toBe(false);
  });

  it('StringEqualsIfExists holds where the call has no such key', () => {
    expect(allows('kms:Decrypt', 'key', { 'kms:EncryptionContext:purpose': 'card' })).toBe(true);
    expect(allows('kms:Decrypt', 'key', { 'kms:EncryptionContext:purpose': 'webhook-secret' })).toBe(false);
    expect(allows('kms:Decrypt', 'key', {})).toBe(true);
  });
});

it('whatever no statement allows is refused', () => {
  expect(allows('s3:PutObject', 'arn:aws:s3:::reports/a')).toBe(false);
  expect(allows('s3:getobject', 'arn:aws:s3:::reports/a')).toBe(false);
  expect(grants.allows('other', 's3:GetObject', 'arn:aws:s3:::reports/a')).toBe(false);
});

it('an action with a wildcard and a resource with a variable are refused when they are read', () => {
  const variable = ['arn:$', '{aws:username}'].join('');

  expect(() => grantsOf(new Map([['role', [allow('s3:*', 'x')]]]))).toThrow('action s3:*: wildcards are not known');
  expect(() => grantsOf(new Map([['role', [allow('s3:Get', variable)]]]))).toThrow('variables are not known');
});
