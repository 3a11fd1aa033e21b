/**
 * The stack as data: what to run, when and with which rights. Everything comes from the template; a type, a property or a value that is
 * not known stops the start by its name.
 */
import { apiOf } from './api-model.ts';
import { type Grants, grantsOf } from './grants.ts';
import type {
  Api,
  Bucket,
  FunctionModel,
  Key,
  Machine,
  Queue,
  QueueMapping,
  Rule,
  StreamMapping,
  Table,
} from './model-types.ts';
import { bucketOf, functionOf, keyOf, machineOf, queuesOf, rolesOf, tableOf } from './parts.ts';
import { assertKnownTypes } from './read.ts';
import { callable, policiesOf, queueMappingOf, ruleOf, streamMappingOf } from './relations.ts';
import { type Place, type ResolvedResource, resolved, type Template } from './resolve.ts';

/** Parts by their names. */
export interface Model {
  readonly functions: ReadonlyMap<string, FunctionModel>;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly tables: ReadonlyMap<string, Table>;
  readonly keys: ReadonlyMap<string, Key>;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly queueMappings: readonly QueueMapping[];
  readonly streamMappings: readonly StreamMapping[];
  readonly rules: readonly Rule[];
  readonly api: Api;
  readonly grants: Grants;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Reads a template for this place. Throws, naming it, for whatever is not understood. */
export function modelOf(template: Template, place: Place): Model {
  const { resources, outputs } = resolved(template, place);
  assertKnownTypes(resources);
  const ofType = (type: string): readonly ResolvedResource[] => resources.filter((resource) => resource.type === type);
  const roles = rolesOf(ofType('AWS::IAM::Role'));
  const queues = queuesOf(ofType('AWS::SQS::Queue'));
  const tables = ofType('AWS::DynamoDB::Table').map(tableOf);
  const functions = ofType('AWS::Lambda::Function').map((each) => functionOf(each, roles));
  const calledBy = callable(functions, ofType('AWS::Lambda::Permission'));
  const sources = { queues, tables, functions };
  const mappings = ofType('AWS::Lambda::EventSourceMapping');
  const isStream = ({ properties }: ResolvedResource): boolean => 'StartingPosition' in properties;
  return {
    functions: byName(functions),
    queues: byName(queues),
    tables: byName(tables),
    keys: byName(ofType('AWS::KMS::Key').map(keyOf)),
    buckets: byName(ofType('AWS::S3::Bucket').map(bucketOf)),
    machines: byName(ofType('AWS::StepFunctions::StateMachine').map((each) => machineOf(each, roles))),
    queueMappings: mappings.filter((each) => !isStream(each)).map((each) => queueMappingOf(each, sources)),
    streamMappings: mappings.filter(isStream).map((each) => streamMappingOf(each, sources)),
    rules: ofType('AWS::Events::Rule').map((each) => ruleOf(each, calledBy)),
    api: apiOf(ofType, calledBy),
    grants: grantsOf(policiesOf(ofType('AWS::IAM::Policy'), roles)),
    outputs,
  };
}

function byName<T extends { readonly name: string }>(parts: readonly T[]): ReadonlyMap<string, T> {
  const named = new Map(parts.map((part) => [part.name, part]));
  const twice = parts.find((part) => named.get(part.name) !== part);
  if (twice) throw new Error(`template: two resources of one type are called ${twice.name}`);
  return named;
}
