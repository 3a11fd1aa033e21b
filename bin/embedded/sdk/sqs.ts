/** Of @aws-sdk/client-sqs. */
import { Client, Command, ServiceException } from './parts.ts';

export class SQSClient extends Client {}
export class SendMessageCommand extends Command<object> {}
export class SendMessageBatchCommand extends Command<object> {}
export class SQSServiceException extends ServiceException {
  constructor(given: { readonly message: string; readonly name?: string }) {
    super(given);
    this.name = given.name ?? this.name;
  }
}
export class BatchEntryIdsNotDistinct extends ServiceException {}
export class BatchRequestTooLong extends ServiceException {}
export class EmptyBatchRequest extends ServiceException {}
export class QueueDoesNotExist extends ServiceException {}
export class TooManyEntriesInBatchRequest extends ServiceException {}
