/**
 * A bucket as a folder: the client of S3 as functions use it, which reads and writes whole objects. Any other command, and any other setting of
 * these two, is refused by its name.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  NoSuchBucket,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { assertNoOthers } from '../no-others.ts';
import type { MayUse } from '../wiring/access.ts';
import type { Bucket } from '../wiring/model-types.ts';
import { makeFolder, replaceFile } from './replace-file.ts';

export interface FolderOptions {
  readonly bucket: Bucket;
  /** The folder that holds the bucket's objects. */
  readonly folder: string;
  /** A file is as good as sent: it is written once all that it may show is on disk. */
  readonly synced: () => Promise<void>;
  readonly mayUse: MayUse;
}

/** Like all that a stack keeps: for its own user. */
const MODE = 0o600;

export class FolderClient {
  private readonly options: FolderOptions;

  constructor(options: FolderOptions) {
    this.options = options;
  }

  send(command: GetObjectCommand): Promise<GetObjectCommandOutput>;
  send(command: PutObjectCommand): Promise<PutObjectCommandOutput>;
  async send(command: object): Promise<GetObjectCommandOutput | PutObjectCommandOutput> {
    if (command instanceof GetObjectCommand) return this.get(command.input);
    if (command instanceof PutObjectCommand) return this.put(command.input);
    throw new Error(`S3: ${command.constructor.name} is not known here`);
  }

  private async get({ Bucket, Key, ...others }: GetObjectCommandInput): Promise<GetObjectCommandOutput> {
    assertNoOthers('S3', others);
    const path = this.pathOf('s3:GetObject', Bucket, Key);
    try {
      const content = await readFile(path);
      return { Body: bodyOf(content), ContentLength: content.length, $metadata: {} };
    } catch (error) {
      if (!MISSING.has(String((error as NodeJS.ErrnoException).code))) throw error;
      // As on AWS: a caller that may not list the bucket does not learn that an object is missing.
      this.options.mayUse('s3:ListBucket', this.options.bucket.arn);
      throw new NoSuchKey({ message: 'The specified key does not exist.', $metadata: {} });
    }
  }

  /** Resolves when the object is on disk. Its content type is not kept: no function reads it. */
  private async put(request: PutObjectCommandInput): Promise<PutObjectCommandOutput> {
    const { Bucket, Key, Body, ContentType: _, ...others } = request;
    assertNoOthers('S3', others);
    if (typeof Body !== 'string' && !(Body instanceof Uint8Array))
      throw new Error('S3: a body that is neither text nor bytes is not known here');
    const path = this.pathOf('s3:PutObject', Bucket, Key);
    await this.options.synced();
    await makeFolder(dirname(path));
    await replaceFile(path, Buffer.from(Body), MODE);
    return { $metadata: {} };
  }

  private pathOf(action: string, bucket: string | undefined, key: string | undefined): string {
    const { arn, physicalName } = this.options.bucket;
    if (!bucket || !key) throw new Error('S3: a request without a bucket or a key is not known here');
    this.options.mayUse(action, bucket === physicalName ? `${arn}/${key}` : `arn:aws:s3:::${bucket}/${key}`);
    if (bucket !== physicalName)
      throw new NoSuchBucket({ message: 'The specified bucket does not exist', $metadata: {} });
    return join(this.options.folder, ...key.split('/').map(fileName));
  }
}

/** No file there, or a folder; or a file where the key has a folder. */
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/**
 * The name of a file or folder for a part of a key. Different parts have different names, and none is `.`, `..`, empty, hidden, or a path: what
 * is not plain is escaped.
 */
const fileName = (part: string): string =>
  part === '' ? '%' : encodeURIComponent(part).replace(/^\./, '%2E').replaceAll('*', '%2A');

/** The part of the SDK's body that functions use. */
const bodyOf = (content: Buffer): NonNullable<GetObjectCommandOutput['Body']> =>
  ({
    transformToString: async () => content.toString('utf8'),
    transformToByteArray: async () => content,
  }) as unknown as NonNullable<GetObjectCommandOutput['Body']>;
