/** The reports bucket as files. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Files of the reports bucket. Writing the same content under the same name twice is writing it once. */
export interface Files {
  put(key: string, content: string, contentType: string): Promise<void>;
  /** The content, or undefined where there is no such file. */
  get(key: string): Promise<string | undefined>;
}

/** The same for bytes. */
export interface ByteFiles {
  putBytes(key: string, content: Uint8Array): Promise<void>;
  getBytes(key: string): Promise<Uint8Array | undefined>;
}

export const bucketFiles = (client: S3Client, bucket: string): Files & ByteFiles => ({
  async put(key, content, contentType) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ContentType: contentType }));
  },
  async get(key) {
    return (await bodyAt(client, bucket, key))?.transformToString();
  },
  async putBytes(key, content) {
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ContentType: 'application/octet-stream' }),
    );
  },
  async getBytes(key) {
    return (await bodyAt(client, bucket, key))?.transformToByteArray();
  },
});

async function bodyAt(client: S3Client, bucket: string, key: string) {
  try {
    return (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
