/** Characters as Stripe counts them: code points, not the UTF-16 units of a string's `length`. */

/** Whether a text has more than `maximum` characters. */
export const isLongerThan = (text: string, maximum: number): boolean =>
  text.length > maximum && Array.from(text).length > maximum;

/** The first `count` characters of a text. No character is cut in two. */
export const firstCharacters = (text: string, count: number): string =>
  text.length <= count ? text : Array.from(text).slice(0, count).join('');

/** Whether a text has half a surrogate pair, which is no character and has no form in UTF-8. */
export const hasHalfPair = (text: string): boolean => /\p{Surrogate}/u.test(text);
