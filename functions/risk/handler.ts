/** Lambda entry of the HTTP routes on reviews. */
import { expandLoaders } from '../gateway/loaders.ts';
import { httpHandler } from '../shared/http.ts';
import { httpDeps } from '../shared/http-deps.ts';
import { riskOperations } from './api.ts';

const http = httpDeps();

export const handler = httpHandler({ ...http, loaders: expandLoaders(http.table) }, riskOperations);
