/** The disk that a durable store waits for, and what a store takes on it. */
import { closeSync, fdatasyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { percentile } from './statistics.ts';

/** About what a group of commits appends to the write-ahead log. */
const APPENDED = Buffer.alloc(8192, 1);
const SYNCS = 300;

/** Milliseconds that an append of 8 KB and its fdatasync take in this folder, one after the other. */
export function syncMs(folder: string, syncs = SYNCS): { readonly p50: number; readonly p95: number } {
  const file = join(folder, 'fdatasync');
  const descriptor = openSync(file, 'w');
  try {
    const samples = Array.from({ length: syncs }, () => {
      const startMs = performance.now();
      writeSync(descriptor, APPENDED);
      fdatasyncSync(descriptor);
      return performance.now() - startMs;
    });
    return { p50: percentile(samples, 0.5), p95: percentile(samples, 0.95) };
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}

export interface StoreSize {
  /** Of the file, in bytes: it does not shrink. */
  readonly file: number;
  /** Of the pages that hold something, in bytes. The others are used again. */
  readonly used: number;
}

const HEADER_BYTES = 100;

/** From the first 100 bytes of an SQLite file that no process has open (https://sqlite.org/fileformat2.html#the_database_header). */
export function sizeIn(header: Buffer): StoreSize {
  if (header.toString('latin1', 0, 15) !== 'SQLite format 3') throw new Error('not the header of an SQLite file');
  const given = header.readUInt16BE(16);
  // 65,536 does not fit.
  const pageBytes = given === 1 ? 65_536 : given;
  const pages = header.readUInt32BE(28);
  return { file: pages * pageBytes, used: (pages - header.readUInt32BE(36)) * pageBytes };
}

export function sizeOf(file: string): StoreSize {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return sizeIn(header);
}
