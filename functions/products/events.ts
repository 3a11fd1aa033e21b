/** What a commit of a product or a price announces, and what a search finds it by. */
import { metadataTokens } from '../search/index/tokens.ts';
import { EVENT_VERSIONS, type Projection } from '../stream/kind/kind.ts';
import { priceTypes, productTypes } from './event-types.ts';
import type { Price } from './price.ts';
import type { Product } from './product.ts';
import { renderPrice, renderProduct } from './wire.ts';

export const productProjection: Projection<Product> = {
  family: 'o',
  types: productTypes,
  object: (product) => renderProduct(product),
  tokens: ({ metadata, name }) => [...metadataTokens(metadata), ['name', name]],
};

export const priceProjection: Projection<Price> = {
  family: 'o',
  // A price that is made with its product has the object key of the product.
  firstEventVersion: EVENT_VERSIONS,
  types: priceTypes,
  object: (price) => renderPrice(price),
  tokens: ({ metadata }) => metadataTokens(metadata),
};
