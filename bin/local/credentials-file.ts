/** Credentials of an account at a channel, as an operator hands them over: JSON in a file or on standard input. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Failure } from './failure.ts';

/**
 * The credentials in a file, or on standard input for `-`.
 * @throws Failure that repeats nothing of what it read
 */
export async function readCredentials(from: string): Promise<object> {
  const name = from === '-' ? 'standard input' : from;
  const content = await (from === '-' ? text(process.stdin) : readFile(from, 'utf8')).catch((error: unknown) => {
    const { code = 'it cannot be read' } = error as { readonly code?: string };
    throw new Failure(`credentials: ${name}: ${code}`);
  });
  const credentials = parsed(content);
  if (typeof credentials !== 'object' || credentials === null || Array.isArray(credentials))
    throw new Failure(`credentials: ${name} is not a JSON object`);
  return credentials;
}

/** What a parser says of broken JSON may quote it. */
function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
