/** Features of a product at Stripe: an empty list, because Sluice has no entitlements. Clients list them with every product. */
import * as z from 'zod/mini';
import { emptyPage } from '../../api/list.ts';
import type { Operation } from '../../api/operation.ts';
import { type ListParams, pageShape } from '../../api/params.ts';
import { refusedOperation } from '../../api/refused-operation.ts';
import type { ProductsDeps } from '../deps.ts';
import { retrieveProduct } from './product-reads.ts';

/** @throws 404 resource_missing; 400 for a cursor */
const listFeatures: Operation<ProductsDeps, ListParams> = {
  method: 'GET',
  path: '/v1/products/{id}/features',
  params: z.strictObject(pageShape),
  returns: { object: 'product_feature', list: true, empty: true },
  run: async (deps, call) => {
    await retrieveProduct.run(deps, call, undefined);
    return { status: 200, body: emptyPage(`/v1/products/${call.path.id}/features`, 'product_feature', call.params) };
  },
};

export const featureOperations = [
  listFeatures,
  refusedOperation('/v1/products/{id}/features', 'Product features cannot be created. Sluice has no billing.'),
] as const;
