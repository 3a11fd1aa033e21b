/** The sandbox as the registries load it: its client, its bank, its test controls and its statements, with the API keys out of its accounts' credentials. */
import type { Bank } from '../port/bank.ts';
import type { ClientDeps } from '../port/client-deps.ts';
import type { FetchStatement } from '../port/statement.ts';
import { sandboxBank } from './bank.ts';
import { type SandboxChannel, sandboxChannel } from './client.ts';
import { sandboxControls, type TestControls } from './controls.ts';
import { sandboxApiKey } from './credentials.ts';
import { sandboxStatements } from './statement.ts';

/** `baseUrl`: where the sandbox is, up to and with `/sandbox`. */
export function sandboxAt({
  http,
  baseUrl,
  credentials,
}: Pick<Required<ClientDeps>, 'http' | 'baseUrl' | 'credentials'>): {
  readonly channel: SandboxChannel;
  readonly bank: Bank;
  readonly controls: TestControls;
  readonly statements: FetchStatement;
} {
  const deps = { http, baseUrl, apiKey: sandboxApiKey(credentials) };
  return {
    channel: sandboxChannel(deps),
    bank: sandboxBank(deps),
    controls: sandboxControls(deps),
    statements: sandboxStatements(deps),
  };
}
