/** A statement is booked in constant memory: twenty times the lines fit the same small heap. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
/** Megabytes; a list of the lines of the large file alone would be several times as large. */
const HEAP_MB = 32;

async function booked(lines: number): Promise<{ status: string; read: number }> {
  const program = ['--import', 'tsx', 'test/world/statement-child.ts', String(lines)];
  const { stdout } = await run(process.execPath, [`--max-old-space-size=${HEAP_MB}`, ...program]);
  return JSON.parse(stdout) as { status: string; read: number };
}

it('10,000 lines and 200,000 lines need the same heap', { timeout: 180_000 }, async () => {
  const [small, large] = [await booked(10_000), await booked(200_000)];

  expect([small.status, small.read, large.status, large.read]).toEqual(['booked', 10_000, 'booked', 200_000]);
});
