/** What no key may do to accounts at channels: operators alone write them. */
import { ApiError } from '../api/errors.ts';
import type { AnyOperation } from '../api/operation.ts';
import { noParams } from '../api/params.ts';

const operatorsOnly = (): ApiError =>
  new ApiError(
    403,
    {
      type: 'invalid_request_error',
      message:
        'Accounts at channels are connected and changed by the operator of the platform: npm run channel -- add, enable, disable, priority or rotate.',
    },
    { stored: false },
  );

const refusedTo = (method: 'POST' | 'DELETE', path: string): AnyOperation<object> => ({
  method,
  path,
  params: noParams,
  unserved: operatorsOnly,
  run: async () => {
    throw new Error(`${method} ${path} is refused before it runs`);
  },
});

export const unservedAtChannels: readonly AnyOperation<object>[] = [
  refusedTo('POST', '/v1/channels'),
  refusedTo('POST', '/v1/channels/{id}'),
  refusedTo('DELETE', '/v1/channels/{id}'),
];
