/** From a request to its answer: which path is which operation, who may call it, and what status its answer has. Always answers. */
import type { Account } from './account.ts';
import {
  type Answer,
  authenticate,
  getCharge,
  getPayout,
  getRefund,
  postCapture,
  postCharge,
  postIncrement,
  postPayout,
  postRefund,
  postVoid,
  type SandboxDeps,
} from './api.ts';
import { answerChallenge, showChallenge } from './challenge.ts';
import { postAnswer, postDispute, postRefundFailure } from './dispute-api.ts';
import { postListing } from './listing.ts';
import { postClose, postResume } from './order-api.ts';
import { isRefusal, REFUSALS, type Refusal, refuse } from './refusal.ts';
import { getStatement } from './statement.ts';
import { answerWallet, showWallet } from './wallet-page.ts';

export interface SandboxRequest {
  readonly method: string;
  /** From `/sandbox` on, without the query. */
  readonly path: string;
  readonly authorization?: string | undefined;
  readonly body: Uint8Array;
}

export interface SandboxAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Post = (deps: SandboxDeps, account: Account, body: unknown, reference: string) => Promise<Answer>;
type Get = (deps: SandboxDeps, account: Account, reference: string) => Promise<Answer>;

const POSTS: readonly (readonly [RegExp, Post])[] = [
  [/^\/sandbox\/charges$/, postCharge],
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)\/captures$/, postCapture],
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)\/increments$/, postIncrement],
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)\/voids$/, postVoid],
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)\/resume$/, postResume],
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)\/close$/, postClose],
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)\/disputes$/, postDispute],
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)\/answers$/, postAnswer],
  [/^\/sandbox\/refunds$/, postRefund],
  [/^\/sandbox\/refunds\/([0-9A-Za-z]+)\/failures$/, postRefundFailure],
  [/^\/sandbox\/payouts$/, postPayout],
  [/^\/sandbox\/listings$/, postListing],
];
const GETS: readonly (readonly [RegExp, Get])[] = [
  [/^\/sandbox\/charges\/([0-9A-Za-z]+)$/, getCharge],
  [/^\/sandbox\/refunds\/([0-9A-Za-z]+)$/, getRefund],
  [/^\/sandbox\/payouts\/([0-9A-Za-z]+)$/, getPayout],
  [/^\/sandbox\/statements\/([0-9-]+)$/, getStatement],
];
const PAGE = /^\/sandbox\/(challenges|wallets)(?:\/([^/]*))?$/;
const PAGES = {
  challenges: { show: showChallenge, answer: answerChallenge },
  wallets: { show: showWallet, answer: answerWallet },
};
const MAXIMUM_BYTES = 64 * 1024;

/** The sandbox's answer to one request. Throws only what its table or queue throws. */
export async function serve(deps: SandboxDeps, request: SandboxRequest): Promise<SandboxAnswer> {
  if (request.body.length > MAXIMUM_BYTES) return refusalAnswer(refuse('too_large', 'at most 64 KiB'));
  const page = servePage(deps, request);
  if (page) return page;
  const operation = find(request);
  if (!operation) return refusalAnswer(refuse('not_found', 'no such route'));
  const account = await authenticate(deps, request.authorization);
  if (isRefusal(account)) return refusalAnswer(account);
  const answer = await operation(deps, account);
  return isRefusal(answer) ? refusalAnswer(answer) : json(200, answer);
}

/** A payer's page, or undefined for any other request. */
function servePage(deps: SandboxDeps, request: SandboxRequest): Promise<SandboxAnswer> | undefined {
  const [, kind, id = ''] = PAGE.exec(request.path) ?? [];
  if (kind === undefined) return undefined;
  const page = PAGES[kind as keyof typeof PAGES];
  if (request.method === 'GET') return page.show(deps, id);
  return request.method === 'POST' ? page.answer(deps, id, Buffer.from(request.body).toString('latin1')) : undefined;
}

function find(request: SandboxRequest): ((deps: SandboxDeps, account: Account) => Promise<Answer>) | undefined {
  if (request.method === 'GET') {
    const [route, reference] = match(GETS, request.path);
    return route && ((deps, account) => route(deps, account, reference));
  }
  const [route, reference] = request.method === 'POST' ? match(POSTS, request.path) : [undefined, ''];
  return (
    route &&
    (async (deps, account) => {
      const body = parseJson(request.body);
      return body === undefined ? refuse('malformed', 'the body is not JSON') : route(deps, account, body, reference);
    })
  );
}

function match<T>(routes: readonly (readonly [RegExp, T])[], path: string): readonly [T | undefined, string] {
  for (const [pattern, route] of routes) {
    const found = pattern.exec(path);
    if (found) return [route, found[1] ?? ''];
  }
  return [undefined, ''];
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

const json = (status: number, body: object): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const refusalAnswer = (refusal: Refusal): SandboxAnswer =>
  json(REFUSALS[refusal.refused], { error: { code: refusal.refused, message: refusal.message } });
