/** Credentials of an account at Stripe: the secret key of one environment, and the secrets of its webhook endpoint. */
import * as z from 'zod/mini';

const webhookSecret = z.string().check(z.regex(/^whsec_[!-~]{6,200}$/));
/** Two while one is rolled: Stripe signs with both for up to a day. */
const webhookSecrets = z.array(webhookSecret).check(z.minLength(1), z.maxLength(2));
const environment = z.enum(['test', 'live']);
/** A connected account. Absent: the account that the key belongs to. */
const account = z.optional(z.string().check(z.regex(/^acct_[0-9A-Za-z]{1,60}$/)));
/** The shortened descriptor of the account, as the Dashboard has it: without it no suffix is sent, for the two together must fit 22 characters. */
const statementPrefix = z.optional(z.string().check(z.regex(/^[A-Za-z0-9 .,&-]{2,10}$/)));

const KEY = /^(?:sk|rk)_(test|live)_[0-9A-Za-z_]{10,240}$/;

export const stripeCredentials = z
  .strictObject({
    environment,
    secretKey: z.string().check(z.regex(KEY)),
    webhookSecrets,
    account,
    statementPrefix,
  })
  .check(
    z.refine(({ secretKey, environment: chosen }) => KEY.exec(secretKey)?.[1] === chosen, {
      path: ['secretKey'],
      error: 'the key is of the other environment',
    }),
  );
export type StripeCredentials = z.infer<typeof stripeCredentials>;

/** The part of them that verifies callbacks. */
export const stripeMaterial = z.object({ environment, webhookSecrets, account });
export type StripeMaterial = z.infer<typeof stripeMaterial>;
