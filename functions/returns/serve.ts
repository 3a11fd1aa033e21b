/** The requests to the return address, as a browser makes them: no key, no JSON, always a page or a redirect. */
import type { RawRequest } from '../api/raw-request.ts';
import { CODE_HEADERS, codePage, formHeaders, formPage, PAGE_HEADERS } from '../kernel/page.ts';
import { qrImages } from '../kernel/qr-code.ts';
import { besideForm } from '../payments/return-address.ts';
import { donePage, failedPage, unknownPage } from './page.ts';
import { parametersOf } from './parameters.ts';
import { actionOrReturn, payerReturned, type ReturnDeps, type Returned } from './return.ts';

const PATH = /^\/v1\/return\/([0-9A-Za-z-]{1,64})\/?$/;

export type ReturnRequest = Pick<RawRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>;

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer to one request below `/v1/return`, and the line that is logged of it. The address holds a secret: only the route is logged. */
export async function serveReturn(
  deps: ReturnDeps,
  request: ReturnRequest,
): Promise<{ readonly answer: PageAnswer; readonly line: object }> {
  const { method } = request;
  const startedMs = deps.clock.nowMs();
  const answer = await answerTo(deps, request).catch((error: unknown) => {
    deps.failed(error);
    return page(500, failedPage());
  });
  const line = { route: 'return', method, status: answer.status, ms: deps.clock.nowMs() - startedMs };
  return { answer, line };
}

async function answerTo(deps: ReturnDeps, request: ReturnRequest): Promise<PageAnswer> {
  const { method, path } = request;
  const [, segment] = PATH.exec(path) ?? [];
  if (segment === undefined) return page(404, unknownPage());
  const beside = besideForm(segment);
  if (beside !== undefined) return formAnswer(deps, method, beside);
  // A HEAD is a preview of the link: nothing is asked because of it.
  if (method !== 'GET' && method !== 'POST')
    return { ...page(405, unknownPage()), headers: { ...PAGE_HEADERS, allow: 'GET, POST' } };
  const returned = await payerReturned(deps, segment, parametersOf(request));
  return returned ? sentOn(returned) : page(404, unknownPage());
}

/** The page that posts a form or shows a code: a browser loads it by GET. */
async function formAnswer(deps: ReturnDeps, method: string, segment: string): Promise<PageAnswer> {
  if (method !== 'GET') return { ...page(405, unknownPage()), headers: { ...PAGE_HEADERS, allow: 'GET' } };
  const found = await actionOrReturn(deps, segment);
  if (!found) return page(404, unknownPage());
  if (!('kind' in found)) return sentOn(found);
  if (found.kind === 'qr_code')
    return { status: 200, headers: CODE_HEADERS, body: codePage('Payment', qrImages(found.data).svg) };
  return { status: 200, headers: formHeaders(found.url), body: formPage('Payment', found.url, found.fields) };
}

/** 303: what comes by POST goes on by GET. */
const sentOn = ({ status, location }: Returned): PageAnswer =>
  location === undefined
    ? page(200, donePage(status))
    : { status: 303, headers: { ...PAGE_HEADERS, location }, body: '' };

const page = (status: number, body: string): PageAnswer => ({ status, headers: PAGE_HEADERS, body });
