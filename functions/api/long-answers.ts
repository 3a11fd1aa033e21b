/** Answers that are too long to be given. */
import { invalidParameter } from './errors.ts';

/** Lambda hands over 6 MB, in which the answer stands as a string: its quotes and line ends are escaped once more. */
const LONGEST_ANSWER = 6_000_000;
/** Of one UTF-16 unit no more bytes can come of it. */
const BYTES_PER_UNIT = 3;

/**
 * The response, or the `unexpanded` one of a request that wrote something. A completed write is never reported as refused, and its client can
 * retrieve the expansions.
 * @throws 400 for a page that is too long: because of its objects, or of their expansions
 */
export function withinSizeLimit(text: string, unexpanded?: () => string): string {
  if (fits(text)) return text;
  if (unexpanded) return unexpanded();
  throw invalidParameter(
    'These objects are more than the 6 MB that an answer may have: ask for fewer with `limit`, or expand less.',
    {
      param: 'limit',
    },
  );
}

const fits = (text: string): boolean =>
  text.length * BYTES_PER_UNIT < LONGEST_ANSWER || Buffer.byteLength(JSON.stringify(text)) < LONGEST_ANSWER;
