/**
 * One JSON line per event, by powertools. Nothing that identifies a person or a card is a field of a line. Card numbers, API keys, signing
 * secrets, client secrets and Authorization headers that stray into a line are removed, in every text and at every depth.
 */
import { Logger } from '@aws-lambda-powertools/logger';

export type { Logger } from '@aws-lambda-powertools/logger';

/** The logger of one function, named as in lib/functions.json. */
export const logger = (serviceName: string): Logger =>
  new Logger({ serviceName, jsonReplacerFn: (name, value) => safe(name, value) });

const REMOVED = '[removed]';

/** Members that hold a secret, whatever it looks like: headers, stored secrets, parameters of a card. */
const SECRET_MEMBER = /^(?:cvc|number)$|authorization|cookie|signature|password|secrets?$|secret_?key$|api_?keys?$/i;

/** Of errors only what is meant for people: others of their members hold whole items of a table, or what was parsed. */
function safe(member: string, value: unknown): unknown {
  if (value !== null && value !== undefined && SECRET_MEMBER.test(member)) return REMOVED;
  if (typeof value === 'string') return withoutSecrets(value);
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { name, message, stack, ...(cause !== undefined && { cause }) };
  }
  return isPlainObject(value) ? withSafeNames(value) : value;
}

/** The text without what would let its reader pay, charge, or act as somebody else. What is left says which kind of secret it was. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b((?:sk|rk|pk)_(?:test|live)_)[0-9A-Za-z]{4,}/g, `$1${REMOVED}`)
    .replace(/\bwhsec_[0-9A-Za-z+/=_-]+/g, `whsec_${REMOVED}`)
    .replace(/(_secret_)[0-9A-Za-z]+/g, `$1${REMOVED}`)
    .replace(
      /\b(authorization[\s"'\\]*(?:[:=]|,(?=\s*[["'\\]))[\s"'\\[]*)(?:(?:bearer|basic)\s+)?[^\s"'\\,;\]}]+/gi,
      `$1${REMOVED}`,
    )
    .replace(/\b(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${REMOVED}`)
    .replace(/\b(basic\s+)[\w+/=-]{16,}/gi, `$1${REMOVED}`)
    .replace(CANDIDATE, (found) => (isCardNumber(found) ? REMOVED : found));
}

/** The names of members are texts too: a map may have keys or ids for names. */
function withSafeNames(value: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(value);
  if (entries.every(([name]) => withoutSecrets(name) === name)) return value;
  return Object.fromEntries(entries.map(([name, member]) => [withoutSecrets(name), member]));
}

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** 12 to 19 digits, perhaps in groups, that no further digit adjoins. */
const CANDIDATE = /(?<![0-9])[0-9](?:[ -]?[0-9]){11,18}(?![0-9])/g;

/** Whether the last digit is right (Luhn, ISO/IEC 7812-1). */
function isCardNumber(found: string): boolean {
  const digits = found.replaceAll(/[^0-9]/g, '');
  let sum = 0;
  for (const [index, digit] of digits.split('').reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
