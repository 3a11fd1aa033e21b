/** Lambda entry of the HTTP routes on balance, balance transactions and ledger accounts. */
import { S3Client } from '@aws-sdk/client-s3';
import { expandLoaders } from '../gateway/loaders.ts';
import { bucketFiles } from '../settlement/files.ts';
import { httpHandler } from '../shared/http.ts';
import { httpDeps } from '../shared/http-deps.ts';
import { ledgerOperations } from './api.ts';

const http = httpDeps();
const files = bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!);

export const handler = httpHandler({ ...http, loaders: expandLoaders(http.table), files }, ledgerOperations);
