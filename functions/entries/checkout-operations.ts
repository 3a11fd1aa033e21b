/** The operations that the checkout function serves: Checkout Sessions, and the products and prices that they sell. */
import { checkoutOperations } from '../checkout/operations.ts';
import { productOperations } from '../products/operations/operations.ts';
import { searchPrices, searchProducts } from '../search/products.ts';

export const checkoutFunctionOperations = [
  ...checkoutOperations,
  searchProducts,
  searchPrices,
  ...productOperations,
] as const;
