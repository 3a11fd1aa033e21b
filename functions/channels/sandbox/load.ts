/** Loads the sandbox's code when it is first used: a stack that takes live payments only never does. */
import type { ClientDeps } from '../port/client-deps.ts';

export interface SandboxPlace extends Pick<ClientDeps, 'http' | 'credentials'> {
  /** Where the sandbox is, up to and with `/sandbox` (SANDBOX_URL). */
  readonly sandboxUrl: string;
}

/** Its client, its bank and its test controls. */
export const loadSandbox = async ({ http, credentials, sandboxUrl }: SandboxPlace) =>
  (await import('./loaded.ts')).sandboxAt({ http, credentials, baseUrl: sandboxUrl });
