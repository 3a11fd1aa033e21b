/** The common part of the parameters of card payments. */
import * as z from 'zod/mini';
import { invalidParameter } from '../api/errors.ts';
import { type Currency, maximumOf, stepOf } from '../kernel/money.ts';

/** Where only cards are taken: naming any other type is refused, naming none is the same as naming cards. */
export const cardOnly = z.optional(z.array(z.enum(['card'])));

/**
 * What becomes of the card after this payment: the card's own option goes before the general one, and both may say that nothing does (null).
 * Undefined where neither says anything.
 */
export function usageOf(
  own: '' | 'none' | 'on_session' | 'off_session' | undefined,
  general: '' | 'on_session' | 'off_session' | undefined,
): 'on_session' | 'off_session' | null | undefined {
  const usage = own ?? general;
  return usage === '' || usage === 'none' ? null : usage;
}

/**
 * Schemes that a browser runs or reserves, that read files from the payer's machine or from a server, or that write or call a person.
 * Every other one is a site's or an app's.
 */
const NO_SHOP =
  /^(?:javascript|data|vbscript|blob|about|view-source|chrome|resource|file|filesystem|ftps?|sftp|tftp|smb|cifs|nfs|afp|ldaps?|telnet|gopher|dict|wss?|mailto|tel|sms):/i;

/** The address of a site or of an app, without a user name and a password. Its length is that of its ASCII form, which headers carry. */
export const returnUrl = z.string().check(
  z.refine((value) => /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value) && !NO_SHOP.test(value) && isBareAddress(value), {
    error: 'Not a valid URL',
    params: { code: 'url_invalid' },
  }),
);

/** An `@` before the path is refused by itself: programs disagree about which host `https://a\@b` and `https://@b` name. */
function isBareAddress(value: string): boolean {
  if (/^[^:]*:\/\/[^/?#]*@/.test(value) || !URL.canParse(value)) return false;
  const { href, username, password } = new URL(value);
  return href.length <= 2_000 && username === '' && password === '';
}

/** What a statement may print after the merchant's name (docs.stripe.com: one letter, none of < > \ ' " *). */
export const descriptorSuffix = z.string().check(
  z.refine((value) => value === '' || (value.length <= 22 && /[A-Za-z]/.test(value) && !/[<>\\'"*]/.test(value)), {
    error: `The statement descriptor must have 1 to 22 characters, at least one letter, and none of < > \\ ' " *.`,
  }),
);

/** @throws 400 amount_too_large above the currency's largest amount */
export function assertLargest(value: bigint, inCurrency: Currency, param: string): void {
  const largest = maximumOf(inCurrency);
  if (value <= largest) return;
  throw invalidParameter(`Amount must be no more than ${largest}`, { code: 'amount_too_large', param });
}

/** @throws 400 for the last mill: amounts of three-decimal currencies end in 0, of ISK and UGX in 00 (docs.stripe.com/currencies) */
export function assertMills(value: bigint, inCurrency: Currency, param: string): void {
  const step = stepOf(inCurrency);
  if (value % step === 0n) return;
  throw invalidParameter(`Amounts in ${inCurrency} must end in ${String(step).slice(1)}.`, {
    code: 'parameter_invalid_integer',
    param,
  });
}

/** 400: a card number where the vault does not receive it. */
export const cardNumberRefused = (param: string) =>
  invalidParameter(
    'Sending credit card numbers directly to the API is generally unsafe. Create a PaymentMethod first, or use test tokens that map to the test card you are using, see https://stripe.com/docs/testing.',
    { param },
  );
