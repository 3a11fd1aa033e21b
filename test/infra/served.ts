/** The operations that the functions serve, found in their modules rather than in a list. */
import { resolve } from 'node:path';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** The module that lists the operations of a function behind the API. */
export const OPERATIONS_OF: Readonly<Record<string, string>> = {
  'payments-api': 'entries/payments-operations',
  'checkout-api': 'entries/checkout-operations',
  'vault-api': 'vault/operations',
  'risk-api': 'risk/reviews/operations/reviews',
  'ledger-api': 'balance/operations',
  'settlement-api': 'entries/settlement-operations',
  'notifications-api': 'notifications/operations',
  'channels-callback': 'channels/operations',
  gateway: 'entries/gateway-operations',
};

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'run' in value;

/** Every operation that the module exports in a list. */
async function operationsOf(name: string): Promise<readonly Route[]> {
  const module = (await import(resolve(`functions/${name}.ts`))) as Readonly<Record<string, unknown>>;
  return Object.values(module).flatMap((exported) => (Array.isArray(exported) ? exported.filter(isRoute) : []));
}

/** Every operation of every function behind the API. */
export async function servedOperations(): Promise<readonly (Route & { readonly served: string })[]> {
  const all = await Promise.all(
    Object.entries(OPERATIONS_OF).map(async ([served, module]) => [served, await operationsOf(module)] as const),
  );
  return all.flatMap(([served, routes]) => routes.map(({ method, path }) => ({ served, method, path })));
}
