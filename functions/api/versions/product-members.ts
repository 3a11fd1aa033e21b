/** 2023-08-16: `attributes` of products is removed (CHANGELOG of the npm package `stripe`, 13.0.0). */
import type { VersionChange } from './change.ts';

/** Only goods, which are not served, ever had attributes. */
export const productMembers: VersionChange = {
  since: '2023-08-16',
  objects: ['product'],
  before: (product) => ('deleted' in product ? product : { ...product, attributes: [] }),
};
