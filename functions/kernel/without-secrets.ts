/** Texts without secrets: what a log line may hold of what a client or a service has written. */

export const REMOVED = '[removed]';

/** A space and an underscore, as they are and as an address has them. */
const SPACE = String.raw`(?:\s|\+|%20)`;
const LINE = '(?:_|%5f)';

/**
 * Of each kind, what stays and what is removed. No kind asks for a word boundary: before a secret may stand the end of an escape, as in
 * `%3Dsk_live_…` or `\nsk_live_…`.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`((?:sk|rk|pk)${LINE}(?:test|live)${LINE})[0-9A-Za-z]{4,}`, 'gi'), `$1${REMOVED}`],
  [new RegExp(`(whsec${LINE})[0-9A-Za-z+/=_%-]+`, 'gi'), `$1${REMOVED}`],
  [new RegExp(`(${LINE}secret${LINE})[0-9A-Za-z]+`, 'gi'), `$1${REMOVED}`],
  // Schemes with parameters, as AWS and Digest have them.
  [/(authorization[\s"'\\]*[:=][\s"'\\]*(?:aws4-[\w-]+|digest)\s)[^"'\\\r\n}]+/gi, `$1${REMOVED}`],
  [
    /\b(authorization[\s"'\\]*(?:[:=]|,(?=\s*[["'\\]))[\s"'\\[]*)(?!aws4-|digest\s)(?:(?:bearer|basic)\s+)?[^\s"'\\,;\]}]+/gi,
    `$1${REMOVED}`,
  ],
  [new RegExp(`(bearer${SPACE}+)[\\w.~+/=-]{8,}`, 'gi'), `$1${REMOVED}`],
  [new RegExp(`(basic${SPACE}+)[\\w+/=-]{16,}`, 'gi'), `$1${REMOVED}`],
  // AWS repeats the signed request, with the token of the function's role, where a signature is wrong.
  [/(security-?token[\s"'\\]*[:=][\s"'\\]*)[\w+/=%-]{16,}/gi, `$1${REMOVED}`],
  // A user name and a password in an address.
  [/(:\/\/)[^\s/?#@"'\\]+@/g, `$1${REMOVED}@`],
];

/** The text without secrets that would let its reader pay, charge, or act as another user. A marker names the kind of each removed secret. */
export const withoutSecrets = (text: string): string =>
  SECRETS.reduce((rest, [secret, put]) => rest.replace(secret, put), text).replace(DIGITS, withoutCards);

/** At least 12 digits, perhaps in groups. */
const DIGITS = /[0-9](?:(?:[ \u00a0+-]|%20)?[0-9]){11,}/g;

/** The digits without each card number that fills some of the groups: beside it may stand its expiry, its code, or a number of something else. */
function withoutCards(digits: string): string {
  // Between two groups stands what separates them.
  const groups = digits.split(/([ \u00a0+-]|%20)/);
  const kept: string[] = [];
  for (let from = 0; from < groups.length; from += 2) {
    const to = endOfCard(groups, from);
    kept.push(to === undefined ? groups[from]! : REMOVED, groups[(to ?? from) + 1] ?? '');
    from = to ?? from;
  }
  return kept.join('');
}

/** Where the longest card number ends that begins with this group. */
function endOfCard(groups: readonly string[], from: number): number | undefined {
  let number = '';
  let found: number | undefined;
  for (let to = from; to < groups.length && number.length < 19; to += 2) {
    number += groups[to]!;
    if (number.length >= 12 && number.length <= 19 && hasCheckDigit(number)) found = to;
  }
  return found;
}

/** Whether the last digit is right (Luhn, ISO/IEC 7812-1). A client chooses how many digits there are: this makes no copies. */
function hasCheckDigit(number: string): boolean {
  let sum = 0;
  for (let place = 0; place < number.length; place++) {
    const digit = number.charCodeAt(number.length - 1 - place) - 48;
    const value = place % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
