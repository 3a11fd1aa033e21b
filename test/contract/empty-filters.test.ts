/**
 * An empty filter is refused: a list that ignores it answers with every object of the merchant. Every parameter of every list and search, as the
 * OpenAPI document describes them.
 */
import { expect, it } from 'vitest';
import openApi from '../../functions/api/openapi.json' with { type: 'json' };
import { EMPTY_LISTS } from '../../functions/empty-lists/table.ts';
import { objectsOf, withIds } from '../scenarios/one-of-each-object.ts';
import { eitherApp } from '../world/contract-app.ts';

const app = await eitherApp();
const ids = await objectsOf(app, app.merchant);

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly style?: string;
  readonly schema: { readonly properties?: object };
}
interface Reference {
  readonly $ref: string;
}
type Paths = Readonly<Record<string, { readonly get?: { readonly parameters?: readonly (Parameter | Reference)[] } }>>;

/** The names under which the parameter is sent: times have bounds, objects have members. */
function namesOf({ name, style, schema }: Parameter): readonly string[] {
  if (style !== 'deepObject') return [name];
  const members = schema.properties ? Object.keys(schema.properties) : ['gt', 'gte', 'lt', 'lte'];
  return [name, ...members.map((member) => `${name}[${member}]`)];
}

/** A parameter of many lists is in the document once. */
const resolved = (parameter: Parameter | Reference): Parameter =>
  '$ref' in parameter
    ? (openApi.components.parameters as unknown as Readonly<Record<string, Parameter>>)[
        parameter.$ref.split('/').at(-1)!
      ]!
    : parameter;

const filters = Object.entries(openApi.paths as unknown as Paths).flatMap(([path, { get }]) =>
  (get?.parameters ?? [])
    .map(resolved)
    .filter((parameter) => parameter.in === 'query' && !['expand[]', 'client_secret'].includes(parameter.name))
    .flatMap((parameter) => namesOf(parameter).map((name) => [path, name] as const)),
);

it('the filters are found, with bounds and members of objects', () => {
  expect(filters.length).toBeGreaterThan(150);
  for (const known of [
    ['/v1/customers', 'email'],
    ['/v1/checkout/sessions', 'customer_details[email]'],
    ['/v1/payouts', 'arrival_date[gte]'],
    ['/v1/events', 'types[]'],
    ['/v1/charges/search', 'query'],
  ])
    expect(filters).toContainEqual(known);
});

/** What a list that is always empty requires. */
const neededByEmpty = (path: string): string =>
  Object.entries(EMPTY_LISTS.find((list) => path === `/v1/${list.path}`)?.filters ?? {})
    .filter(([, filter]) => filter === 'required')
    .map(([name]) => `&${name}=x`)
    .join('');

it.each(filters)('GET %s?%s= is refused', async (path, name) => {
  const required: Readonly<Record<string, string>> = {
    '/v1/setup_attempts': `&setup_intent=${ids.agreed_setup_intents}`,
  };
  const needed = required[path] ?? neededByEmpty(path);
  const asked =
    path === '/v1/payment_methods'
      ? `&customer=${ids.customers}`
      : path.endsWith('/search')
        ? '&query=created>0'
        : needed;
  // The empty value is the last one of its name.
  const others = new URLSearchParams(asked.slice(1));
  others.delete(name);
  const answer = await app.fetch(`${withIds(path, ids)}?${others.toString()}&${name}=`, {
    headers: { authorization: `Bearer ${app.merchant.test.secretKey}` },
  });

  const { error } = (await answer.json()) as { error?: { type: string; param?: string } };
  expect(answer.status).toBe(400);
  expect(error).toMatchObject({ type: 'invalid_request_error', param: expect.stringContaining(name.split('[')[0]!) });
});
