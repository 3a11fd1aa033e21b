/** Takes card numbers out of whatever comes back from a channel. Pure. */
import cardValidator from 'card-validator';

/** 12 to 19 digits, perhaps in groups, that no further digit adjoins. */
const CANDIDATE = /(?<![0-9])[0-9](?:[ -]?[0-9]){11,18}(?![0-9])/g;
const REMOVED = '[removed]';

const isCard = (found: string): boolean =>
  cardValidator.number(found.replace(/[ -]/g, ''), { luhnValidateUnionPay: true }).isValid;

/** `text` without `number`, and without anything else that is a valid card number. */
export const scrubText = (text: string, number: string): string =>
  text.replaceAll(number, REMOVED).replace(CANDIDATE, (found) => (isCard(found) ? REMOVED : found));

/** `value` with every string in it scrubbed, as deep as it goes. */
export const scrub = <T>(value: T, number: string): T => scrubbed(value, number) as T;

function scrubbed(value: unknown, number: string): unknown {
  if (typeof value === 'string') return scrubText(value, number);
  if (Array.isArray(value)) return value.map((member) => scrubbed(member, number));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, scrubbed(member, number)]));
}
