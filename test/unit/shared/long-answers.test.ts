/** An answer that Lambda could not hand over: the gateway would make an error of its own of it. */
import { expect, it } from 'vitest';
import { simulate } from '../../support/simulation.ts';
import { fullMetadata, loud } from '../../support/wordy.ts';

it('a page of more than 6 MB is refused, and told to be smaller', async () => {
  const sim = await simulate();
  for (let n = 0; n < 40; n++) await sim.request('POST', '/v1/customers', fullMetadata(loud(500)), `customer ${n}`);

  expect(await sim.request('GET', '/v1/customers?limit=40')).toMatchObject({
    status: 400,
    body: {
      error: {
        type: 'invalid_request_error',
        param: 'limit',
        message:
          'These objects are more than the 6 MB that an answer may have: ask for fewer with `limit`, or expand less.',
      },
    },
  });
  const fewer = await sim.request('GET', '/v1/customers?limit=30');
  expect(fewer.status).toBe(200);
  expect(fewer.body.data).toHaveLength(30);
});
