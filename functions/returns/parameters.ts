/** What a payer brings back from a channel: the parameters of the query, or of a form that the channel had posted. Pure. */
import type { RawRequest } from '../api/raw-request.ts';

/** More than any channel sends. What is larger, or more, is no return of a channel: nothing of it is read. */
const MAXIMUM_BYTES = 16_384;
const MAXIMUM_PARAMETERS = 50;

const FORM = /^application\/x-www-form-urlencoded(?:;|$)/i;

/** By name; of a name that is given twice the first, and of one in both places that of the query. */
export function parametersOf({
  query,
  headers,
  body,
}: Pick<RawRequest, 'query' | 'headers' | 'body'>): Readonly<Record<string, string>> {
  if (query.length + body.length > MAXIMUM_BYTES) return {};
  const form = FORM.test(headers['content-type'] ?? '') ? body.toString('utf8') : '';
  const given = [...new URLSearchParams(query), ...new URLSearchParams(form)];
  return given.length > MAXIMUM_PARAMETERS ? {} : Object.fromEntries(given.reverse());
}
