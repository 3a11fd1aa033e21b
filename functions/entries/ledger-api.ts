/** The HTTP routes on balance, balance transactions and ledger accounts. */
import { accountLoaders } from '../account/loaders.ts';
import { httpHandler } from '../api/http.ts';
import { ledgerOperations } from '../balance/operations.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import type { Platform } from './platform.ts';
import { reportFiles } from './report-files.ts';

export const create = (on: Platform) =>
  httpHandler(
    {
      ...httpDeps(on),
      loaders: { ...expandLoaders(on.table), ...accountLoaders(on.table) },
      files: reportFiles(on),
    },
    ledgerOperations,
  );
