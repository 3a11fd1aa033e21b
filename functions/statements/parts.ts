/**
 * The bytes of a statement in the bucket: in parts, each of which fits a call of a function. The key has the digest of the whole, which is compared each
 * time the parts are read to their end.
 */
import { createHash } from 'node:crypto';
import type { ChannelAccount } from '../channels/port/port.ts';
import type { Scope } from '../kernel/ids.ts';
import type { ByteFiles } from '../table/files.ts';

/** Bytes of one part: in base64, with the rest of the call, less than a function may be called with. */
export const PART_BYTES = 3 * 1024 * 1024;
/** Three gigabytes. */
export const MOST_PARTS = 1_000;

export interface StoredFile extends ChannelAccount {
  readonly scope: Scope;
  readonly sha256: string;
  readonly parts: number;
}

/** `part` counts from 1. Names of channels and accounts have no slash (channels/port). */
const partKey = ({ scope, channel, account, sha256 }: Omit<StoredFile, 'parts'>, part: number): string =>
  `statements/${scope}/${channel}/${account}/${sha256}/${part}`;

export const storePart = (
  files: Pick<ByteFiles, 'putBytes'>,
  of: Omit<StoredFile, 'parts'>,
  part: number,
  bytes: Uint8Array,
): Promise<void> => files.putBytes(partKey(of, part), bytes);

/** A part is missing, or the parts are not the file that its name says. */
export class PartsDiffer extends Error {
  override readonly name = 'PartsDiffer';
}

/**
 * The file's bytes, one part at a time.
 * @throws PartsDiffer at a part that is missing, and at the end where the digest is another
 */
export async function* bytesOf(files: Pick<ByteFiles, 'getBytes'>, file: StoredFile): AsyncGenerator<Uint8Array, void> {
  const hash = createHash('sha256');
  for (let part = 1; part <= file.parts; part++) {
    const bytes = await files.getBytes(partKey(file, part));
    if (bytes === undefined) throw new PartsDiffer(`part ${part} of the statement ${file.sha256} is not stored`);
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest('hex') !== file.sha256)
    throw new PartsDiffer(`the stored parts of the statement ${file.sha256} are not that file`);
}
