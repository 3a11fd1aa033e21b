/** An operation that Stripe has and Sluice refuses, before its parameters are read: whatever they are, the reason is the same. */
import type { AnyOperation } from './operation.ts';
import { noParams } from './params.ts';

export const refusedOperation = (path: string, refuses: string): AnyOperation<object> => ({
  method: 'POST',
  path,
  params: noParams,
  refuses,
  run: async () => {
    throw new Error(`POST ${path} is refused before it runs`);
  },
});
