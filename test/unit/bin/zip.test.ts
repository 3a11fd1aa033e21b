import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../../../bin/local/zip.ts';

describe('zip', () => {
  it('zip: holds the content under the name, found by way of the end record', () => {
    const zip = zipOf('index.mjs', Buffer.from('export const handler = 1;'));

    const end = zip.length - 22;
    expect(zip.readUInt32LE(end)).toBe(0x06054b50);
    const central = zip.readUInt32LE(end + 16);
    expect(zip.readUInt32LE(central)).toBe(0x02014b50);
    expect(zip.readUInt32LE(end + 12)).toBe(end - central);
    expect(zip.toString('latin1', central + 46, central + 55)).toBe('index.mjs');
    expect(zip.readUInt32LE(central + 42)).toBe(0);
    expect(zip.readUInt32LE(0)).toBe(0x04034b50);
    const packed = zip.subarray(30 + 9, central);
    expect(zip.readUInt32LE(18)).toBe(packed.length);
    expect(inflateRawSync(packed).toString()).toBe('export const handler = 1;');
  });

  it('zip: the same content gives the same bytes', () => {
    expect(zipOf('a', Buffer.from('x')).equals(zipOf('a', Buffer.from('x')))).toBe(true);
  });
});
