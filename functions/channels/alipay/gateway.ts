/**
 * One exchange with Alipay's V2 gateway: signed parameters out, a verified answer in. The order and the spelling of what is sent are those of Alipay's own SDK
 * (alipay-sdk 4.14). An answer without a good signature is unknown (I15).
 */
import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { type HttpClient, HttpFailure } from '../../kernel/http-client.ts';
import type { ReadCredentials } from '../port/credentials.ts';
import type { ChannelAccount } from '../port/port.ts';
import {
  type AlipayCredentials,
  alipayCredentials,
  keysNamed,
  type Product,
  type VerifyingKey,
  verifyingKeys,
} from './credentials.ts';
import { certificatesIn, privateKeyOf, rootSerialOf, serialOf } from './keys.ts';
import { contentOf, isSigned, rawMembers, signed } from './signature.ts';
import { shanghaiTime } from './wire.ts';

/** The channel's limit in the table of nested time limits (docs/architecture.md), for all exchanges of one request together. */
export const CHANNEL_TIMEOUT_MS = 12_000;

const HOSTS = {
  live: 'https://openapi.alipay.com',
  test: 'https://openapi-sandbox.dl.alipaydev.com',
} as const;

export interface AlipayDeps {
  readonly http: HttpClient;
  readonly credentials: ReadCredentials;
  readonly nowMs: () => number;
  /** Where Alipay sends the callbacks of an account: an address of ours. */
  readonly callbackUrl: (account: ChannelAccount) => string;
  /** Stands for Alipay's own host, without a slash at the end: only on a stack on this machine. */
  readonly baseUrl?: string;
}

/** `answered`: code 10000. `refused`: Alipay's own no. `unknown`: everything else. */
export type Answer =
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly code: string; readonly subCode: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Parameters {
  readonly notify_url?: string;
  readonly return_url?: string;
  readonly biz: Readonly<Record<string, unknown>>;
}

/** An account with its credentials, for the exchanges of one request. */
export interface Gateway {
  readonly products: readonly Product[];
  readonly sellerId?: string;
  readonly callbackUrl: string;
  /** Every common parameter, the content and the signature, in the SDK's order. */
  signedParameters(method: string, parameters: Parameters, atMs: number): Readonly<Record<string, string>>;
  /** The address of a page of Alipay that carries the whole order. */
  pageUrl(method: string, parameters: Parameters, atMs: number): string;
  /** What an app gives to Alipay's SDK. */
  orderString(method: string, parameters: Parameters, atMs: number): string;
  exchange(method: string, parameters: Parameters): Promise<Answer>;
}

const DEFAULT_PRODUCTS: readonly Product[] = ['page', 'wap', 'app'];

/** Undefined: the account's credentials are not available, so nothing can be sent. */
export async function gatewayOf(deps: AlipayDeps, account: ChannelAccount): Promise<Gateway | undefined> {
  const credentials = await deps.credentials(account, alipayCredentials).catch(() => undefined);
  if (!credentials) return undefined;
  const signer = signerOf(credentials);
  const url = `${deps.baseUrl ?? HOSTS[credentials.environment]}/gateway.do`;
  const keys = verifyingKeys(credentials);
  const startedMs = deps.nowMs();
  const signedParameters: Gateway['signedParameters'] = (method, parameters, atMs) =>
    parametersOf(signer, method, parameters, atMs);
  const orderString: Gateway['orderString'] = (method, parameters, atMs) =>
    Object.entries(signedParameters(method, parameters, atMs))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
  return {
    products: credentials.products ?? DEFAULT_PRODUCTS,
    ...(credentials.sellerId !== undefined && { sellerId: credentials.sellerId }),
    callbackUrl: deps.callbackUrl(account),
    signedParameters,
    orderString,
    pageUrl: (method, parameters, atMs) => `${url}?${orderString(method, parameters, atMs)}`,
    async exchange(method, parameters) {
      const nowMs = deps.nowMs();
      const timeoutMs = CHANNEL_TIMEOUT_MS - (nowMs - startedMs);
      if (timeoutMs <= 0) return { kind: 'unknown', reason: 'no time is left' };
      const { biz_content: content = '', ...common } = signedParameters(method, parameters, nowMs);
      return post(deps.http, `${url}?${new URLSearchParams(common).toString()}`, content, { method, keys, timeoutMs });
    },
  };
}

interface Signer {
  readonly appId: string;
  readonly key: KeyObject;
  readonly certificates: Readonly<Record<string, string>>;
}

function signerOf({ appId, privateKey, appCert, alipayRootCert }: AlipayCredentials): Signer {
  const certificates =
    appCert !== undefined && alipayRootCert !== undefined
      ? { app_cert_sn: serialOf(certificatesIn(appCert)[0]!), alipay_root_cert_sn: rootSerialOf(alipayRootCert) }
      : {};
  return { appId, key: privateKeyOf(privateKey)!, certificates };
}

function parametersOf(
  { appId, key, certificates }: Signer,
  method: string,
  { biz, ...addresses }: Parameters,
  atMs: number,
): Readonly<Record<string, string>> {
  const parameters = {
    method,
    app_id: appId,
    charset: 'utf-8',
    version: '1.0',
    sign_type: 'RSA2',
    timestamp: shanghaiTime(atMs),
    ...addresses,
    ...certificates,
    biz_content: JSON.stringify(biz),
  };
  return { ...parameters, sign: signed(contentOf(parameters), key) };
}

interface Expected {
  readonly method: string;
  readonly keys: readonly VerifyingKey[];
  readonly timeoutMs: number;
}

async function post(http: HttpClient, url: string, content: string, expected: Expected): Promise<Answer> {
  try {
    const answer = await http({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      body: new URLSearchParams({ biz_content: content }).toString(),
      timeoutMs: expected.timeoutMs,
    });
    return answer.status === 200
      ? readAnswer(answer.body.toString('utf8'), expected)
      : { kind: 'unknown', reason: `status ${answer.status}` };
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: 'unknown', reason: error.message };
    throw error;
  }
}

const head = z.object({ code: z.string(), sub_code: z.optional(z.string()) });

/** The answer in the node of the method, where its signature is good. */
export function readAnswer(text: string, { method, keys }: Pick<Expected, 'method' | 'keys'>): Answer {
  const members = rawMembers(text);
  const node = members?.get(`${method.replaceAll('.', '_')}_response`) ?? members?.get('error_response');
  const signature = stringOf(members?.get('sign'));
  if (node === undefined || signature === undefined) return { kind: 'unknown', reason: 'the answer is not signed' };
  const named = keysNamed(keys, stringOf(members?.get('alipay_cert_sn')));
  if (!named) return { kind: 'unknown', reason: 'the certificate of the answer is not known' };
  if (!isSigned(Buffer.from(node), signature, named))
    return { kind: 'unknown', reason: 'the signature of the answer is wrong' };
  const body: unknown = JSON.parse(node);
  const parsed = z.safeParse(head, body);
  if (!parsed.success) return { kind: 'unknown', reason: 'the answer cannot be read' };
  const { code, sub_code: subCode = '' } = parsed.data;
  if (code === '10000') return { kind: 'answered', body };
  // The payer is still at it.
  return code === '10003' ? { kind: 'unknown', reason: 'the payer is paying' } : { kind: 'refused', code, subCode };
}

function stringOf(json: string | undefined): string | undefined {
  const value: unknown = json === undefined ? undefined : JSON.parse(json);
  return typeof value === 'string' ? value : undefined;
}
