/** Lambda entry of the HTTP routes on balance, balance transactions and ledger accounts. */
import { S3Client } from '@aws-sdk/client-s3';
import { httpHandler } from '../api/http.ts';
import { ledgerOperations } from '../balance/operations.ts';
import { bucketFiles } from '../table/files.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';

const http = httpDeps();
const files = bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!);

export const handler = httpHandler({ ...http, loaders: expandLoaders(http.table), files }, ledgerOperations);
