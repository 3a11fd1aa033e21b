/** The address of a socket file: systems take about a hundred bytes, so a file below the working directory is named from there. */
import { relative } from 'node:path';
import { Failure } from '../../local/failure.ts';

/** What every system takes: macOS has the least. */
const MOST_BYTES = 103;

export function addressOf(socket: string): string {
  const near = relative(process.cwd(), socket);
  const address = near.length < socket.length ? near : socket;
  if (Buffer.byteLength(address) > MOST_BYTES)
    throw new Failure(
      `${socket}: a socket file's path has ${MOST_BYTES} bytes at most. Name a directory with a shorter path.`,
    );
  return address;
}
