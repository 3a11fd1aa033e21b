/** HTTP to the stack's own address without a socket: the sandbox and its callbacks live in this process. */
import type { IncomingHttpHeaders } from 'node:http';
import { type HttpClient, HttpFailure } from '../../../functions/kernel/http-client.ts';
import { targetOf } from '../gateway/event.ts';
import type { Gateway } from '../gateway/gateway.ts';

const MAXIMUM_BYTES = 256 * 1024;

/** Calls below `origin` go to the gateway, with the same deadline and size limit; all others to `beyond`. */
export function localHttp(origin: string, handle: Gateway, beyond: HttpClient): HttpClient {
  return async (request) => {
    if (!request.url.startsWith(`${origin}/`)) return beyond(request);
    const { method, headers = {}, timeoutMs, maximumBytes = MAXIMUM_BYTES } = request;
    const [path, query] = targetOf(request.url);
    const body = Buffer.from(request.body ?? '');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new HttpFailure(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    const sent = { accept: 'application/json', 'user-agent': 'sluice', ...inLowerCase(headers) };
    try {
      const answer = await Promise.race([
        handle({ method, path, query, headers: sent, body, sourceIp: '127.0.0.1' }),
        late,
      ]);
      const answered = Buffer.from(answer.body);
      if (answered.length > maximumBytes) throw new HttpFailure(`the answer is longer than ${maximumBytes} bytes`);
      return { status: answer.status, headers: inLowerCase(answer.headers) as IncomingHttpHeaders, body: answered };
    } finally {
      clearTimeout(timer);
    }
  };
}

const inLowerCase = <T>(headers: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
