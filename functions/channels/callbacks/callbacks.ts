/**
 * Taking a callback: known account → plausible → verified on raw bytes → durably queued → acknowledged in the channel's own words. Nothing is
 * written, and no secret fetched more than once per account and five minutes, for an unverified caller. The content is stored and
 * applied behind the queue.
 */
import { createHash } from 'node:crypto';
import { ApiError, internalError } from '../../api/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import { parseChannelReference, parsePayoutReference, type Scope } from '../../kernel/ids.ts';
import type { CredentialStore } from '../accounts/store.ts';
import type { CallbackAnswer, Callbacks, CallbackVerdict, Verification } from '../port/callback.ts';
import type { StoredAccount } from '../port/credentials.ts';
import type { CallbackFact, CallbackMessage, ChannelAccount } from '../port/port.ts';

export const MAXIMUM_CALLBACK_BYTES = 64 * 1024;

export interface CallbacksDeps {
  readonly clock: Clock;
  readonly callbacks: (channel: string) => Callbacks | undefined;
  readonly account: (account: ChannelAccount) => Promise<StoredAccount | undefined>;
  readonly credentials: CredentialStore['open'];
  /** Puts the message on the FIFO queue; resolves once it is durable. */
  readonly enqueue: (message: CallbackMessage, group: string, deduplication: string) => Promise<void>;
}

export interface CallbackRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

interface Taken {
  readonly verdict: CallbackVerdict;
  readonly messages: readonly CallbackMessage[];
  /** It carries nothing to verify: the channel looks whether the address is there. */
  readonly probe?: true;
}

const only = (verdict: CallbackVerdict): Taken => ({ verdict, messages: [] });

/** Resolves once every fact of the callback is durably queued, or with the reason why none of it is acknowledged. */
async function take(
  deps: CallbacksDeps,
  callbacks: Callbacks,
  stored: StoredAccount,
  { method, headers, body: raw }: CallbackRequest,
): Promise<Taken> {
  if (method !== 'POST' || raw.length === 0) return { ...only('refused'), probe: true };
  if (raw.length > MAXIMUM_CALLBACK_BYTES) return only('too_large');
  const nowMs = deps.clock.nowMs();
  if (!callbacks.plausible(headers, nowMs)) return only('refused');
  const verification = await verified(deps, callbacks, stored, raw, headers, nowMs);
  if (verification.kind === 'unknown_key') return only('send_again');
  if (verification.kind === 'noted') return only('taken');
  if (verification.kind === 'refused' || !verification.facts.every((fact) => isOf(stored, fact)))
    return only('refused');
  const messages = messagesOf(stored, raw, verification, nowMs);
  return (await enqueueAll(deps, messages)) ? { verdict: 'taken', messages } : only('send_again');
}

/** During a rotation the credentials before it verify what the current ones do not. */
async function verified(
  deps: CallbacksDeps,
  callbacks: Callbacks,
  stored: StoredAccount,
  raw: Uint8Array,
  headers: CallbackRequest['headers'],
  nowMs: number,
): Promise<Verification> {
  const material = await deps.credentials(stored, callbacks.material);
  const verification = await callbacks.verify(raw, headers, material, nowMs);
  if (isGenuine(verification) || !stored.before) return verification;
  const before = await deps.credentials(stored, callbacks.material, 'before');
  const earlier = await callbacks.verify(raw, headers, before, nowMs);
  return isGenuine(earlier) ? earlier : verification;
}

const isGenuine = ({ kind }: Verification): boolean => kind === 'verified' || kind === 'noted';

const messagesOf = (
  { channel, account, livemode }: StoredAccount,
  raw: Uint8Array,
  { dedupe, facts }: Extract<Verification, { kind: 'verified' }>,
  receivedMs: number,
): readonly CallbackMessage[] => {
  const rawBase64 = Buffer.from(raw).toString('base64');
  return facts.map((fact, index) => ({
    channel,
    account,
    livemode,
    dedupe: index === 0 ? dedupe : `${dedupe}.${index + 1}`,
    rawBase64,
    receivedMs,
    fact,
  }));
};

/**
 * Whether all are queued: one after the other, so that facts about one reference keep their order. A message that is sent again repeats only what
 * the queue drops.
 */
async function enqueueAll(deps: CallbacksDeps, messages: readonly CallbackMessage[]): Promise<boolean> {
  try {
    for (const message of messages) await deps.enqueue(message, message.fact.reference, deduplicationOf(message));
    return true;
  } catch {
    return false;
  }
}

/** The scope of a fact that names no reference of ours is checked once that is fetched. */
const isOf = ({ scope }: StoredAccount, fact: CallbackFact): boolean =>
  fact.about === 'dispute_of' || scopeOf(fact) === scope;

const scopeOf = ({ about, reference }: CallbackFact): Scope | undefined =>
  (about === 'payout' ? parsePayoutReference(reference) : parseChannelReference(reference))?.scope;

const PATH = /^\/v1\/channels\/([^/]{1,64})\/callbacks\/([^/]{1,64})\/?$/;
const NAME = /^[0-9A-Za-z_-]{1,64}$/;
/** A channel that looks whether the address is there asks by GET or HEAD. */
const METHODS: readonly string[] = ['POST', 'GET', 'HEAD'];

/** The channel and the account that an address names, if both are there. */
async function addressed(
  deps: CallbacksDeps,
  { method, path }: CallbackRequest,
): Promise<{ readonly callbacks: Callbacks; readonly stored: StoredAccount } | undefined> {
  const [, channel = '', account = ''] = (METHODS.includes(method) && PATH.exec(path)) || [];
  const callbacks = deps.callbacks(channel);
  const stored = callbacks && NAME.test(account) ? await deps.account({ channel, account }) : undefined;
  return callbacks && stored && { callbacks, stored };
}

/**
 * The answer to one request under `/v1/channels`, and the line that is logged of it. Always answers: 404 for an unknown channel and for an unknown
 * account, otherwise what the channel understands. `unverified`: a callback that may be forged.
 */
export async function serveCallback(
  deps: CallbacksDeps,
  request: CallbackRequest,
): Promise<{ readonly answer: CallbackAnswer; readonly line: object; readonly unverified: boolean }> {
  const startedMs = deps.clock.nowMs();
  const reply = (answer: CallbackAnswer, line: object, unverified = false) => ({
    answer,
    line: { route: 'callbacks', ms: deps.clock.nowMs() - startedMs, status: answer.status, ...line },
    unverified,
  });
  let at: Awaited<ReturnType<typeof addressed>>;
  try {
    at = await addressed(deps, request);
  } catch (error) {
    return reply(errorAnswer(internalError()), causeOf(error));
  }
  // The caller's claimed identity is logged only after the account is known to exist.
  if (!at) return reply(errorAnswer(noSuchAddress()), {});
  const { callbacks, stored } = at;
  const { channel, account } = stored;
  try {
    const { verdict, messages, probe } = await take(deps, callbacks, stored, request);
    const [first, ...more] = messages;
    const parsed = first && { reference: first.fact.reference, dedupe: first.dedupe };
    const line = { verdict, channel, account, ...parsed, ...(more.length > 0 && { more: more.length }) };
    return reply(callbacks.acknowledge(verdict), line, verdict === 'refused' && !probe);
  } catch (error) {
    return reply(callbacks.acknowledge('failed'), { verdict: 'failed', channel, account, ...causeOf(error) });
  }
}

const causeOf = (error: unknown): object => ({ error: error instanceof Error ? error.stack : String(error) });

const errorAnswer = ({ status, body }: ApiError): CallbackAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: body }),
});

/** The queue drops what it saw within five minutes. Another content under the same name is another message: it may be about money. */
const deduplicationOf = ({ channel, account, dedupe, rawBase64 }: CallbackMessage): string =>
  createHash('sha256').update(`${channel}|${account}|${dedupe}|${rawBase64}`).digest('hex');

const noSuchAddress = (): ApiError =>
  new ApiError(
    404,
    { type: 'invalid_request_error', message: 'There is no such callback address.' },
    { stored: false },
  );
