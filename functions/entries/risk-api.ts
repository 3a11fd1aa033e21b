/** Lambda entry of the HTTP routes on reviews. */

import { httpHandler } from '../api/http.ts';
import { riskOperations } from '../risk/reviews/operations/reviews.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';

const http = httpDeps();

export const handler = httpHandler({ ...http, loaders: expandLoaders(http.table) }, riskOperations);
