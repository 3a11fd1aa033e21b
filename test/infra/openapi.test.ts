import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { OPERATIONS, openApiText } from '../../bin/local/openapi.ts';
import { pageFor } from '../../functions/api/pages.ts';
import { rawRequestOf } from '../../functions/api/raw-request.ts';
import { eventOf } from '../world/api.ts';
import { servedOperations } from './served.ts';

interface Spoken {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly summary: string }>>>
  >;
}
const text = readFileSync('functions/api/openapi.json', 'utf8');
const document = JSON.parse(text) as Spoken;

it('the document is what the operations say: `npm run openapi` after a change', () => {
  expect(text).toBe(openApiText());
});

it('its operations are exactly those that the functions serve', async () => {
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = (await servedOperations()).map(({ method, path }) => `${method} ${path}`);

  expect(documented.sort()).toEqual(served.sort());
  expect(OPERATIONS).toHaveLength(served.length);
});

it('it is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(text) as Record<string, unknown>);

  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

it('every operation has a name of its own and a summary, and every reference leads somewhere', () => {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const references = [...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, pointer]) => pointer!);
  const at = (pointer: string): unknown =>
    pointer
      .split('/')
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);

  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(operations.filter(({ summary }) => summary.length < 8)).toEqual([]);
  expect(references.filter((pointer) => at(pointer) === undefined)).toEqual([]);
});

it('GET /v1/openapi.json answers the document without a key', async () => {
  const answer = (await pageFor(rawRequestOf(eventOf('GET', '/v1/openapi.json', {})), 'req_1'))!;

  expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
  expect(JSON.parse(answer.body!)).toEqual(document);
});
