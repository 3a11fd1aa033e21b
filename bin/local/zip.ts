/** A zip file of one entry: all that Lambda needs as code. */
import { crc32, deflateRawSync } from 'node:zlib';

const VERSION = 20;
const DEFLATED = 8;
/** 1 January 1980, the first that the format can express: the same content gives the same bytes. */
const DATE = 0x21;
const MADE_ON_UNIX = 3 << 8;
const READABLE_FILE = (0o100644 << 16) >>> 0;

/** The archive that holds `content` under `name` (APPNOTE.TXT 4.3: local header, central directory, end record). */
export function zipOf(name: string, content: Buffer): Buffer {
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

  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, packed]);
  const version = Buffer.alloc(2);
  version.writeUInt16LE(MADE_ON_UNIX | VERSION);
  const attributes = Buffer.alloc(14);
  attributes.writeUInt32LE(READABLE_FILE, 6);
  const central = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), version, common, attributes, path]);
  const last = Buffer.alloc(18);
  last.writeUInt16LE(1, 4);
  last.writeUInt16LE(1, 6);
  last.writeUInt32LE(central.length, 8);
  last.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06', 'latin1'), last]);
}
