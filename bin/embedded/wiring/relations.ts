/** Who calls which function: mappings, schedules, permissions; and what roles may do. */
import type { Statement } from './grants.ts';
import type { FunctionModel, Queue, QueueMapping, Rule, StreamMapping, Table } from './model-types.ts';
import type { Role } from './parts.ts';
import { type Caller, read, unknown, withArn } from './read.ts';
import type { ResolvedResource } from './resolve.ts';
import {
  permissionProperties,
  policyProperties,
  queueMappingProperties,
  ruleProperties,
  streamMappingProperties,
} from './schemas.ts';

/** What mappings read from and call. */
export interface Parts {
  readonly queues: readonly Queue[];
  readonly tables: readonly Table[];
  readonly functions: readonly FunctionModel[];
}

/** The statements of each role. */
export function policiesOf(
  resources: readonly ResolvedResource[],
  roles: readonly Role[],
): ReadonlyMap<string, readonly Statement[]> {
  const statements = new Map<string, Statement[]>(roles.map(({ name }) => [name, []]));
  for (const resource of resources) {
    const { PolicyDocument, Roles } = read(policyProperties, resource);
    for (const role of Roles) {
      const known = statements.get(role);
      if (known === undefined) throw unknown(resource, `role ${role}`);
      known.push(...PolicyDocument.Statement);
    }
  }
  return statements;
}

/** Gives the name of a function that the caller may call. As on AWS, a service without a permission calls nothing. */
export function callable(
  functions: readonly FunctionModel[],
  permissions: readonly ResolvedResource[],
): (arn: string, caller: Caller) => string {
  const permitted = permissions.map((permission) => {
    const { FunctionName, Principal, SourceArn } = read(permissionProperties, permission);
    return `${withArn(functions, FunctionName, permission).arn} ${Principal} ${SourceArn}`;
  });
  return (arn, { principal, source }) => {
    const called = functions.find((each) => each.arn === arn);
    if (called === undefined || !permitted.includes(`${arn} ${principal} ${source}`))
      throw new Error(`template: ${source}: may not call ${arn}`);
    return called.name;
  };
}

/** Mappings name a function as its callers do. */
function functionNamed(physicalName: string, { functions }: Parts, user: ResolvedResource): string {
  const found = functions.find((each) => each.physicalName === physicalName);
  if (found === undefined) throw unknown(user, `function ${physicalName}`);
  return found.name;
}

export function queueMappingOf(resource: ResolvedResource, parts: Parts): QueueMapping {
  const properties = read(queueMappingProperties, resource);
  return {
    id: resource.id,
    function: functionNamed(properties.FunctionName, parts, resource),
    batchSize: properties.BatchSize,
    queue: withArn(parts.queues, properties.EventSourceArn, resource).name,
    reportsFailures: properties.FunctionResponseTypes !== undefined,
    maxConcurrency: properties.ScalingConfig.MaximumConcurrency,
  };
}

export function streamMappingOf(resource: ResolvedResource, parts: Parts): StreamMapping {
  const properties = read(streamMappingProperties, resource);
  const table = parts.tables.find(({ streamArn }) => streamArn === properties.EventSourceArn);
  if (table === undefined) throw unknown(resource, properties.EventSourceArn);
  return {
    id: resource.id,
    function: functionNamed(properties.FunctionName, parts, resource),
    batchSize: properties.BatchSize,
    table: table.name,
    bisectOnError: properties.BisectBatchOnFunctionError,
    maxRetries: properties.MaximumRetryAttempts,
    maxRecordAgeMs: properties.MaximumRecordAgeInSeconds * 1000,
    onFailure: withArn(parts.queues, properties.DestinationConfig.OnFailure.Destination, resource).name,
  };
}

const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;
const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export function ruleOf(resource: ResolvedResource, calledBy: (arn: string, caller: Caller) => string): Rule {
  const { ScheduleExpression, Targets } = read(ruleProperties, resource);
  const [, count, unit] = RATE.exec(ScheduleExpression) ?? [];
  if (unit === undefined) throw unknown(resource, ScheduleExpression);
  const [{ Arn, Input }] = Targets;
  return {
    id: resource.id,
    everyMs: Number(count) * UNIT_MS[unit]!,
    function: calledBy(Arn, { principal: 'events.amazonaws.com', source: resource.arn }),
    input: Input === undefined ? undefined : (JSON.parse(Input) as unknown),
  };
}
