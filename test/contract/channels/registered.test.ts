/** The channels as functions have them: loaded at the first call, and on a stack on this machine with a simulator in place of their hosts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { WITH_HOSTS } from '../../../functions/channels/capabilities.ts';
import { credentialsOf } from '../../../functions/channels/credentials.ts';
import { channelClients } from '../../../functions/channels/registry.ts';
import { callbacksOf } from '../../../functions/channels/verifiers.ts';
import { channelsDeps } from '../../../functions/entries/channels.ts';
import { systemClock, systemRandom } from '../../../functions/kernel/clock.ts';
import { type HttpClient, httpClient } from '../../../functions/kernel/http-client.ts';
import { alipayUnderTest } from '../../simulators/alipay/under-test.ts';
import { stripeUnderTest } from '../../simulators/stripe/under-test.ts';
import { credentialsFor } from '../../simulators/wechatpay/running.ts';
import { wechatpayUnderTest } from '../../simulators/wechatpay/under-test.ts';

interface Simulated {
  readonly address: string;
  readonly credentials: object;
  readonly nowMs: () => number;
  readonly close: () => Promise<void>;
}

const SIMULATED: Readonly<Record<string, () => Promise<Simulated>>> = {
  stripe: async () => {
    const { simulator, clock, close } = await stripeUnderTest();
    const { url: address, secretKey, secrets: webhookSecrets } = simulator;
    return {
      address,
      credentials: { environment: 'test', secretKey, webhookSecrets },
      nowMs: () => clock.nowMs(),
      close,
    };
  },
  alipay: async () => {
    const { simulator, credentials, clock, close } = await alipayUnderTest();
    return { address: simulator.baseUrl, credentials, nowMs: () => clock.nowMs(), close };
  },
  wechatpay: async () => {
    const { simulator, clock, close } = await wechatpayUnderTest();
    const credentials = credentialsFor(simulator.parties, 'certificates');
    return { address: simulator.url, credentials, nowMs: () => clock.nowMs(), close };
  },
};

it('each channel that has hosts of its own is simulated', () => {
  expect(Object.keys(SIMULATED).sort()).toEqual([...WITH_HOSTS].sort());
});

describe.each(Object.entries(SIMULATED))('%s', (channel, start) => {
  let simulated: Simulated;
  beforeAll(async () => {
    simulated = await start();
  });
  afterAll(() => simulated.close());

  const account = { channel, account: 'main' };
  const clientOn = (env: Record<string, string>, http: HttpClient) => {
    const platform = {
      http,
      clock: { ...systemClock, nowMs: simulated.nowMs },
      random: systemRandom,
      env: { SANDBOX_URL: 'https://pay.example/v1/sandbox', PUBLIC_URL: 'https://pay.example', ...env },
    };
    const credentials = async <T>(_: unknown, schema: z.ZodMiniType<T>) => z.parse(schema, simulated.credentials);
    return channelClients(channelsDeps(platform, credentials))(channel);
  };

  it('reaches the simulator at the address that stands for its hosts', async () => {
    const client = clientOn({ STAGE: 'embedded', CHANNELS_AT: `${channel}=${simulated.address}` }, httpClient);

    expect(await client.checkCredentials(account)).toEqual({ kind: 'accepted' });
  });

  it('sends to its own hosts by https where no address stands for them', async () => {
    const urls: string[] = [];
    const http: HttpClient = async ({ url }) => {
      urls.push(url);
      return { status: 500, headers: {}, body: Buffer.from('') };
    };

    expect(await clientOn({ STAGE: 'aws' }, http).checkCredentials(account)).toMatchObject({ kind: 'unknown' });
    expect(urls.length).toBeGreaterThan(0);
    expect(urls.filter((url) => !url.startsWith('https://'))).toEqual([]);
  });

  it('has a schema of its credentials, and key material in them that verifies callbacks', () => {
    expect(z.safeParse(credentialsOf(channel), simulated.credentials).success).toBe(true);
    expect(z.safeParse(credentialsOf(channel), {}).success).toBe(false);
    expect(z.safeParse(callbacksOf(channel)!.material, simulated.credentials).success).toBe(true);
  });
});
