/** Credentials of an account at the sandbox. */
import * as z from 'zod/mini';
import type { ReadCredentials } from '../port/credentials.ts';
import type { ChannelAccount } from '../port/port.ts';

const secret = z.string().check(z.minLength(1), z.maxLength(200));
/** Secrets that may sign callbacks: two while one is being changed for the next. */
const callbackSecrets = z.array(secret).check(z.minLength(1), z.maxLength(2));

export const sandboxCredentials = z.strictObject({ apiKey: secret, callbackSecrets });
export type SandboxCredentials = z.infer<typeof sandboxCredentials>;

/** The part of them that verifies callbacks. */
export const sandboxMaterial = z.object({ callbackSecrets });
export type SandboxMaterial = z.infer<typeof sandboxMaterial>;

/** The API key of an account; rejects when there is none. */
export const sandboxApiKey =
  (read: ReadCredentials) =>
  async (account: ChannelAccount): Promise<string> =>
    (await read(account, sandboxCredentials)).apiKey;
