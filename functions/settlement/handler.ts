/** Lambda entry of the HTTP routes on payouts. */
import { S3Client } from '@aws-sdk/client-s3';
import { expandLoaders } from '../gateway/loaders.ts';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { httpHandler } from '../shared/http.ts';
import { payoutOperations } from './api.ts';
import { bucketFiles } from './files.ts';

const table = dynamoTable();
const files = bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!);

export const handler = httpHandler(
  { table, clock: systemClock, random: systemRandom, loaders: expandLoaders(table), files },
  payoutOperations,
);
