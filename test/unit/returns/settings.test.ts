/** A return address whose scope cannot be read: a wrong address is 404, an error of ours is one that the payer may try again. */
import { expect, it } from 'vitest';
import { NoSettings } from '../../../functions/merchants/store.ts';
import type { ReturnDeps } from '../../../functions/returns/return.ts';
import { serveReturn } from '../../../functions/returns/serve.ts';

const path = `/v1/return/${'a'.repeat(31)}-${'b'.repeat(24)}`;
const request = { method: 'GET', path, query: '', headers: {}, body: Buffer.alloc(0) };
const visit = async (error: Error) => {
  const failed: unknown[] = [];
  const deps = {
    clock: { nowMs: () => 0, sleep: async () => {} },
    settings: () => Promise.reject(error),
    failed: (seen: unknown) => void failed.push(seen),
  } as unknown as ReturnDeps;
  const { answer } = await serveReturn(deps, request);
  return { status: answer.status, body: answer.body, failed };
};

it('a scope that is not there is 404, and no error', async () => {
  expect(await visit(new NoSettings('none'))).toMatchObject({ status: 404, failed: [] });
});

it('a table that does not answer is 500 and logged, and the page says to load it again', async () => {
  const error = new Error('throttled');

  const { status, body, failed } = await visit(error);

  expect([status, failed]).toEqual([500, [error]]);
  expect(body).toContain('Load this page again');
});
