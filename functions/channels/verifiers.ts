/** How each channel calls back, by its name: signatures only, so the function behind the callbacks holds all of them and no client. */
import { alipayCallbacks } from './alipay/callback.ts';
import { named } from './port/by-name.ts';
import type { Callbacks } from './port/callback.ts';
import { sandboxCallbacks } from './sandbox/callback.ts';
import { stripeCallbacks } from './stripe/callback.ts';
import { wechatpayCallbacks } from './wechatpay/callback.ts';

const BY_NAME: Readonly<Record<string, Callbacks>> = {
  sandbox: sandboxCallbacks,
  stripe: stripeCallbacks,
  alipay: alipayCallbacks,
  wechatpay: wechatpayCallbacks,
};

/** How a channel calls back, or undefined when there is no such channel. */
export const callbacksOf = (name: string): Callbacks | undefined => named(BY_NAME, name);
