/** One exchange with the sandbox over HTTP, for its acquirer and its bank: the response as received, without guesses (I15). */
import { type HttpClient, HttpFailure } from '../../kernel/http-client.ts';
import type { ChannelAccount } from '../port/port.ts';
import { readErrorCode } from './wire.ts';

/** The channel's limit in the table of nested time limits (docs/architecture.md): the vault's is 15 s. */
export const CHANNEL_TIMEOUT_MS = 12_000;

export interface SandboxClientDeps {
  readonly http: HttpClient;
  /** Where the acquirer is, up to and with `/sandbox`. */
  readonly baseUrl: string;
  /** The API key of an account; rejects when there is none. */
  readonly apiKey: (account: ChannelAccount) => Promise<string>;
}

/** `answered`: its own JSON with 200. `refused`: it did not carry the request out. `unknown`: everything else. */
export type ChannelResponse =
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Why an outcome is unknown, for people who look at it. */
export const reasonOf = (response: ChannelResponse): string => {
  if (response.kind === 'answered') return 'the answer cannot be read';
  return response.kind === 'refused' ? `refused: ${response.code}` : response.reason;
};

export const post = (
  deps: SandboxClientDeps,
  account: ChannelAccount,
  path: string,
  body: object,
): Promise<ChannelResponse> => send(deps, account, path, 'POST', JSON.stringify(body));
export const get = (
  deps: SandboxClientDeps,
  account: ChannelAccount,
  path: string,
  maximumBytes?: number,
): Promise<ChannelResponse> => send(deps, account, path, 'GET', undefined, maximumBytes);

async function send(
  deps: SandboxClientDeps,
  account: ChannelAccount,
  path: string,
  method: 'GET' | 'POST',
  body?: string,
  maximumBytes?: number,
): Promise<ChannelResponse> {
  // Without the key no request was sent. A later query finds that out. An outage of ours is never reported as a decline.
  const apiKey = await deps.apiKey(account).catch(() => undefined);
  if (apiKey === undefined) return { kind: 'unknown', reason: "the account's credentials are not available" };
  try {
    const answer = await deps.http({
      method,
      url: `${deps.baseUrl}${path}`,
      headers: { authorization: `Bearer ${apiKey}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body }),
      timeoutMs: CHANNEL_TIMEOUT_MS,
      ...(maximumBytes !== undefined && { maximumBytes }),
    });
    const json = parsed(answer.body);
    if (answer.status === 200)
      return json === undefined ? { kind: 'unknown', reason: 'not JSON' } : { kind: 'answered', body: json };
    const code = answer.status >= 400 && answer.status < 500 ? readErrorCode(json) : undefined;
    return code === undefined ? { kind: 'unknown', reason: `status ${answer.status}` } : { kind: 'refused', code };
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: 'unknown', reason: error.message };
    throw error;
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
