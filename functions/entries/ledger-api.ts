/** The HTTP routes on balance, balance transactions and ledger accounts. */
import { S3Client } from '@aws-sdk/client-s3';
import { httpHandler } from '../api/http.ts';
import { ledgerOperations } from '../balance/operations.ts';
import { bucketFiles } from '../table/files.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import type { Platform } from './platform.ts';

export const create = (on: Platform) =>
  httpHandler(
    {
      ...httpDeps(on),
      loaders: expandLoaders(on.table),
      files: bucketFiles(on.client(S3Client), on.env.REPORTS_BUCKET!),
    },
    ledgerOperations,
  );
