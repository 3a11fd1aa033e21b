/** A request's headers, body, query and path as typed parameters. Everything that is wrong with them is refused here, before anything begins. */
import * as z from 'zod/mini';
import { loadedOnce } from '../kernel/once.ts';
import { ApiError, accountInvalid, invalidParameter, redacted } from './errors.ts';
import { decodeForm, decodeJson, type Tree } from './form.ts';
import type { Caller, Parameterized } from './operation.ts';
import type { RawRequest } from './raw-request.ts';

const MAXIMUM_BODY_BYTES = 256 * 1024;

/** Headers that name the account that a request is about. */
const ACCOUNT_HEADERS = ['stripe-account', 'stripe-context'] as const;

/**
 * Whether a header names the caller's own account, which changes nothing: many clients always send it. An answer about the key's own account
 * to a request about another one would be wrong. @throws 403 account_invalid for any other account
 */
export function namesOwnAccount(
  { merchant }: Pick<Caller, 'merchant'>,
  headers: Readonly<Record<string, string | undefined>>,
): boolean {
  const named = ACCOUNT_HEADERS.flatMap((header) => headers[header]?.trim() || []);
  const other = named.find((account) => account !== merchant);
  if (other !== undefined) throw accountInvalid(other);
  return named.length > 0;
}

/** The parameters as they were sent, in the query or in the body; what is in both is the body's. @throws 400, 413 */
export function treeOf(request: RawRequest): Record<string, Tree> {
  const inQuery = decodeForm(request.query);
  return request.method === 'GET' ? inQuery : { ...inQuery, ...inBody(request) };
}

function inBody(request: RawRequest): Record<string, Tree> {
  const { body } = request;
  if (body.length > MAXIMUM_BODY_BYTES)
    throw new ApiError(413, { type: 'invalid_request_error', message: 'The request is too large.' }, { stored: false });
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  const text = utf8(body);
  if (text === '') return {};
  if (type === 'application/json') return decodeJson(text);
  if (type === '' || type === 'application/x-www-form-urlencoded') return decodeForm(text);
  throw invalidParameter(
    `Invalid content type: ${redacted(type)}. Send application/x-www-form-urlencoded or application/json.`,
  );
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidParameter('Invalid request: the body is not valid UTF-8.');
  }
}

const refusing = loadedOnce(() => import('./unused-parameters.ts'));

/**
 * The parameters as their schema has them. The schemas are strict, so whatever passes has none that the operation does not use: what is ignored or
 * refused is loaded where a schema refuses. @throws 400 in Stripe's words
 */
export async function parse(operation: Parameterized, given: Readonly<Record<string, Tree>>): Promise<unknown> {
  const parsed = z.safeParse(operation.params, given);
  return parsed.success ? parsed.data : (await refusing()).parseUsed(operation, given);
}

/** What `expand[]` names. @throws 400 when it is no list of strings */
export function expandPaths(given: Tree | undefined): readonly string[] {
  const paths = typeof given === 'string' ? (given === '' ? [] : [given]) : (given ?? []);
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string'))
    throw invalidParameter('Invalid array', { param: 'expand' });
  return paths.filter((path) => path !== 'data');
}

/** Path parameters, decoded. @throws 400 */
export function decodedPath(path: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(Object.entries(path).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw invalidParameter('Invalid request: the path is not well-formed.');
  }
}
