import { expect, it } from 'vitest';
import { localWebhooks } from '../../../bin/embedded/run/local-webhooks.ts';
import type { SendOptions } from '../../../functions/notifications/sender.ts';

it.each([
  ['http://127.0.0.1:9000/hook', true, true],
  ['http://localhost/hook', true, true],
  ['http://[::1]:9000/hook', true, true],
  ['http://127.0.0.1:9000/hook', false, false],
  ['https://127.0.0.1:9000/hook', true, false],
  ['http://127.0.0.1.example:9000/hook', true, false],
  ['http://localhost.example/hook', true, false],
  ['http://10.0.0.1/hook', true, false],
])('%s (private addresses allowed: %s): its connection is kept: %s', async (url, allowPrivate, isKept) => {
  const sent: SendOptions[] = [];
  const send = localWebhooks(async (options) => {
    sent.push(options);
    return { delivered: true, status: '200' };
  });
  await send({ url, payload: '', secrets: [], nowMs: 0, allowPrivate });
  expect(sent.map(({ agent }) => agent !== undefined)).toEqual([isKept]);
});
