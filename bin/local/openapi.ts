/**
 * The OpenAPI 3.1 document of what is served, made of the operations themselves: their routes and the schemas that parse their
 * parameters. Served at /openapi.json; a test holds it against the routes.
 */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { API_VERSION } from '../../functions/api/api-version.ts';
import { listShape } from '../../functions/api/params.ts';
import { ledgerOperations } from '../../functions/balance/operations.ts';
import { channelOperations } from '../../functions/channels/operations.ts';
import { checkoutFunctionOperations } from '../../functions/entries/checkout-operations.ts';
import { gatewayOperations } from '../../functions/entries/gateway-operations.ts';
import { paymentsOperations } from '../../functions/entries/payments-operations.ts';
import { settlementOperations } from '../../functions/entries/settlement-operations.ts';
import { notificationsOperations } from '../../functions/notifications/operations.ts';
import { riskOperations } from '../../functions/risk/reviews/operations/reviews.ts';
import { vaultOperations } from '../../functions/vault/operations.ts';

/** The members of an operation that the document shows. */
export interface Described {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly params: z.ZodMiniType;
  readonly returns?: { readonly object: string; readonly list?: boolean };
  readonly refuses?: string;
  readonly publishable?: true | 'with_secret';
}

/** Every operation that any function serves. */
export const OPERATIONS: readonly Described[] = [
  ...paymentsOperations,
  ...checkoutFunctionOperations,
  ...vaultOperations,
  ...riskOperations,
  ...ledgerOperations,
  ...settlementOperations,
  ...notificationsOperations,
  ...channelOperations,
  ...gatewayOperations,
] as readonly Described[];

type Json = { readonly [name: string]: unknown };
type Schema = Json & { readonly properties?: Readonly<Record<string, Schema>>; readonly required?: readonly string[] };

const EXPAND: Schema = {
  type: 'array',
  items: { type: 'string' },
  description: 'Names of objects to put in place of their ids.',
};
const METADATA: Schema = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: 500 },
  description: 'Up to 50 pairs of yours. On updates an empty value removes a name.',
};

const ID: Json = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

/** Schemas that the document holds once. */
const NAMED = { Expand: EXPAND, Metadata: METADATA } as const;
const named = (name: keyof typeof NAMED | 'Amount'): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Members that hold an amount of money. */
const AMOUNTS = new Set(['amount', 'amount_to_capture', 'unit_amount']);
const AMOUNT: Schema = {
  type: 'integer',
  maximum: 999_999_999_999,
  description:
    'Minor units of the currency: at most 99999999, in IDR 999999999999, in COP 9999999999, in INR 999999999. Amounts in three-decimal currencies end in 0, in ISK and UGX in 00.',
};

/** A schema in the words of the wire: form text that is read as a number or a truth value is one. */
function simplified(schema: Schema): Schema {
  const { $schema: _, ...rest } = schema;
  const type = JSON.stringify(rest.type);
  if (type === '["string","number"]') return { ...rest, type: 'integer' };
  if (type === '["string","boolean"]') return { ...rest, type: 'boolean' };
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, within(name, value)]));
}

function within(name: string, value: unknown): unknown {
  if (name === 'properties') {
    return Object.fromEntries(
      Object.entries(value as Record<string, Schema>).map(([member, schema]) => [
        member,
        member === 'metadata' ? named('Metadata') : AMOUNTS.has(member) ? named('Amount') : simplified(schema),
      ]),
    );
  }
  if (Array.isArray(value)) return value.map((member: unknown) => (isSchema(member) ? simplified(member) : member));
  return isSchema(value) ? simplified(value) : value;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const schemaOf = (params: z.ZodMiniType): Schema =>
  simplified(z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' }) as Schema);

const words = (path: string): readonly string[] => path.split('/').filter((part) => part !== '' && part !== 'v1');
const camel = (part: string): string =>
  part.replace(/[{}]/g, '').replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** `PostPaymentIntentsIdConfirm`, as Stripe's own document names its operations. */
const idOf = ({ method, path }: Described): string =>
  `${method.charAt(0)}${method.slice(1).toLowerCase()}${words(path).map(camel).join('')}`;

const spoken = (name: string): string => name.replaceAll('_', ' ');
const VERBS = { GET: 'Retrieve', POST: 'Update', DELETE: 'Delete' } as const;

function summaryOf({ method, path, returns, refuses }: Described): string {
  if (refuses !== undefined) return `Refused: ${refuses}`;
  const last = words(path).at(-1)!;
  const object = spoken(returns?.object ?? last);
  if (returns?.list) return `List: ${object}`;
  if (last.startsWith('{')) return `${VERBS[method]}: ${object}`;
  if (path.includes('{')) return `${spoken(last).replace(/^./, (first) => first.toUpperCase())}: ${object}`;
  return `${method === 'POST' ? 'Create' : 'Retrieve'}: ${object}`;
}

const queryParameter = (name: string, schema: Schema, required: boolean): Json => ({
  name: schema.type === 'array' ? `${name}[]` : name,
  in: 'query',
  required,
  ...(schema.type === 'object' || schema.anyOf ? { style: 'deepObject', explode: true } : {}),
  schema,
});

/** Parameters of nearly every list and read, which the document holds once. */
const COMMON: Readonly<Record<string, { readonly schema: Schema }>> = Object.fromEntries(
  Object.entries({ ...schemaOf(z.strictObject(listShape)).properties, expand: EXPAND }).map(([name, schema]) => [
    name,
    { ...queryParameter(name, schema, false), schema },
  ]),
);

/** Name of the schema of an operation's parameters: a form and JSON have the same, which the document holds once. */
const requestName = (operation: Described): string => `${idOf(operation)}Request`;

function requestSchema({ params }: Described): Json {
  const { properties = {}, required = [], ...rest } = schemaOf(params);
  return { ...rest, properties: { ...properties, expand: named('Expand') }, ...(required.length > 0 && { required }) };
}

function inputOf(operation: Described): Json {
  const { method, path, params, refuses } = operation;
  const { properties = {}, required = [] } = schemaOf(params);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
    name === 'id' ? { $ref: '#/components/parameters/Id' } : { ...ID, name },
  );
  const all = { ...properties, expand: EXPAND };
  if (method !== 'POST') {
    const inQuery = Object.entries(all).map(([name, schema]) =>
      name in COMMON && isDeepStrictEqual(schema, COMMON[name]!.schema)
        ? { $ref: `#/components/parameters/${camel(name)}` }
        : queryParameter(name, schema, required.includes(name)),
    );
    return { parameters: [...inPath, ...inQuery] };
  }
  const parameters = [...inPath, { $ref: '#/components/parameters/IdempotencyKey' }];
  if (refuses !== undefined) return { parameters };
  const schema = { $ref: `#/components/schemas/${requestName(operation)}` };
  const content = { 'application/x-www-form-urlencoded': { schema }, 'application/json': { schema } };
  return { parameters, requestBody: { required: required.length > 0, content } };
}

function answerOf({ returns }: Described): Json {
  if (!returns) return { description: 'The answer.' };
  const one = { $ref: `#/components/schemas/${returns.object}` };
  const schema = returns.list
    ? {
        type: 'object',
        required: ['object', 'data', 'has_more', 'url'],
        properties: {
          object: { const: 'list' },
          data: { type: 'array', items: one },
          has_more: { type: 'boolean' },
          url: { type: 'string' },
        },
      }
    : one;
  return { description: 'The answer.', content: { 'application/json': { schema } } };
}

const operationOf = (operation: Described): Json => ({
  operationId: idOf(operation),
  summary: summaryOf(operation),
  tags: [words(operation.path)[0]],
  ...(operation.publishable && {
    description: `Publishable keys may call it${operation.publishable === true ? '' : ' with the client secret'}.`,
  }),
  ...inputOf(operation),
  responses: {
    ...(operation.refuses === undefined && { 200: answerOf(operation) }),
    default: { $ref: '#/components/responses/Error' },
  },
});

/** Objects that Stripe does not have. */
const OWN: Readonly<Record<string, string>> = {
  channel_account:
    'An account at a channel: channel, environment, status, priority, payment_methods with their currencies, and health.',
};

const objectSchema = (object: string): Json => ({
  type: 'object',
  required: ['object'],
  properties: { id: { type: 'string' }, object: { const: object } },
  additionalProperties: true,
  description: OWN[object] ?? `A ${spoken(object)} as Stripe's API ${API_VERSION} has it.`,
});

/** The document of these operations. */
export function openApiOf(operations: readonly Described[] = OPERATIONS): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of [...operations].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: operationOf(operation) };
  }
  const requests = operations
    .filter(({ method, refuses }) => method === 'POST' && refuses === undefined)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const objects = [...new Set(operations.flatMap(({ returns }) => (returns ? [returns.object] : [])))].sort();
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version: API_VERSION,
      description: "A payment API on Stripe's wire, in your own AWS account.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The host that this document came from.' }],
    security: [{ bearer: [] }, { basic: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A secret or publishable key.' },
        basic: { type: 'http', scheme: 'basic', description: 'The key as user name, no password.' },
      },
      parameters: {
        ...Object.fromEntries(Object.entries(COMMON).map(([name, parameter]) => [camel(name), parameter])),
        Id: ID,
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          description:
            'Sent again with the same parameters within 24 hours, the request is answered as it was the first time.',
          schema: { type: 'string', minLength: 1, maxLength: 255 },
        },
      },
      responses: {
        Error: {
          description: 'A refusal, or a failure of ours.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/error' } } },
        },
      },
      schemas: {
        ...Object.fromEntries(objects.map((object) => [object, objectSchema(object)])),
        ...NAMED,
        Amount: AMOUNT,
        ...Object.fromEntries(requests.map((operation) => [requestName(operation), requestSchema(operation)])),
        error: ERROR,
      },
    },
  };
}

const ERROR: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: {
        type: { enum: ['api_error', 'card_error', 'idempotency_error', 'invalid_request_error'] },
        message: { type: 'string' },
        code: { type: 'string' },
        decline_code: { type: 'string' },
        param: { type: 'string' },
        doc_url: { type: 'string' },
      },
      additionalProperties: true,
    },
  },
};

/** The document as the file that the gateway serves. */
export const openApiText = (): string => `${JSON.stringify(openApiOf(), undefined, 2)}\n`;
