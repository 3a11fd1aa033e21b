/** A creation that Stripe has and Sluice refuses, before its parameters are read: whatever they are, the reason is the same. */
import type { AnyOperation } from '../api/operation.ts';
import { noParams } from '../api/params.ts';

export const refusal = (path: string, refuses: string): AnyOperation<object> => ({
  method: 'POST',
  path,
  params: noParams,
  refuses,
  run: async () => {
    throw new Error(`POST ${path} is refused before it runs`);
  },
});
