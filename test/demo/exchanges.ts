/** What servers of this process were asked and what they answered, for people. Only members that are named here are shown: no secret and no card number is one. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly asked: string;
  /** Undefined: the connection ended without an answer. */
  readonly answer: { readonly status: number; readonly body: string } | undefined;
}

interface Started {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
const STARTED = 'http.server.request.start';

/** Calls `seen` for each exchange when it has ended, until the returned function is called. */
export function watchExchanges(seen: (exchange: Exchange) => void): () => void {
  const started = (message: unknown): void => {
    const { request, response } = message as Started;
    // Operators' commands come through a socket file.
    if (request.socket.localPort === undefined) return;
    const asked: Buffer[] = [];
    // A listener would take the bytes before the server reads them.
    const push = request.push.bind(request);
    request.push = (chunk: Buffer | null) => {
      if (chunk) asked.push(chunk);
      return push(chunk);
    };
    const { method = 'GET', url: target = '/', socket } = request;
    const url = new URL(target, `http://127.0.0.1:${socket.localPort}`);
    const ended = (answer: Exchange['answer']): void =>
      seen({ method, url, asked: Buffer.concat(asked).toString('utf8'), answer });
    const end = response.end.bind(response) as (...args: readonly unknown[]) => ServerResponse;
    // Before the one who asked has the answer, and goes on. These servers send a body in one piece.
    response.end = ((...args: readonly unknown[]) => {
      const [body] = args;
      const bytes = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body as string) : '';
      ended({ status: response.statusCode, body: bytes.toString('utf8') });
      return end(...args);
    }) as typeof response.end;
    response.once('close', () => {
      if (!response.writableEnded) ended(undefined);
    });
  };
  subscribe(STARTED, started);
  return () => void unsubscribe(STARTED, started);
}

/** Names in requests and answers of the three channels. */
const SHOWN = new Set(
  [
    'id amount currency status payment_method sluice_reference type received',
    'method out_trade_no total_amount code sub_code trade_no trade_status qr_code decision',
    'total code_url trade_state transaction_id bill_date bill_type hash_type',
  ].flatMap((names) => names.split(' ')),
);
const MOST_PAIRS = 7;
const MOST_CHARACTERS = 48;

type Pair = readonly [name: string, value: string];

/** The two lines of an exchange. `who`: who asks whom. */
export function linesOf(who: string, { method, url, asked, answer }: Exchange): readonly string[] {
  const pairs = [...pairsOf(url.search.slice(1)), ...pairsOf(asked)];
  return [
    `  ${who}  ${method} ${url.pathname}  ${textOf(pairs)}`.trimEnd(),
    answer ? `    ${answer.status}  ${answerText(answer.body)}`.trimEnd() : '    no answer: the connection ended',
  ];
}

function answerText(body: string): string {
  const members = textOf(membersOf(parsed(body) ?? {}));
  if (members !== '' || /^[a-z ]{0,20}$/i.test(body)) return members || body;
  return `${body.length} characters`;
}

function textOf(pairs: readonly Pair[]): string {
  const first = new Map<string, string>();
  for (const [name, value] of pairs) if (SHOWN.has(name) && !first.has(name)) first.set(name, value);
  return [...first]
    .slice(0, MOST_PAIRS)
    .map(([name, value]) => `${name}=${cut(value)}`)
    .join(' ');
}

const cut = (text: string): string => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);

/** Members of JSON at any depth, or of a form; `metadata[x]` is called x. Values that are JSON themselves are read too. */
function pairsOf(text: string): readonly Pair[] {
  const json = parsed(text);
  if (json !== undefined) return membersOf(json);
  if (!/^[^\s=<>]+=/.test(text)) return [];
  return [...new URLSearchParams(text)].flatMap(([name, value]) => {
    const inner = parsed(value);
    return inner === undefined ? [[/\[(\w+)\]$/.exec(name)?.[1] ?? name, value] as const] : membersOf(inner);
  });
}

/** Those of an object come before those of what is in it. */
function membersOf(value: object): readonly Pair[] {
  const entries = Object.entries(value) as readonly (readonly [string, unknown])[];
  const own = entries.flatMap(([name, member]): readonly Pair[] =>
    ['string', 'number', 'boolean'].includes(typeof member) ? [[name, String(member)]] : [],
  );
  const inner = entries.flatMap(([, member]) =>
    typeof member === 'object' && member !== null ? membersOf(member) : [],
  );
  return [...own, ...inner];
}

function parsed(text: string): object | undefined {
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
