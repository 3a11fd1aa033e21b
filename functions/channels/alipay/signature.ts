/**
 * RSA2, the signature of Alipay's V2 gateway: SHA256withRSA in base64 over sorted `name=value` pairs, or over a part of an answer as it was sent. Pure.
 * @see alipay-sdk 4.14 (util.ts, alipay.ts); opendocs.alipay.com/common/02kf5q
 */
import { type KeyObject, sign, verify } from 'node:crypto';

/** What the signature of a request covers: every parameter, by name, without any encoding. */
export const contentOf = (parameters: Readonly<Record<string, string>>): string =>
  Object.keys(parameters)
    .sort()
    .map((name) => `${name}=${parameters[name]}`)
    .join('&');

export const signed = (content: string, key: KeyObject): string =>
  sign('RSA-SHA256', Buffer.from(content), key).toString('base64');

/** Whether one of the keys made the signature. One that is not base64 in its only spelling is none. */
export function isSigned(content: Uint8Array, signature: string, keys: readonly KeyObject[]): boolean {
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== signature) return false;
  return keys.some((key) => verify('RSA-SHA256', content, key, bytes));
}

/**
 * The members of a JSON object as they were sent, by name. The signature of an answer covers such a text, so it is never made again from what was
 * parsed. Undefined: no JSON object, or one that has a name twice.
 */
export function rawMembers(text: string): ReadonlyMap<string, string> | undefined {
  if (!isJson(text)) return undefined;
  const members = new Map<string, string>();
  let [depth, name, from] = [0, '', 0];
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && from === 0) {
        name = JSON.parse(text.slice(at, end + 1)) as string;
        from = text.indexOf(':', end) + 1;
        at = from - 1;
      } else at = end;
      continue;
    }
    if (sign === '{' || sign === '[') depth++;
    const ends = depth === 1 && (sign === ',' || sign === '}') && from > 0;
    if (ends) {
      if (members.has(name)) return undefined;
      members.set(name, text.slice(from, at).trim());
      from = 0;
    }
    if (sign === '}' || sign === ']') depth--;
  }
  return members;
}

function isJson(text: string): boolean {
  try {
    return text.trimStart().startsWith('{') && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** Where the string that begins at `from` ends, in valid JSON. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
