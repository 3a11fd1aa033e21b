/** Lambda entry of the HTTP routes on payouts. */
import { S3Client } from '@aws-sdk/client-s3';
import { httpHandler } from '../api/http.ts';
import { bucketFiles } from '../table/files.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import { settlementOperations } from './settlement-operations.ts';

const http = httpDeps();
const files = bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!);

export const handler = httpHandler({ ...http, loaders: expandLoaders(http.table), files }, settlementOperations);
