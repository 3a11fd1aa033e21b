/** Resources of the template as parts of the model, one by one. */
import type { Bucket, FunctionModel, Key, Machine, Queue, Table, TableKey } from './model-types.ts';
import { read, unknown, withArn } from './read.ts';
import type { ResolvedResource } from './resolve.ts';
import { ACCOUNT_PRINCIPAL, streamArnOf } from './resource-names.ts';
import {
  bucketProperties,
  functionProperties,
  keyProperties,
  machineProperties,
  queueProperties,
  roleProperties,
  tableProperties,
} from './schemas.ts';

export interface Role {
  readonly name: string;
  readonly arn: string;
  /** Who may assume it. */
  readonly service: string;
}

export const rolesOf = (resources: readonly ResolvedResource[]): readonly Role[] =>
  resources.map((resource) => {
    const { Statement } = read(roleProperties, resource).AssumeRolePolicyDocument;
    return { name: resource.name, arn: resource.arn, service: Statement[0].Principal.Service };
  });

/** The name of the role that a service assumes for the resource. */
function roleFor(service: string, arn: string, roles: readonly Role[], user: ResolvedResource): string {
  const role = withArn(roles, arn, user);
  if (role.service !== service) throw unknown(user, `role ${role.name}, which ${service} may assume`);
  return role.name;
}

export function functionOf(resource: ResolvedResource, roles: readonly Role[]): FunctionModel {
  const properties = read(functionProperties, resource);
  return {
    name: resource.name,
    physicalName: resource.ref,
    arn: resource.arn,
    environment: properties.Environment.Variables,
    timeoutMs: properties.Timeout * 1000,
    memoryMb: properties.MemorySize,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    role: roleFor('lambda.amazonaws.com', properties.Role, roles, resource),
  };
}

/** What SQS takes where the template says nothing. */
const DEFAULT_VISIBILITY_SECONDS = 30;

export const queuesOf = (resources: readonly ResolvedResource[]): readonly Queue[] =>
  resources.map((resource) => {
    const properties = read(queueProperties, resource);
    const { RedrivePolicy: redrive } = properties;
    return {
      name: resource.name,
      arn: resource.arn,
      url: resource.ref,
      fifo: properties.FifoQueue && { dedupeScope: properties.DeduplicationScope ?? 'queue' },
      visibilityMs: (properties.VisibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS) * 1000,
      delayMs: (properties.DelaySeconds ?? 0) * 1000,
      retentionMs: properties.MessageRetentionPeriod * 1000,
      redrive: redrive && {
        to: withArn(resources, redrive.deadLetterTargetArn, resource).name,
        afterReceives: redrive.maxReceiveCount,
      },
    };
  });

type KeySchema = readonly [{ readonly AttributeName: string }, { readonly AttributeName: string }];

const keyNames = ([partition, sort]: KeySchema): TableKey => ({
  partition: partition.AttributeName,
  sort: sort.AttributeName,
});

export function tableOf(resource: ResolvedResource): Table {
  const properties = read(tableProperties, resource);
  const indexes = properties.GlobalSecondaryIndexes ?? [];
  return {
    name: resource.name,
    arn: resource.arn,
    key: keyNames(properties.KeySchema),
    indexes: new Map(indexes.map(({ IndexName, KeySchema }) => [IndexName, keyNames(KeySchema)])),
    ttlAttribute: properties.TimeToLiveSpecification?.AttributeName,
    streamArn: properties.StreamSpecification && streamArnOf(resource.arn),
  };
}

export function bucketOf(resource: ResolvedResource): Bucket {
  read(bucketProperties, resource);
  return { name: resource.name, physicalName: resource.ref, arn: resource.arn };
}

/** The first statement lets IAM of the account decide; without it no policy of a role would reach the key. */
export function keyOf(resource: ResolvedResource): Key {
  const { KeyPolicy, KeyUsage, EnableKeyRotation } = read(keyProperties, resource);
  const isOpenToIam = KeyPolicy.Statement.some(
    ({ Action, Principal }) => Action === 'kms:*' && JSON.stringify(Principal) === ACCOUNT_PRINCIPAL,
  );
  if (!isOpenToIam) throw unknown(resource, 'a key policy that does not leave the key to IAM');
  return {
    name: resource.name,
    arn: resource.arn,
    kind: KeyUsage === undefined ? 'encrypt' : 'mac',
    rotates: EnableKeyRotation === true,
  };
}

export function machineOf(resource: ResolvedResource, roles: readonly Role[]): Machine {
  const { DefinitionString, RoleArn } = read(machineProperties, resource);
  return {
    name: resource.name,
    arn: resource.arn,
    definition: JSON.parse(DefinitionString) as unknown,
    role: roleFor('states.amazonaws.com', RoleArn, roles, resource),
  };
}
