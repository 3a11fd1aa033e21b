/** The reports bucket as files. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Files of the reports bucket. Writing the same content under the same name twice is writing it once. */
export interface Files {
  put(key: string, content: string, contentType: string): Promise<void>;
  /** The content, or undefined where there is no such file. */
  get(key: string): Promise<string | undefined>;
}

export const bucketFiles = (client: S3Client, bucket: string): Files => ({
  async put(key, content, contentType) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ContentType: contentType }));
  },
  async get(key) {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return await Body!.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  },
});
