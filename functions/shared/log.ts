/** One JSON line per event, by powertools; what identifies a person or a card is never a field, and a card number that strays into one is taken out. */
import { Logger } from '@aws-lambda-powertools/logger';

export type { Logger } from '@aws-lambda-powertools/logger';

/** The logger of one function, named as in lib/functions.json. */
export const logger = (serviceName: string): Logger =>
  new Logger({ serviceName, jsonReplacerFn: (_name, value) => safe(value) });

/** Of errors only what is meant for people: others of their members hold whole items of a table, or what was parsed. */
function safe(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(CANDIDATE, (found) => (isCardNumber(found) ? '[removed]' : found));
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause instanceof Error && { cause }) };
}

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
