/** What the clients of channels are made with, in every function that calls one. */
import { addressesFor } from '../channels/addresses.ts';
import type { ReadCredentials } from '../channels/port/credentials.ts';
import type { ChannelsDeps } from '../channels/registry.ts';
import type { Platform } from './platform.ts';

export const channelsDeps = (
  { http, clock, random, env }: Pick<Platform, 'http' | 'clock' | 'random' | 'env'>,
  credentials: ReadCredentials,
): ChannelsDeps => ({
  http,
  credentials,
  nowMs: () => clock.nowMs(),
  random,
  callbackUrl: ({ channel, account }) => `${env.PUBLIC_URL!}/v1/channels/${channel}/callbacks/${account}`,
  sandboxUrl: env.SANDBOX_URL!,
  baseUrls: addressesFor(env),
});
