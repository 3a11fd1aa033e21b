/** The events that API Gateway makes of one request: an HTTP API's, a REST API's at its own address, and one behind a custom domain. */
import type { GatewayEvent } from '../../functions/api/raw-request.ts';

export interface Sent {
  readonly method: string;
  /** As in the request line: path with its escapes, and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

const split = (target: string): readonly [path: string, query: string] => {
  const [path = '', ...query] = target.split('?');
  return [path, query.join('?')];
};

/** What an HTTP API makes of escapes: it decodes them twice over, and nothing after a decoded `?` is left (captured on AWS). */
function decodedByHttpApi(path: string): string {
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return decode(decode(path).split('?', 1)[0]!);
}

export function httpEvent({ method, target, headers, body, isBase64Encoded = false }: Sent): GatewayEvent {
  const [path, query] = split(target);
  const rawPath = decodedByHttpApi(path);
  return {
    version: '2.0',
    rawPath,
    rawQueryString: query,
    headers,
    requestContext: { http: { method, path: rawPath }, stage: '$default' },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  } as GatewayEvent;
}

/** Behind a custom domain: `path` is all of the path. */
export function domainEvent(sent: Sent): GatewayEvent {
  const [path] = split(sent.target);
  return restEvent(sent, path, path);
}

/** At the API's own address: the first segment is the stage, `v1`, and `path` lacks it. Other addresses reach no API: one behind a domain. */
export function stageEvent(sent: Sent): GatewayEvent {
  const [whole] = split(sent.target);
  return /^\/v1(?=\/|$)/.test(whole) ? restEvent(sent, whole.slice('/v1'.length) || '/', whole) : domainEvent(sent);
}

function restEvent(
  { method, target, headers, body, isBase64Encoded = false }: Sent,
  path: string,
  whole: string,
): GatewayEvent {
  const asked = [...new URLSearchParams(split(target)[1])];
  const multiValueQueryStringParameters = Object.fromEntries(
    asked.map(([name]) => [name, asked.filter(([other]) => other === name).map(([, value]) => value)]),
  );
  return {
    version: '1.0',
    httpMethod: method,
    path,
    headers,
    multiValueQueryStringParameters: asked.length === 0 ? null : multiValueQueryStringParameters,
    requestContext: { stage: 'v1', path: whole, httpMethod: method },
    body: body ?? null,
    isBase64Encoded,
  } as unknown as GatewayEvent;
}
