/** Credentials of an account at the sandbox. */
import * as z from 'zod/mini';
import type { ReadCredentials } from '../port/credentials.ts';
import type { ChannelAccount } from '../port/port.ts';

const secret = z.string().check(z.minLength(1), z.maxLength(200));
/** Secrets that may sign callbacks: two while one is being changed for the next. */
const callbackSecrets = z.array(secret).check(z.minLength(1), z.maxLength(2));

export const sandboxCredentials = z.pipe(
  z.strictObject({ apiKey: secret, callbackSecrets, environment: z.optional(z.literal('test')) }),
  // It has one environment, so nothing of it is stored: functions of an earlier release read the same members.
  z.transform(({ apiKey, callbackSecrets }) => ({ apiKey, callbackSecrets })),
);
export type SandboxCredentials = z.infer<typeof sandboxCredentials>;

/** The part of them that verifies callbacks. */
export const sandboxMaterial = z.object({ callbackSecrets });
export type SandboxMaterial = z.infer<typeof sandboxMaterial>;

/** The API key of an account; rejects when there is none. */
export const sandboxApiKey =
  (read: ReadCredentials) =>
  async (account: ChannelAccount): Promise<string> =>
    (await read(account, sandboxCredentials)).apiKey;
