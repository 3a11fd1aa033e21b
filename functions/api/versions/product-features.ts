/** 2024-04-10: `features` of a product becomes `marketing_features` (CHANGELOG of the npm package `stripe`, 15.0.0). */
import type { VersionChange } from './change.ts';

export const productFeatures: VersionChange = {
  since: '2024-04-10',
  objects: ['product'],
  renamed: {
    operations: ['POST /v1/products', 'POST /v1/products/{id}'],
    from: 'features',
    to: 'marketing_features',
  },
  before: ({ marketing_features: features, ...product }) =>
    features === undefined ? product : { ...product, features },
};
