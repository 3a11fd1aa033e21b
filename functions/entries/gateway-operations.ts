/** The operations of the function that serves whatever has no prefix of its own. */
import { accountOperations } from '../account/operations.ts';
import type { HttpDeps } from '../api/http.ts';
import type { AnyOperation } from '../api/operation.ts';
import { emptyListOperations } from '../empty-lists/operations.ts';

export const gatewayOperations: readonly AnyOperation<HttpDeps>[] = [...accountOperations, ...emptyListOperations];
