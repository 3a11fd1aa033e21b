/**
 * Stripe's OpenAPI document. Compares a value with a schema of it: what is missing, of a wrong type, or not in the document. Its operations have
 * their parameters as names with members.
 */
import type { Described } from '../../world/parameter-names.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly maxLength?: number;
  readonly 'x-stripeBypassValidation'?: boolean;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface OperationObject {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content: { readonly 'application/json': { readonly schema: Schema } } }>
  >;
}

export interface DocumentOperation {
  /** `POST /v1/charges/{charge}`, with the document's own names. */
  readonly name: string;
  readonly parameters: readonly Described[];
}

/** Each operation of the document with its parameters, those of the query and of the body. */
export const operationsOf = ({ paths }: Document): readonly DocumentOperation[] =>
  Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, { parameters = [], requestBody }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      parameters: [
        ...parameters
          .filter((each) => each.in === 'query')
          .map(({ name, schema }) => ({ name, members: () => membersOf(schema) })),
        ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => membersOf(schema)),
      ],
    })),
  );

/** Parameters in a schema: those of a list are its members', and `*` is any name. */
function membersOf({ anyOf = [], items, properties = {}, additionalProperties }: Schema): readonly Described[] {
  const any = typeof additionalProperties === 'object' ? membersOf(additionalProperties) : [];
  return [
    ...anyOf.flatMap(membersOf),
    ...(items ? membersOf(items) : []),
    ...Object.entries(properties).map(([name, schema]) => ({ name, members: () => membersOf(schema) })),
    ...(any.length > 0 ? [{ name: '*', members: () => any }] : []),
  ];
}

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

/** References are to objects. */
const isOfKind = ({ $ref, type }: Schema, value: unknown): boolean =>
  $ref === undefined ? type === undefined || type === kindOf(value) : kindOf(value) === 'object';

/** Where the value differs, one line each: `payment_intent.amount: string, not integer`. */
export function differences(document: Document, schema: Schema, value: unknown, at = ''): readonly string[] {
  const compare = (inner: Schema, member: unknown, name: string) => differences(document, inner, member, name);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1)!;
    return compare({ ...document.components.schemas[name]!, ...(schema.nullable && { nullable: true }) }, value, name);
  }
  if (value === null) return schema.nullable ? [] : [`${at}: null`];
  if (schema.anyOf !== undefined) {
    const each = schema.anyOf.filter((one) => isOfKind(one, value)).map((one) => compare(one, value, at));
    if (each.length === 0) return [`${at}: ${kindOf(value)} is none of the types`];
    return each.reduce((best, next) => (next.length < best.length ? next : best));
  }
  const kind = kindOf(value);
  if (schema.type !== undefined && schema.type !== kind && !(schema.type === 'number' && kind === 'integer'))
    return [`${at}: ${kind}, not ${schema.type}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)} is no value`];
  if (schema.maxLength !== undefined && [...(value as string)].length > schema.maxLength) return [`${at}: too long`];
  if (Array.isArray(value)) return value.flatMap((member) => compare(schema.items ?? {}, member, `${at}[]`));
  if (kind !== 'object' || schema.properties === undefined) return [];
  const members = value as Readonly<Record<string, unknown>>;
  return [
    ...(schema.required ?? []).filter((name) => !(name in members)).map((name) => `${at}.${name}: missing`),
    ...Object.entries(members).flatMap(([name, member]) => {
      const inner = schema.properties?.[name];
      return inner === undefined ? [`${at}.${name}: not in the document`] : compare(inner, member, `${at}.${name}`);
    }),
  ];
}

/** The schema of a response; nothing where the document does not have the operation. */
export function responseSchema(document: Document, method: string, path: string, status: number): Schema | undefined {
  const wanted = path.split('?')[0]!;
  const candidates = Object.keys(document.paths).filter((template) =>
    new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(wanted),
  );
  // `/v1/charges/search` before `/v1/charges/{charge}`.
  const [template] = candidates.sort((a, b) => a.split('{').length - b.split('{').length);
  const { responses } = (template === undefined ? undefined : document.paths[template]![method.toLowerCase()]) ?? {};
  return (responses?.[String(status)] ?? responses?.default)?.content['application/json'].schema;
}
