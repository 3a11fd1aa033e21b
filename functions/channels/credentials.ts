/** The schema of the credentials of each channel, by its name, and what an account with them can do: for the function that adds accounts. */
import { alipayCredentials, canHold } from './alipay/credentials.ts';
import { known, named } from './port/by-name.ts';
import type { CredentialSchema } from './port/credentials.ts';
import { sandboxCredentials } from './sandbox/credentials.ts';
import { stripeCredentials } from './stripe/credentials.ts';
import { wechatpayCredentials } from './wechatpay/credentials.ts';

const BY_NAME: Readonly<Record<string, CredentialSchema>> = {
  sandbox: sandboxCredentials,
  stripe: stripeCredentials,
  alipay: alipayCredentials,
  wechatpay: wechatpayCredentials,
};

/** Throws for a name that is no channel. */
export const credentialsOf = (name: string): CredentialSchema => known(BY_NAME, name);

/** Channels that can hold an amount for those of their accounts alone whose credentials say so. */
const CAN_HOLD: Readonly<Record<string, (credentials: unknown) => boolean>> = {
  alipay: (credentials) => canHold(alipayCredentials.parse(credentials)),
};

/** Whether an account with these credentials captures each payment in one step although its channel can hold. They are as the schema has them. */
export const capturesAtOnce = (name: string, credentials: unknown): boolean =>
  named(CAN_HOLD, name)?.(credentials) === false;
