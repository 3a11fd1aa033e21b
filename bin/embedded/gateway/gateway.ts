/** One request through the gateway: its route, its function, and the errors that the gateway answers itself. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { GatewayResult } from '../../../functions/api/raw-request.ts';
import type { Api } from '../wiring/model-types.ts';
import { eventOf, type HttpExchange } from './event.ts';
import { routesOf } from './routes.ts';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

export type Gateway = (request: HttpExchange) => Promise<Answer>;

export interface GatewayDeps {
  readonly api: Api;
  /** Calls a function of lib/functions.json with its event. Rejects when the function fails or takes too long. */
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
  /** Waits while consumers are too far behind. */
  readonly admitted: () => Promise<void>;
}

export function gateway({ api, invoke, admitted }: GatewayDeps): Gateway {
  const routeOf = routesOf(api);
  const refusal = refusals(api);
  return async (request) => {
    const route = routeOf(request.path);
    if (!route) return refusal(403, 'Missing Authentication Token');
    if (request.method === 'POST') await admitted();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), route.timeoutMs);
    });
    try {
      const result = await Promise.race([invoke(route.function, eventOf(request, api.stage)), late]);
      if (result === LATE) return refusal(504, 'Endpoint request timed out');
      return answerOf(result as GatewayResult);
    } catch {
      return refusal(502, 'Internal server error');
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The gateway whose answers leave once all that they may show is on disk. Where that fails, nothing of them leaves. */
export const durable =
  (handle: Gateway, synced: () => Promise<void>, refuse: ReturnType<typeof refusals>): Gateway =>
  async (request) => {
    const answer = await handle(request);
    try {
      await synced();
    } catch {
      return refuse(502, 'Internal server error');
    }
    return answer;
  };

const LATE = Symbol('late');

const answerOf = ({
  statusCode = 200,
  headers = {},
  body = '',
  isBase64Encoded,
}: Exclude<GatewayResult, string>): Answer => ({
  status: statusCode,
  headers: headers as OutgoingHttpHeaders,
  body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
});

/** Errors of the gateway itself, in the shape that the template gives them. */
export function refusals({ responses }: Pick<Api, 'responses'>): (status: number, message: string) => Answer {
  return (status, message) => {
    const type = status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
    const response = responses.find((candidate) => candidate.type === type);
    if (!response) throw new Error(`the API has no response ${type}`);
    return {
      status,
      headers: { 'content-type': 'application/json', ...response.headers },
      body: response.body.replace('$context.error.messageString', () => JSON.stringify(message)),
    };
  };
}
