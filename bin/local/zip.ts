/** A zip file of a few files: all that Lambda needs as code. */
import { crc32, deflateRawSync } from 'node:zlib';

const VERSION = 20;
const DEFLATED = 8;
/** 1 January 1980, the first that the format can express: the same content gives the same bytes. */
const DATE = 0x21;
const MADE_ON_UNIX = 3 << 8;
const READABLE_FILE = (0o100644 << 16) >>> 0;

/** The archive that holds these files by their names (APPNOTE.TXT 4.3: local headers, central directory, end record). */
export function zipOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const { local, central } = entryOf(name, content, offset);
    locals.push(local);
    directory.push(central);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const last = Buffer.alloc(18);
  last.writeUInt16LE(locals.length, 4);
  last.writeUInt16LE(locals.length, 6);
  last.writeUInt32LE(central.length, 8);
  last.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06', 'latin1'), last]);
}

/** `offset`: where the local header is in the archive. */
function entryOf(name: string, content: Buffer, offset: number): { readonly local: Buffer; readonly central: Buffer } {
  const path = Buffer.from(name);
  const packed = deflateRawSync(content, { level: 9 });
  const common = Buffer.alloc(26);
  common.writeUInt16LE(VERSION, 0);
  common.writeUInt16LE(DEFLATED, 4);
  common.writeUInt16LE(DATE, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(path.length, 22);

  const version = Buffer.alloc(2);
  version.writeUInt16LE(MADE_ON_UNIX | VERSION);
  const attributes = Buffer.alloc(14);
  attributes.writeUInt32LE(READABLE_FILE, 6);
  attributes.writeUInt32LE(offset, 10);
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, packed]),
    central: Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), version, common, attributes, path]),
  };
}
