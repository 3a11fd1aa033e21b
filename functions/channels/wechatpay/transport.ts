/**
 * One exchange with WeChat Pay: a signed request out, a verified answer in. An answer without a good signature is unknown (I15). Errors of WeChat Pay may be unsigned, as
 * its own SDKs take them; one that is signed must be signed well.
 */
import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { seconds } from '../../kernel/clock.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest } from '../../kernel/http-client.ts';
import type { CallbackHeaders } from '../port/callback.ts';
import type { ClientDeps } from '../port/client-deps.ts';
import type { ChannelAccount } from '../port/port.ts';
import { type WechatpayCredentials, wechatpayCredentials } from './credentials.ts';
import { isListed } from './errors.ts';
import {
  authorization,
  certificateKey,
  decrypted,
  encrypted,
  isSigned,
  keysOf,
  type PlatformKeys,
  verified,
} from './signature.ts';

/** The channel's limit in the table of nested time limits (docs/architecture.md), for all exchanges of one call together. */
export const CHANNEL_TIMEOUT_MS = 12_000;
const LIVE = 'https://api.mch.weixin.qq.com';

/** answered: a verified success, `body` undefined where there is none. refused: its own no. unknown: everything else. */
export type Answer =
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** An account with its credentials, for the exchanges of one call. */
export interface Gateway {
  readonly account: ChannelAccount;
  readonly credentials: WechatpayCredentials;
  readonly callbackUrl: string;
  readonly get: (target: string) => Promise<Answer>;
  readonly post: (target: string, body: object) => Promise<Answer>;
  /** A file, whose response is not signed. @throws Error where there is none */
  readonly download: (url: string, maximumBytes: number) => Promise<Buffer>;
}

/** Platform certificates that this client has learned since it was made, by account. */
export interface Learned {
  readonly keys: PlatformKeys;
  readonly atMs: number;
}
export type LearnedKeys = Map<string, Learned>;

/** Certificates are asked for again no sooner than this, ms: a forged serial must not make us ask each time. */
const REFRESH_MS = 60_000;

/** @throws where the account has no credentials that can be opened: nothing was sent */
export async function gatewayOf(deps: ClientDeps, learned: LearnedKeys, account: ChannelAccount): Promise<Gateway> {
  const credentials = await deps.credentials(account, wechatpayCredentials);
  const untilMs = deps.nowMs() + CHANNEL_TIMEOUT_MS;
  const at = { deps, learned, account, credentials, untilMs };
  return {
    account,
    credentials,
    callbackUrl: deps.callbackUrl(account),
    get: (target) => exchange(at, { method: 'GET', target }),
    post: (target, body) => exchange(at, { method: 'POST', target, body: JSON.stringify(body) }),
    download: (url, maximumBytes) => download({ ...at, untilMs: deps.nowMs() + DOWNLOAD_MS }, url, maximumBytes),
  };
}

interface At {
  readonly deps: ClientDeps;
  readonly learned: LearnedKeys;
  readonly account: ChannelAccount;
  readonly credentials: WechatpayCredentials;
  readonly untilMs: number;
}
interface Sent {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly body?: string;
}

const error = z.object({ code: z.string().check(z.minLength(1), z.maxLength(64)) });

async function exchange(at: At, sent: Sent): Promise<Answer> {
  const answer = await send(at, sent);
  if (typeof answer === 'string') return { kind: 'unknown', reason: answer };
  const { status, body } = answer;
  const isSuccess = status >= 200 && status < 300;
  if ((isSuccess || isSigned(headersOf(answer))) && !(await isGenuine(at, answer)))
    return { kind: 'unknown', reason: `status ${status} without a good signature` };
  if (isSuccess) return body.length === 0 ? { kind: 'answered', body: undefined } : answered(body);
  const { data } = z.safeParse(error, parsed(body));
  // An error of the server says that nothing was done only where its code is documented to.
  const isDefinite = data !== undefined && (status < 500 || isListed(data.code));
  return isDefinite ? { kind: 'refused', code: data.code } : { kind: 'unknown', reason: `status ${status}` };
}

function answered(body: Buffer): Answer {
  const json = parsed(body);
  return json === undefined ? { kind: 'unknown', reason: 'not JSON' } : { kind: 'answered', body: json };
}

/** The response, or why there is none. */
async function send(at: At, sent: Sent, more: Partial<HttpRequest> = {}): Promise<HttpAnswer | string> {
  const timeoutMs = at.untilMs - at.deps.nowMs();
  if (timeoutMs <= 0) return `no answer within ${CHANNEL_TIMEOUT_MS} ms`;
  try {
    return await at.deps.http({ ...signedRequest(at, sent), timeoutMs, ...more });
  } catch (failure) {
    if (failure instanceof HttpFailure) return failure.message;
    throw failure;
  }
}

const DOWNLOAD_MS = 30_000;

async function download(at: At, url: string, maximumBytes: number): Promise<Buffer> {
  const { origin, pathname, search } = new URL(url);
  // Another host would get a signature of ours.
  if (origin !== new URL(at.deps.baseUrl ?? LIVE).origin) throw new Error('the file is at another host');
  const answer = await send(at, { method: 'GET', target: `${pathname}${search}` }, { maximumBytes });
  if (typeof answer === 'string') throw new Error(`the file was not downloaded: ${answer}`);
  if (answer.status !== 200) throw new Error(`the file was not downloaded: status ${answer.status}`);
  return answer.body;
}

/** The request as WeChat Pay takes it. Where the account has the public key, the answer is to be signed with that. */
export function signedRequest(
  { deps, credentials }: Pick<At, 'deps' | 'credentials'>,
  { method, target, body }: Sent,
): Omit<HttpRequest, 'timeoutMs'> {
  const { publicKeyId } = credentials.platform;
  const timestamp = seconds(deps.nowMs());
  const request = { method, target, timestamp, nonce: deps.random(32), body };
  return {
    method,
    url: `${deps.baseUrl ?? LIVE}${target}`,
    headers: {
      authorization: authorization(credentials, request),
      ...(publicKeyId !== undefined && { 'wechatpay-serial': publicKeyId }),
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
    },
    ...(body !== undefined && { body }),
  };
}

/** The answer is signed with a key that we know, or that WeChat Pay names when it is asked for its certificates. */
async function isGenuine(at: At, answer: HttpAnswer): Promise<boolean> {
  const is = () => verified(answer.body, headersOf(answer), allKeys(at), at.deps.nowMs());
  const first = is();
  if (first !== 'unknown_key') return first === 'valid';
  return (await learnCertificates(at)) && is() === 'valid';
}

const headersOf = ({ headers }: HttpAnswer): CallbackHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));

const nameOf = ({ channel, account }: ChannelAccount): string => `${channel} ${account}`;

function allKeys({ credentials, learned, account }: At): PlatformKeys {
  const own = keysOf(credentials.platform);
  const more = learned.get(nameOf(account));
  return more ? new Map([...more.keys, ...own]) : own;
}

export const CERTIFICATES = '/v3/certificates';
const certificates = z.object({ data: z.array(z.object({ encrypt_certificate: encrypted })) });

/** The keys in a list of certificates, by serial number: of those that one of the APIv3 keys opens. */
export function certificatesIn(body: unknown, apiV3Keys: readonly string[]): readonly (readonly [string, KeyObject])[] {
  const { data } = z.safeParse(certificates, body);
  return (data?.data ?? []).flatMap(({ encrypt_certificate: content }) => {
    const pem = decrypted(content, apiV3Keys);
    return pem === undefined ? [] : [certificateKey(pem)];
  });
}

/**
 * Asks for the certificates, and keeps them. They are encrypted under the APIv3 key, which WeChat Pay and the merchant alone have: so the answer proves itself, and
 * is verified with a key that stands in it.
 */
async function learnCertificates(at: At): Promise<boolean> {
  const { learned, account, deps, credentials } = at;
  const before = learned.get(nameOf(account));
  if (before && deps.nowMs() - before.atMs < REFRESH_MS) return false;
  const answer = await send(at, { method: 'GET', target: CERTIFICATES });
  if (typeof answer === 'string' || answer.status !== 200) return false;
  const keys = new Map(certificatesIn(parsed(answer.body), credentials.apiV3Keys));
  const isKnown = verified(answer.body, headersOf(answer), keys, deps.nowMs()) === 'valid';
  learned.set(nameOf(account), { keys: isKnown ? keys : (before?.keys ?? new Map()), atMs: deps.nowMs() });
  return isKnown;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
