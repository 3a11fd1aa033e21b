import { expect, it } from 'vitest';
import { withClockRoute } from '../../../bin/embedded/gateway/clock-route.ts';
import type { HttpExchange } from '../../../bin/embedded/gateway/event.ts';
import type { Answer } from '../../../bin/embedded/gateway/gateway.ts';
import { advanceWith } from '../../../bin/embedded/run/advance.ts';

const answer = (status: number, body: unknown): Answer => ({ status, headers: {}, body: JSON.stringify(body) });

/** A gateway whose product knows one secret key, and a clock that starts at 100 s. */
function world() {
  const reached: string[] = [];
  const moves: number[] = [];
  let nowMs = 100_500;
  const serve = withClockRoute({
    async handle({ method, path, query, headers, body }: HttpExchange) {
      reached.push(`${method} ${path}${query}${body.toString()}`);
      return headers.authorization === 'Bearer sk_test_1' ? answer(200, {}) : answer(401, { error: 'no key' });
    },
    nowMs: () => nowMs,
    async advance(ms) {
      if (ms > 1e10) throw new Error('The clock moves forward, by a year at most.');
      moves.push(ms);
      nowMs += ms;
      return nowMs;
    },
    refuse: (status, message) => answer(status, { error: { message } }),
  });
  const request = (method: string, path: string, body = '', authorization = 'Bearer sk_test_1') =>
    serve({ method, path, query: '', headers: { authorization }, body: Buffer.from(body), sourceIp: '127.0.0.1' });
  return { reached, moves, request };
}

it('shows and moves the clock for a caller with a secret key', async () => {
  const { request, moves, reached } = world();
  const shown = await request('GET', '/v1/test_helpers/clock');
  expect([shown.status, shown.body]).toEqual([200, '{"object":"test_helpers.clock","now":100}']);
  const moved = await request('POST', '/v1/test_helpers/clock/advance', 'by=7d');
  expect([moved.status, moved.body]).toEqual([200, `{"object":"test_helpers.clock","now":${100 + 7 * 86_400}}`]);
  expect(moves).toEqual([7 * 86_400_000]);
  expect(reached).toEqual(['GET /v1/account', 'GET /v1/account']);
});

it.each([
  ['GET', '/v1/test_helpers/clock'],
  ['POST', '/v1/test_helpers/clock/advance'],
])('%s %s without a secret key is refused as the product refuses it', async (method, path) => {
  const { request, moves } = world();
  expect(await request(method, path, 'by=7d', 'Bearer pk_test_1')).toMatchObject({ status: 401 });
  expect(moves).toEqual([]);
});

it.each(['', 'by=', 'by=7', 'by=-1d', 'by=0s', 'seconds=7', 'by=9999999d'])('%j moves nothing', async (body) => {
  const { request, moves } = world();
  expect(await request('POST', '/v1/test_helpers/clock/advance', body)).toMatchObject({ status: 400 });
  expect(moves).toEqual([]);
});

it.each([
  ['POST', '/v1/test_helpers/clock'],
  ['GET', '/v1/test_helpers/clock/advance'],
  ['GET', '/v1/test_helpers/clocks'],
  ['POST', '/v1/payment_intents'],
])('%s %s is the product’s', async (method, path) => {
  const { request, reached } = world();
  await request(method, path, 'a=b');
  expect(reached).toEqual([`${method} ${path}a=b`]);
});

it('waits for what is under way before it moves, and after each step', async () => {
  const seen: string[] = [];
  let nowMs = 0;
  const advance = advanceWith({
    clock: {
      nowMs: () => nowMs,
      async advance(ms: number) {
        nowMs += ms;
        seen.push(`moved to ${nowMs / 3_600_000} h`);
      },
    } as never,
    triggers: { caughtUp: async () => void seen.push('caught up') },
    moved: async () => void seen.push('said so'),
  });
  const [first, second] = await Promise.all([advance(4 * 3_600_000), advance(3_600_000)]);
  expect([first, second]).toEqual([4 * 3_600_000, 5 * 3_600_000]);
  const step = (hours: number) => [`moved to ${hours} h`, 'said so', 'caught up'];
  expect(seen).toEqual(['caught up', ...step(3), ...step(4), 'caught up', ...step(5)]);
});
