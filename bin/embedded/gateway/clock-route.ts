/**
 * The clock of the stack for tests in any language: `GET /v1/test_helpers/clock` and `POST /v1/test_helpers/clock/advance` with `by`, such as `7d`.
 * The gateway of AWS has no such route, and no function could serve it.
 */
import { durationMs } from '../../local/duration.ts';
import type { Advance } from '../run/advance.ts';
import type { HttpExchange } from './event.ts';
import type { Answer, Gateway } from './gateway.ts';

export interface ClockRouteDeps {
  readonly handle: Gateway;
  readonly nowMs: () => number;
  readonly advance: Advance;
  readonly refuse: (status: number, message: string) => Answer;
}

const PATH = '/v1/test_helpers/clock';

/** The gateway with the two routes. A secret key of any merchant may call them. */
export function withClockRoute({ handle, nowMs, advance, refuse }: ClockRouteDeps): Gateway {
  const clock = (): Answer => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ object: 'test_helpers.clock', now: Math.floor(nowMs() / 1000) }),
  });
  /** The answer to a caller without a secret key. */
  const refused = async (request: HttpExchange): Promise<Answer | undefined> => {
    const answer = await handle({ ...request, method: 'GET', path: '/v1/account', query: '', body: Buffer.alloc(0) });
    return answer.status === 200 ? undefined : answer;
  };
  const move = async (body: string): Promise<Answer> => {
    const by = new URLSearchParams(body).get('by');
    const ms = durationMs(by ?? '');
    if (ms === undefined) return refuse(400, 'by must be a number with its unit, such as 90s, 30m, 12h or 7d.');
    try {
      await advance(ms);
      return clock();
    } catch (error) {
      return refuse(400, (error as Error).message);
    }
  };
  return async (request) => {
    const { method, path, body } = request;
    if (method === 'GET' && path === PATH) return (await refused(request)) ?? clock();
    if (method === 'POST' && path === `${PATH}/advance`) return (await refused(request)) ?? move(body.toString());
    return handle(request);
  };
}
