/** The schema of the credentials of each channel, by its name: for the function that adds accounts. */
import { alipayCredentials } from './alipay/credentials.ts';
import { known } from './port/by-name.ts';
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
