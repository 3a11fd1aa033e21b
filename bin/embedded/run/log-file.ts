/** The file of the log's lines, and one older file beside it. A line may be lost in a crash: what matters is in the store. */
import { createWriteStream, openSync, renameSync, statSync, type WriteStream } from 'node:fs';

export interface LogFile {
  readonly write: (line: string) => void;
  end(): Promise<void>;
}

const MOST_BYTES = 64 * 1024 * 1024;
/** Lines are written together so much later: a write of a line costs more than the line. */
const TOGETHER_MS = 25;

/** Appends to the file; without one, lines are dropped. A file longer than `mostBytes` becomes `<path>.1`, in place of the one before it. */
export function logFile(path: string | undefined, mostBytes = MOST_BYTES): LogFile {
  if (path === undefined) return { write: () => {}, end: async () => {} };
  let stream = openStream(path);
  let bytes = sizeOf(path);
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    stream.write(lines);
    lines = '';
  };
  return {
    write(line) {
      if (bytes > mostBytes) {
        flush();
        stream = next(stream, path);
        bytes = 0;
      }
      bytes += Buffer.byteLength(line) + 1;
      lines += `${line}\n`;
      timer ??= setTimeout(flush, TOGETHER_MS);
    },
    end() {
      flush();
      return new Promise((resolve) => stream.end(resolve));
    },
  };
}

/** Opened at once: a file that is moved aside must be there. Throws where the folder cannot be written. */
function openStream(path: string): WriteStream {
  const stream = createWriteStream(path, { fd: openSync(path, 'a', 0o600) });
  // A full disk or a removed folder costs the log, not the stack.
  stream.on('error', () => {});
  return stream;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What the stream still has to write goes to its file, whatever the name of that is by then. */
function next(stream: WriteStream, path: string): WriteStream {
  try {
    renameSync(path, `${path}.1`);
    const fresh = openStream(path);
    stream.end();
    return fresh;
  } catch {
    // It goes on growing, and the next try comes after as many bytes.
    return stream;
  }
}
