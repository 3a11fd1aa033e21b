/** The bucket of reports, for the entries that read or write them. */
import { S3Client } from '@aws-sdk/client-s3';
import { bucketFiles } from '../table/files.ts';
import type { Platform } from './platform.ts';

export const reportFiles = ({ client, env }: Pick<Platform, 'client' | 'env'>) =>
  bucketFiles(client(S3Client), env.REPORTS_BUCKET!);
