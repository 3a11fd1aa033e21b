/** What a request is answered: the body and headers of a reply, a refusal or a preflight, and the line that the log has of it. Pure. */
import { jsonText } from '../kernel/json.ts';
import { CROSS_ORIGIN, PREFLIGHT } from './cors.ts';
import type { ApiError } from './errors.ts';
import { withinSizeLimit } from './long-answers.ts';
import type { Reply } from './operation.ts';
import { payerView } from './payer-view.ts';
import { clientOf, type GatewayResult, type RawRequest } from './raw-request.ts';
import { asOf } from './versions/as-of.ts';

/** What one request knows of itself while it is answered. */
export interface Exchange {
  readonly requestId: string;
  apiVersion: string;
  route?: string;
  scope?: string;
  /** Names the caller's key in the log; it opens nothing. */
  keyId?: string;
  idempotencyKey?: string;
  replayed?: boolean;
  /** The caller's own account, when the request names it. */
  account?: string;
  /** A page of another origin asks, and may be answered. */
  crossOrigin?: boolean;
  /** The caller has a publishable key, so the answer holds what a payer may read. */
  publicly?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const textOf = (body: object, { publicly, apiVersion }: Exchange): string =>
  jsonText(asOf(publicly ? payerView(body) : body, apiVersion));

/** @throws 400 for a page that is too long */
export function answerOf(reply: Reply, exchange: Exchange): Answer {
  const { status, headers, text, unexpanded } = reply;
  return {
    status,
    ...(text
      ? { body: text.content, contentType: text.contentType }
      : {
          body: withinSizeLimit(textOf(reply.body, exchange), unexpanded && (() => textOf(unexpanded, exchange))),
          contentType: 'application/json',
        }),
    ...(headers && { headers }),
  };
}

export function refusalAnswer(error: ApiError, exchange: Exchange): Answer {
  return {
    status: error.status,
    contentType: 'application/json',
    body: textOf({ error: error.body }, exchange),
    headers: {
      ...error.headers,
      ...(error.shouldRetry !== undefined && { 'stripe-should-retry': String(error.shouldRetry) }),
    },
  };
}

export const preflightAnswer: Answer = { status: 204, body: '', contentType: 'text/plain', headers: PREFLIGHT };

export function resultOf(answer: Answer, exchange: Exchange): GatewayResult {
  return {
    statusCode: answer.status,
    headers: {
      'content-type': answer.contentType,
      'request-id': exchange.requestId,
      'stripe-version': exchange.apiVersion,
      'cache-control': 'no-store',
      ...(exchange.idempotencyKey !== undefined && { 'idempotency-key': exchange.idempotencyKey }),
      ...(exchange.account !== undefined && { 'stripe-account': exchange.account }),
      ...(exchange.replayed && { 'idempotent-replayed': 'true' }),
      ...(exchange.crossOrigin && CROSS_ORIGIN),
      ...answer.headers,
    },
    body: answer.body,
  };
}

/** The line of the log; `ms`: how long the answer took. */
export const logLine = (exchange: Exchange, request: RawRequest, { status }: Answer, ms: number) => ({
  requestId: exchange.requestId,
  method: request.method,
  route: exchange.route ?? 'none',
  status,
  ms,
  scope: exchange.scope,
  keyId: exchange.keyId,
  ...clientOf(request),
  ...(exchange.replayed && { replayed: true }),
});
