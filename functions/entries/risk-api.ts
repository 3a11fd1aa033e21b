/** The HTTP routes on reviews. */
import { httpHandler } from '../api/http.ts';
import { riskOperations } from '../risk/reviews/operations/reviews.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import type { Platform } from './platform.ts';

export const create = (on: Platform) =>
  httpHandler({ ...httpDeps(on), loaders: expandLoaders(on.table) }, riskOperations);
