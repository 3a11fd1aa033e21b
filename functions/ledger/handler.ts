/** Lambda entry of the HTTP routes on balance, balance transactions and ledger accounts. */
import { expandLoaders } from '../gateway/loaders.ts';
import { httpHandler } from '../shared/http.ts';
import { httpDeps } from '../shared/http-deps.ts';
import { ledgerOperations } from './api.ts';

const http = httpDeps();

export const handler = httpHandler({ ...http, loaders: expandLoaders(http.table) }, ledgerOperations);
