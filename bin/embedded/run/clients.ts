/** Clients of AWS services for one function, by their classes: each is an adapter that acts with the function's rights. */
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Platform } from '../../../functions/entries/platform.ts';

/** An adapter answers the commands that the product sends, and refuses any other by name. */
/** Its own types say which commands it takes. */
export interface Sender {
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<object>;
}

export interface Senders {
  readonly kms: Sender;
  readonly lambda: Sender;
  readonly s3: Sender;
  readonly sfn: Sender;
  readonly sqs: Sender;
}

export function clientsOf(senders: Senders): Platform['client'] {
  const byClass = new Map<unknown, Sender>([
    [KMSClient, senders.kms],
    [LambdaClient, senders.lambda],
    [S3Client, senders.s3],
    [SFNClient, senders.sfn],
    [SQSClient, senders.sqs],
  ]);
  return <Client>(type: new (options: never) => Client): Client => {
    const sender = byClass.get(type);
    if (!sender) throw new Error(`${type.name}: the embedded runtime has no such service`);
    return sender as Client;
  };
}
