import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../../../bin/local/zip.ts';

/** The files of an archive, found as a reader finds them: by way of the end record and the central directory. */
function unzipped(zip: Buffer): Record<string, string> {
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  const found: Record<string, string> = {};
  let at = zip.readUInt32LE(end + 16);
  expect(zip.readUInt32LE(end + 12)).toBe(end - at);
  for (let entry = 0; entry < zip.readUInt16LE(end + 10); entry++) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [packedBytes, bytes, nameBytes] = [
      zip.readUInt32LE(at + 20),
      zip.readUInt32LE(at + 24),
      zip.readUInt16LE(at + 28),
    ];
    const name = zip.toString('latin1', at + 46, at + 46 + nameBytes);
    const local = zip.readUInt32LE(at + 42);
    expect(zip.readUInt32LE(local)).toBe(0x04034b50);
    expect(zip.toString('latin1', local + 30, local + 30 + nameBytes)).toBe(name);
    const content = inflateRawSync(zip.subarray(local + 30 + nameBytes, local + 30 + nameBytes + packedBytes));
    expect(content.length).toBe(bytes);
    found[name] = content.toString();
    at += 46 + nameBytes;
  }
  expect(at).toBe(end);
  return found;
}

describe('zip', () => {
  it.each([
    [{ 'index.mjs': 'export const handler = 1;' }],
    [{ 'index.mjs': "import('./chunk-A.mjs');", 'chunk-A.mjs': 'export {};'.repeat(100), 'chunk-B.mjs': '' }],
  ])('zip: holds each content under its name', (files) => {
    const zip = zipOf(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));

    expect(unzipped(zip)).toEqual(files);
  });

  it('zip: the same content gives the same bytes', () => {
    expect(zipOf({ a: Buffer.from('x') }).equals(zipOf({ a: Buffer.from('x') }))).toBe(true);
  });
});
