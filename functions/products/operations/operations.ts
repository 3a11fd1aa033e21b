/** The operations on products and prices. */
import { featureOperations } from './features.ts';
import { listPrices, retrievePrice } from './price-reads.ts';
import { createPrice, updatePrice } from './prices.ts';
import { listProducts, retrieveProduct } from './product-reads.ts';
import { createProduct, deleteProduct, updateProduct } from './products.ts';

export const productOperations = [
  createProduct,
  listProducts,
  retrieveProduct,
  updateProduct,
  deleteProduct,
  ...featureOperations,
  createPrice,
  listPrices,
  retrievePrice,
  updatePrice,
] as const;
