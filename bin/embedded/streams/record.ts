/** How a function receives changes of the table. */
import type { Images } from '../../../functions/table/stream.ts';
import type { ChangeRecord } from '../table/changes.ts';

/**
 * A record of a stream as functions get it here. It carries its images as items, decoded once for all consumers, where Lambda has attribute
 * values (`NewImage`, `OldImage`, `Keys`). `imagesOf` of the platform reads them. Every consumer gets the same values: none may change them.
 */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventSource: 'aws:dynamodb';
  readonly eventSourceARN: string;
  readonly dynamodb: { readonly ApproximateCreationDateTime: number; readonly SequenceNumber: string };
  readonly images: Images;
}

export const eventOf = (
  streamArn: string,
  changes: readonly ChangeRecord[],
): { readonly Records: readonly StreamRecord[] } => ({
  Records: changes.map((change) => ({
    eventID: change.sequence.toString(16),
    eventName: nameOf(change),
    eventSource: 'aws:dynamodb',
    eventSourceARN: streamArn,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(change.ms / 1000),
      SequenceNumber: String(change.sequence),
    },
    images: change,
  })),
});

function nameOf({ old, new: now }: Images): StreamRecord['eventName'] {
  if (!now) return 'REMOVE';
  return old ? 'MODIFY' : 'INSERT';
}

/** The images of a record that this runtime made: `imagesOf` of its platform. */
export function imagesOf(record: object): Images {
  if (!('images' in record)) throw new Error('streams: a record without images is not known here');
  return record.images as Images;
}
