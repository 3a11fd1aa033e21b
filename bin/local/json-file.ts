/** JSON that a person gives in a file, or on standard input. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Failure } from './failure.ts';

/** What the file holds; `-` is standard input. Throws a Failure, which repeats nothing of the content. */
export async function jsonIn(file: string): Promise<unknown> {
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: Error) => {
    throw new Failure(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? error.message}`);
  });
  try {
    return JSON.parse(content);
  } catch {
    throw new Failure(`${file === '-' ? 'standard input' : file} is not JSON`);
  }
}
