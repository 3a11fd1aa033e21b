/**
 * Taking a callback: known account → plausible → verified on raw bytes → durably queued → acknowledged. Nothing is written, and no
 * secret fetched more than once per account and five minutes, for an unverified caller. The content is stored and
 * applied behind the queue.
 */
import { createHash } from 'node:crypto';
import { ApiError, internalError } from '../../api/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import { parseChannelReference, parsePayoutReference, type Scope } from '../../kernel/ids.ts';
import type { Credentials, StoredAccount } from '../port/credentials.ts';
import type { CallbackFact, CallbackMessage, ChannelAccount } from '../port/port.ts';
import type { CallbackVerifier } from '../port/verifier.ts';

export const MAXIMUM_CALLBACK_BYTES = 64 * 1024;

export interface CallbacksDeps {
  readonly clock: Clock;
  readonly verifier: (channel: string) => CallbackVerifier | undefined;
  readonly account: (account: ChannelAccount) => Promise<StoredAccount | undefined>;
  readonly credentials: (stored: StoredAccount) => Promise<Credentials>;
  /** Puts the message on the FIFO queue; resolves once it is durable. */
  readonly enqueue: (message: CallbackMessage, group: string, deduplication: string) => Promise<void>;
}

export interface CallbackRequest extends ChannelAccount {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly raw: Uint8Array;
}

/**
 * Resolves once every fact of the callback is durably queued.
 * @throws 404 unknown channel or account (the same for both), 413 too large, 400 not verified or not about this account, 503 not queued: send it again.
 */
export async function receiveCallback(
  deps: CallbacksDeps,
  request: CallbackRequest,
): Promise<readonly CallbackMessage[]> {
  const verifier = deps.verifier(request.channel);
  const stored = verifier && NAME.test(request.account) ? await deps.account(request) : undefined;
  if (!verifier || !stored) throw noSuchAddress();
  if (request.raw.length > MAXIMUM_CALLBACK_BYTES) throw tooLarge();
  const nowMs = deps.clock.nowMs();
  if (!verifier.plausible(request.headers, nowMs)) throw notVerified();
  const { callbackSecrets } = await deps.credentials(stored);
  const verified = verifier.verify(request.raw, request.headers, callbackSecrets, nowMs);
  if (!verified) throw notVerified();
  if (!verified.facts.every((fact) => scopeOf(fact) === stored.scope)) throw notVerified();
  const rawBase64 = Buffer.from(request.raw).toString('base64');
  const messages = verified.facts.map(
    (fact, index): CallbackMessage => ({
      channel: stored.channel,
      account: stored.account,
      livemode: stored.livemode,
      dedupe: index === 0 ? verified.dedupe : `${verified.dedupe}.${index + 1}`,
      rawBase64,
      receivedMs: nowMs,
      fact,
    }),
  );
  await enqueueAll(deps, messages);
  return messages;
}

/** One after the other, so that facts about one reference keep their order. A message that is sent again repeats only what the queue drops. */
async function enqueueAll(deps: CallbacksDeps, messages: readonly CallbackMessage[]): Promise<void> {
  for (const message of messages) {
    await deps.enqueue(message, message.fact.reference, deduplicationOf(message)).catch(() => {
      throw notQueued();
    });
  }
}

const scopeOf = ({ about, reference }: CallbackFact): Scope | undefined =>
  (about === 'payout' ? parsePayoutReference(reference) : parseChannelReference(reference))?.scope;

const PATH = /^\/v1\/channels\/([^/]{1,64})\/callbacks\/([^/]{1,64})\/?$/;

export interface CallbackAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer to one request under `/v1/channels`, and the line that is logged of it. Always answers. */
export async function serveCallback(
  deps: CallbacksDeps,
  request: {
    readonly method: string;
    readonly path: string;
    readonly headers: CallbackRequest['headers'];
    readonly body: Uint8Array;
  },
): Promise<{ readonly answer: CallbackAnswer; readonly line: object }> {
  const startedMs = deps.clock.nowMs();
  const [, channel = '', account = ''] = (request.method === 'POST' && PATH.exec(request.path)) || [];
  const about = () => ({ route: 'callbacks', ms: deps.clock.nowMs() - startedMs });
  try {
    const [first, ...more] = await receiveCallback(deps, {
      channel,
      account,
      headers: request.headers,
      raw: request.body,
    });
    const parsed = {
      reference: first?.fact.reference,
      dedupe: first?.dedupe,
      ...(more.length > 0 && { more: more.length }),
    };
    return { answer: json(200, { received: true }), line: { ...about(), status: 200, channel, account, ...parsed } };
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown : internalError();
    // The caller's claimed identity is logged only after the account is known to exist.
    const known = error.status === 404 ? {} : { channel, account };
    const cause = thrown === error ? {} : { error: thrown instanceof Error ? thrown.stack : String(thrown) };
    return {
      answer: json(error.status, { error: error.body }),
      line: { ...about(), status: error.status, ...known, ...cause },
    };
  }
}

const json = (status: number, body: object): CallbackAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const NAME = /^[0-9A-Za-z_-]{1,64}$/;

/** The queue drops what it saw within five minutes. Another content under the same name is another message: it may be about money. */
const deduplicationOf = ({ channel, account, dedupe, rawBase64 }: CallbackMessage): string =>
  createHash('sha256').update(`${channel}|${account}|${dedupe}|${rawBase64}`).digest('hex');

const refusal = (status: number, message: string): ApiError =>
  new ApiError(status, { type: status < 500 ? 'invalid_request_error' : 'api_error', message }, { stored: false });
const noSuchAddress = () => refusal(404, 'There is no such callback address.');
const tooLarge = () => refusal(413, 'The callback is larger than 64 KiB.');
const notVerified = () => refusal(400, 'The callback could not be verified.');
const notQueued = () => refusal(503, 'The callback could not be taken. Please send it again.');
