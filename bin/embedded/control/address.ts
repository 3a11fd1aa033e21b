/** The address of a socket file: systems take about a hundred bytes, so a file below the working directory is named from there. */
import { relative } from 'node:path';

export function addressOf(socket: string): string {
  const near = relative(process.cwd(), socket);
  return near.length < socket.length ? near : socket;
}
