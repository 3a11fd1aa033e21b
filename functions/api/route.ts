/** The operation that a request names by its method and path. */
import httpRouter from '@middy/http-router';
import { publicPaths } from './cors.ts';
import { lacksId } from './empty-segments.ts';
import { unrecognizedUrl } from './errors.ts';
import type { AnyOperation } from './operation.ts';

/** `preflight`: a browser asks whether a page of another origin may call an operation of this path. */
export type Route<Deps> =
  | {
      readonly kind: 'operation';
      readonly operation: AnyOperation<Deps>;
      readonly path: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'preflight' };

/** What the router reads of a request, and where it puts the parameters of the path. */
interface Routed {
  readonly version: '2.0';
  readonly requestContext: { readonly http: { readonly method: string; readonly path: string } };
  readonly pathParameters?: Readonly<Record<string, string>>;
}

/** The path as routes have it: clients join a base address and a path with a slash too many. */
export const routedPath = (path: string): string => path.replace(/\/{2,}/g, '/');

/** Finds the route of a method and path as they were sent. Throws Stripe's 404 for any other. */
export function router<Deps>(
  operations: readonly AnyOperation<Deps>[],
): (request: { readonly method: string; readonly path: string }) => Route<Deps> {
  const routes = [
    ...operations.map((operation) => ({
      method: operation.method as string,
      path: operation.path,
      handler: ({ pathParameters: path = {} }: Routed): Route<Deps> => ({ kind: 'operation', operation, path }),
    })),
    ...publicPaths(operations).map((path) => ({
      method: 'OPTIONS',
      path,
      handler: (): Route<Deps> => ({ kind: 'preflight' }),
    })),
  ];
  const withoutId = lacksId(operations.map(({ path }) => path));
  const find = httpRouter({
    routes: routes as never,
    notFoundResponse: ({ method, path }) => {
      throw unrecognizedUrl(method, path);
    },
  }) as unknown as (event: Routed) => Route<Deps>;
  return ({ method, path }) => {
    if (withoutId(path)) throw unrecognizedUrl(method, path);
    return find({ version: '2.0', requestContext: { http: { method, path: routedPath(path) } } });
  };
}
