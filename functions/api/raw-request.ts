/** API Gateway's event, of an HTTP API (2.0) or a REST API (1.0), as a request with its raw bytes: what a signature covers. */
import { timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { withoutSecrets } from '../kernel/without-secrets.ts';

export type GatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;
/** Both kinds of API take an answer of this form. */
export type GatewayResult = APIGatewayProxyStructuredResultV2;

export interface RawRequest {
  readonly method: string;
  /** What followed the host, without the query. Escapes are still in it: only the router decodes them, once per segment. */
  readonly path: string;
  /** The query as it was sent, without `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The address that the gateway saw: what a client says of itself in a header is not believed. */
  readonly sourceIp?: string | undefined;
}

/** The header in which the proxy of a local stack hands over the path as it was sent: the token, a space, the path. */
export const RAW_PATH_HEADER = 'sluice-raw-path';
/** The same for a method that an emulator answers itself. */
export const RAW_METHOD_HEADER = 'sluice-raw-method';

/**
 * The request in the event. Its path is the one that the client sent, with its escapes, in three places:
 * - a REST API keeps the escapes;
 * - an HTTP API decodes them, so they are put back: a decoded slash is then a slash, which no function can undo (docs/api.md);
 * - emulators decode them too, but the proxy of the local stack hands the path over. `token` is RAW_PATH_TOKEN of the environment,
 *   which only the local target sets. Without the right token the header has no effect.
 *
 * The method is handed over where the emulator of an HTTP API would answer it itself: it refuses every preflight. AWS passes it on.
 */
export function rawRequestOf(event: GatewayEvent, token?: string): RawRequest {
  const {
    [RAW_PATH_HEADER]: rawPath,
    [RAW_METHOD_HEADER]: rawMethod,
    ...headers
  } = Object.fromEntries(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const { method, sourceIp } =
    'rawPath' in event
      ? event.requestContext.http
      : { method: event.httpMethod, sourceIp: event.requestContext.identity?.sourceIp };
  return {
    method: (handedOver(rawMethod, token) ?? method).toUpperCase(),
    path: handedOver(rawPath, token) ?? ('rawPath' in event ? encoded(event.rawPath) : restPath(event)),
    query: 'rawPath' in event ? event.rawQueryString : queryOf(event),
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    sourceIp,
  };
}

function handedOver(header: string | undefined, token: string | undefined): string | undefined {
  if (header === undefined || !token) return undefined;
  const expected = Buffer.from(`${token} `);
  const given = Buffer.from(header);
  const head = given.subarray(0, expected.length);
  return head.length === expected.length && timingSafeEqual(head, expected)
    ? given.subarray(expected.length).toString()
    : undefined;
}

/** A path that was decoded, with escapes again: the router's decoding then gives what is in it now. Half a surrogate pair becomes U+FFFD. */
const encoded = (path: string): string => Buffer.from(path).toString().split('/').map(encodeURIComponent).join('/');

/** A REST API's own address has the stage as its first segment. `path` lacks it there, and lacks nothing behind a custom domain. */
function restPath({ path, requestContext: { stage, path: whole } }: APIGatewayProxyEvent): string {
  return firstSegment(whole) === firstSegment(path) ? path : `/${stage}${path}`;
}

const firstSegment = (path: string): string | undefined => path.split('/').find((segment) => segment !== '');

/** A REST API gives the query decoded, with repeated names kept apart. */
function queryOf(event: APIGatewayProxyEvent): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) query.append(name, value);
  }
  return query.toString();
}

/** Who asked, for a log line: bounded, for a client says of itself what it likes. */
export const clientOf = ({ sourceIp, headers }: Pick<RawRequest, 'sourceIp' | 'headers'>) => ({
  ...(sourceIp !== undefined && { sourceIp: sourceIp.slice(0, 45) }),
  // A secret that is cut in two no longer matches its pattern, so the final cut comes last. The first cut bounds the search.
  ...(headers['user-agent'] !== undefined && {
    userAgent: withoutSecrets(headers['user-agent'].slice(0, 1_000)).slice(0, 200),
  }),
});
