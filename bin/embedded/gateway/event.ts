/** A request as a REST API hands it to a function: an event of format 1.0, as behind a custom domain, with all of the path. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';

export interface HttpExchange {
  readonly method: string;
  /** As in the request line, without the query; escapes are still in it. */
  readonly path: string;
  /** As it was sent, without `?`. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly sourceIp: string;
}

export function eventOf({ method, path, query, headers, body, sourceIp }: HttpExchange, stage: string) {
  return {
    httpMethod: method,
    path,
    headers: joined(headers),
    multiValueQueryStringParameters: query === '' ? null : valuesOf(query),
    requestContext: { stage, path, httpMethod: method, identity: { sourceIp } },
    body: body.length === 0 ? null : body.toString('base64'),
    isBase64Encoded: body.length > 0,
  } as unknown as APIGatewayProxyEvent;
}

function joined(headers: IncomingHttpHeaders): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) texts[name] = Array.isArray(value) ? value.join(', ') : value;
  return texts;
}

function valuesOf(query: string): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of new URLSearchParams(query)) {
    const others = values[name];
    if (others) others.push(value);
    else values[name] = [value];
  }
  return values;
}

/**
 * Path and query of a request line, character for character: parsing it as a URL would resolve `..` and turn `\` into `/`. A client that takes
 * this for a proxy sends the whole address.
 */
export function targetOf(url: string): readonly [path: string, query: string] {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const end = target.indexOf('?');
  const [path, query] = end === -1 ? [target, ''] : [target.slice(0, end), target.slice(end + 1)];
  return [path.startsWith('/') ? path : '/', query];
}
