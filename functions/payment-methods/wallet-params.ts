/** What a request says of wallets: payment method types and their options, as Stripe takes them. */
import { isIP } from 'node:net';
import * as z from 'zod/mini';
import { redacted } from '../api/errors.ts';
import { METHOD_TYPES, WALLET_CLIENTS } from '../channels/port/instrument.ts';

/** The types that a payment may be paid with. An empty list says nothing. */
export const methodTypes = z.optional(
  z.array(
    z.string().check(
      z.refine((type) => (METHOD_TYPES as readonly string[]).includes(type), {
        error: ({ input }) =>
          `The payment method type "${redacted(input as string)}" is invalid. This account takes payment methods of the following types: ${METHOD_TYPES.join(', ')}.`,
      }),
    ),
  ),
);

/** Types that are not to be offered: any that Stripe knows, also those that are never offered here. */
export const excludedTypes = z
  .array(z.string().check(z.regex(/^[a-z0-9_]{1,50}$/, { error: 'Invalid payment method type' })))
  .check(z.maxLength(100));

/** The same for a payment that has such a list; an empty string takes it away. */
export const changedExcludedTypes = z.optional(z.union([z.literal(''), excludedTypes]));

/** What a request says of a wallet beside its type: nothing. */
const empty = z.optional(z.strictObject({}));
export const emptyMembers = { alipay: empty, wechat_pay: empty, paypal: empty };

/** Stripe keeps some wallets for later payments, and no channel does here (ADR 0033). */
const notKept = z.optional(
  z.enum(['', 'none', 'off_session']).check(
    z.refine((usage) => usage !== 'off_session', {
      error: 'The payer approves each payment by wallet: no channel of this account keeps a wallet for later payments.',
    }),
  ),
);

const LOCALES =
  'cs-CZ da-DK de-AT de-DE de-LU el-GR en-GB en-US es-ES fi-FI fr-BE fr-FR fr-LU hu-HU it-IT nl-BE nl-NL pl-PL pt-PT sk-SK sv-SE';

/** As WeChat issues them: `wx` and 16 characters. A little more is taken, so that their form may change. */
const appId = z.string().check(z.regex(/^[0-9A-Za-z_-]{0,32}$/));
const openid = z.string().check(z.regex(/^[0-9A-Za-z_-]{0,128}$/));
const ipAddress = z.string().check(
  z.maxLength(45),
  z.refine((text) => text === '' || isIP(text) > 0, { error: 'Invalid IP address' }),
);

/**
 * `payment_method_options` of the wallets. Stripe lacks these: `client` of Alipay, the client `mobile_web`, and `openid` and `ip_address` of WeChat Pay. Without
 * them the channels cannot start the wallet on a phone.
 */
export const walletOptions = {
  alipay: z.optional(
    z.strictObject({
      client: z.optional(z.enum(['', 'web', 'mobile_web', 'ios', 'android'])),
      setup_future_usage: notKept,
    }),
  ),
  wechat_pay: z.optional(
    z.strictObject({
      app_id: z.optional(appId),
      client: z.optional(z.enum(['', ...WALLET_CLIENTS])),
      ip_address: z.optional(ipAddress),
      openid: z.optional(openid),
      setup_future_usage: notKept,
    }),
  ),
  paypal: z.optional(
    z.strictObject({
      capture_method: z.optional(z.enum(['', 'manual'])),
      preferred_locale: z.optional(z.enum(['', ...LOCALES.split(' ')])),
      reference: z.optional(z.string().check(z.maxLength(127))),
      setup_future_usage: notKept,
    }),
  ),
};
const all = z.strictObject(walletOptions);
export type WalletOptionParams = z.infer<typeof all>;
