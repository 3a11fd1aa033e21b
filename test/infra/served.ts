/** What the functions serve, found in their modules rather than told by a list. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Whose routes a context's operations are. */
export const SERVED_BY: Readonly<Record<string, string>> = {
  payments: 'payments-api',
  checkout: 'checkout-api',
  vault: 'vault-api',
  channels: 'channels-callback',
  risk: 'risk-api',
  ledger: 'ledger-api',
  settlement: 'settlement-api',
  notifications: 'notifications-api',
};

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'run' in value;

/** Every operation that a module of functions/<context>/api.ts exports in a list. */
async function operationsOf(context: string): Promise<readonly Route[]> {
  const file = resolve(`functions/${context}/api.ts`);
  if (!existsSync(file)) return [];
  const module = (await import(file)) as Readonly<Record<string, unknown>>;
  return Object.values(module).flatMap((exported) => (Array.isArray(exported) ? exported.filter(isRoute) : []));
}

/** Every operation of every context. */
export async function servedOperations(): Promise<readonly (Route & { readonly context: string })[]> {
  const all = await Promise.all(
    Object.keys(SERVED_BY).map(async (context) => [context, await operationsOf(context)] as const),
  );
  return all.flatMap(([context, routes]) => routes.map(({ method, path }) => ({ context, method, path })));
}
