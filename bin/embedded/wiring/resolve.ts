/** A CloudFormation template with its references filled in: what CloudFormation does, as far as the template of this product needs it. */
import { ACCOUNT, type Identity, identityOf, localName, REGION, type Resource } from './resource-names.ts';

/** `target=embedded` of lib/, synthesized. */
export interface Template {
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** Members of a template that are understood. Conditions, mappings and rules decide what a template means. */
const SECTIONS = ['Description', 'Outputs', 'Parameters', 'Resources'];

export interface Place {
  /** Where the API is reached, without trailing slash. */
  readonly address: string;
  readonly stackName: string;
  /** Addresses that stand for the hosts of channels (functions/channels/addresses.ts). */
  readonly channelsAt?: string | undefined;
}

export interface ResolvedResource {
  readonly id: string;
  readonly type: string;
  /** The name that lib/ has for it, such as `payments-api`, `callbacks` or `payments`. */
  readonly name: string;
  /** What `Ref` stands for. */
  readonly ref: string;
  /** Empty where CloudFormation gives none. */
  readonly arn: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Resolved {
  readonly resources: readonly ResolvedResource[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** Fills in the template's references. Throws, naming it, for whatever is not known: a section, a parameter, a function, a reference. */
export function resolved(template: Template, place: Place): Resolved {
  const strange = Object.keys(template).filter((section) => !SECTIONS.includes(section));
  if (strange.length > 0) throw new Error(`template: section ${strange.join(', ')}: is not known`);
  const parameters = parametersOf(template, place);
  const all = Object.entries(template.Resources);
  const identities = new Map(all.map(([id, resource]) => [id, identityOf(id, resource)]));
  const resolve = (value: unknown, where: string): unknown => filledIn(value, { identities, parameters, where });
  const resources = all.map(([id, resource]) => {
    const { ref, attributes } = identities.get(id)!;
    const properties = resolve(resource.Properties, `${resource.Type} ${id}`) as Readonly<Record<string, unknown>>;
    return { id, type: resource.Type, name: localName(id, resource), ref, arn: attributes.Arn ?? '', properties };
  });
  const outputs = Object.entries(template.Outputs ?? {}).map(([name, { Value }]) => [
    name,
    String(resolve(Value, `output ${name}`)),
  ]);
  return { resources, outputs: Object.fromEntries(outputs) as Record<string, string> };
}

function parametersOf(
  { Parameters = {} }: Template,
  { address, stackName, channelsAt = '' }: Place,
): ReadonlyMap<string, string> {
  const known = new Map([
    ['Address', address],
    ['ChannelsAt', channelsAt],
    ['AWS::AccountId', ACCOUNT],
    ['AWS::Partition', 'aws'],
    ['AWS::Region', REGION],
    ['AWS::StackName', stackName],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ]);
  for (const name of Object.keys(Parameters))
    if (!known.has(name)) throw new Error(`template: parameter ${name}: has no value`);
  return known;
}

interface Resolving {
  readonly identities: ReadonlyMap<string, Identity>;
  readonly parameters: ReadonlyMap<string, string>;
  /** For messages. */
  readonly where: string;
}

function filledIn(value: unknown, resolving: Resolving): unknown {
  if (Array.isArray(value)) return value.map((each) => filledIn(each, resolving));
  if (typeof value !== 'object' || value === null) return value;
  const intrinsic = Object.keys(value).find((key) => key === 'Ref' || key.startsWith('Fn::'));
  if (intrinsic === undefined)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledIn(each, resolving)]));
  if (Object.keys(value).length > 1) throw unknown(resolving, `${intrinsic} beside other members`);
  const argument = (value as Record<string, unknown>)[intrinsic];
  switch (intrinsic) {
    case 'Ref':
      return referenceTo(String(argument), resolving);
    case 'Fn::GetAtt': {
      const [id, attribute] = argument as readonly [string, string];
      return attributeOf(id, attribute, resolving);
    }
    case 'Fn::Join': {
      const [separator, parts] = argument as readonly [string, readonly unknown[]];
      return parts.map((part) => textOf(part, resolving)).join(separator);
    }
    default:
      throw unknown(resolving, intrinsic);
  }
}

function textOf(part: unknown, resolving: Resolving): string {
  const value = filledIn(part, resolving);
  if (typeof value !== 'string') throw unknown(resolving, `Fn::Join of ${JSON.stringify(part)}`);
  return value;
}

function referenceTo(id: string, resolving: Resolving): string {
  const parameter = resolving.parameters.get(id);
  if (parameter !== undefined) return parameter;
  return identity(id, `Ref ${id}`, resolving).ref;
}

function attributeOf(id: string, attribute: string, resolving: Resolving): string {
  const { attributes } = identity(id, `Fn::GetAtt ${id}.${attribute}`, resolving);
  if (!Object.hasOwn(attributes, attribute)) throw unknown(resolving, `Fn::GetAtt ${id}.${attribute}`);
  return attributes[attribute]!;
}

function identity(id: string, wanted: string, resolving: Resolving): Identity {
  const found = resolving.identities.get(id);
  if (found === undefined) throw unknown(resolving, wanted);
  return found;
}

const unknown = ({ where }: Resolving, what: string): Error => new Error(`template: ${where}: ${what}: is not known`);
