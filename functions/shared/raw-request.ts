/** API Gateway's event, of an HTTP API (2.0) or a REST API (1.0), as a request with its raw bytes: what a signature covers. */
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export type GatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;
/** Both kinds of API take an answer of this form. */
export type GatewayResult = APIGatewayProxyStructuredResultV2;

export interface RawRequest {
  readonly method: string;
  /** Without stage and query. */
  readonly path: string;
  /** The query as it was sent, without `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The address that the gateway saw: what a client says of itself in a header is not believed. */
  readonly sourceIp?: string | undefined;
}

export function rawRequestOf(event: GatewayEvent): RawRequest {
  const { method, path, sourceIp } =
    'rawPath' in event
      ? { ...event.requestContext.http, path: event.rawPath }
      : { method: event.httpMethod, path: event.path, sourceIp: event.requestContext?.identity?.sourceIp };
  return {
    method: method.toUpperCase(),
    path,
    query: 'rawPath' in event ? event.rawQueryString : queryOf(event),
    headers: Object.fromEntries(
      Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    sourceIp,
  };
}

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
  ...(headers['user-agent'] !== undefined && { userAgent: headers['user-agent'].slice(0, 200) }),
});
