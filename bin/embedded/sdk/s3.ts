/** Of @aws-sdk/client-s3. */
import { Client, Command, ServiceException } from './parts.ts';

export class S3Client extends Client {}
export class GetObjectCommand extends Command<object> {}
export class PutObjectCommand extends Command<object> {}
export class NoSuchKey extends ServiceException {}
export class NoSuchBucket extends ServiceException {}
