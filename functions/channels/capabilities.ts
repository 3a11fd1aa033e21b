/** What each channel can do and how long it takes, by its name: data, without the clients that `registry.ts` loads. */
import * as alipay from './alipay/capabilities.ts';
import { known } from './port/by-name.ts';
import type { Capabilities } from './port/capabilities.ts';
import type { DescribedChannel } from './port/lazily.ts';
import * as sandbox from './sandbox/capabilities.ts';
import * as stripe from './stripe/capabilities.ts';
import * as wechatpay from './wechatpay/capabilities.ts';

const BY_NAME: Readonly<Record<string, DescribedChannel>> = {
  sandbox: { capabilities: sandbox.CAPABILITIES, timing: sandbox.TIMING },
  stripe: { capabilities: stripe.CAPABILITIES, timing: stripe.TIMING },
  alipay: { capabilities: alipay.CAPABILITIES, timing: alipay.TIMING },
  wechatpay: { capabilities: wechatpay.CAPABILITIES, timing: wechatpay.TIMING },
};

/** The names of the channels. */
export const CHANNELS: readonly string[] = Object.keys(BY_NAME);

/** Those that have hosts of their own: the sandbox is where the stack has it. */
export const WITH_HOSTS = CHANNELS.filter((name) => name !== 'sandbox');

/** Capabilities and timing of a channel. Throws for a name that is no channel. */
export const described = (name: string): DescribedChannel => known(BY_NAME, name);

/** Throws for a name that is no channel. */
export const capabilitiesOfChannel = (name: string): Capabilities => described(name).capabilities;

export const isChannel = (name: string): boolean => Object.hasOwn(BY_NAME, name);
