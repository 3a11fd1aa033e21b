/** The file of the log's lines. A line may be lost in a crash: what matters is in the store. */
import { createWriteStream } from 'node:fs';

export interface LogFile {
  readonly write: (line: string) => void;
  end(): Promise<void>;
}

/** Appends to the file; without one, lines are dropped. */
export function logFile(path: string | undefined): LogFile {
  if (path === undefined) return { write: () => {}, end: async () => {} };
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A full disk or a removed folder costs the log, not the stack.
  stream.on('error', () => {});
  return {
    write: (line) => void stream.write(`${line}\n`),
    end: () => new Promise((resolve) => stream.end(resolve)),
  };
}
