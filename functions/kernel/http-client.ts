/**
 * Small requests to other services over node:http and node:https (native fetch costs about 40 ms at its first use): connections
 * are kept, the whole exchange has one deadline, the answer a size limit, and redirects are never followed.
 */
import { Agent, type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A response with more bytes is an error. Default: 256 KiB. */
  readonly maximumBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Sends one request and gives back whatever was answered, errors of the other side included. Rejects with `HttpFailure` when no whole answer came. */
export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

/** No whole answer: whether the other side acted is unknown. The message names the reason and never the request's content. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
}

const MAXIMUM_BYTES = 256 * 1024;
/**
 * A connection that was idle for longer is not used again: its other end may have closed it while the function was frozen between
 * calls. A request lost that way would have an unknown outcome. Node's own servers close after 5 s.
 */
const IDLE_MS = 4_000;
const usedAtMs = new WeakMap<Socket, number>();
const plainAgent = new Agent({ keepAlive: true, maxSockets: 50 });
const tlsAgent = new TlsAgent({ keepAlive: true, maxSockets: 50 });

export const httpClient: HttpClient = (request) =>
  new Promise((resolve, reject) => {
    const url = new URL(request.url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new HttpFailure('only http and https are spoken');
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), request.timeoutMs);
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(deadline.signal.aborted ? new HttpFailure(`no answer within ${request.timeoutMs} ms`) : failureOf(error));
    };
    const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
    dropIdle(url.protocol === 'https:' ? tlsAgent : plainAgent);
    const outgoing = send(url, optionsOf(request, url, deadline.signal), (incoming) => {
      const { socket } = incoming;
      read(incoming, request.maximumBytes ?? MAXIMUM_BYTES).then((body) => {
        clearTimeout(timer);
        usedAtMs.set(socket, Date.now());
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
      }, fail);
    });
    outgoing.on('error', fail);
    outgoing.end(request.body);
  });

function optionsOf(request: HttpRequest, url: URL, signal: AbortSignal): RequestOptions {
  const length = request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) };
  return {
    method: request.method,
    agent: url.protocol === 'https:' ? tlsAgent : plainAgent,
    signal,
    headers: { accept: 'application/json', 'user-agent': 'sluice', ...request.headers, ...length },
  };
}

function dropIdle(agent: Agent): void {
  for (const socket of Object.values(agent.freeSockets).flat()) {
    if (socket && Date.now() - (usedAtMs.get(socket) ?? 0) > IDLE_MS) socket.destroy();
  }
}

async function read(incoming: IncomingMessage, maximumBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumBytes) {
      incoming.destroy();
      throw new HttpFailure(`the answer is longer than ${maximumBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Only the system's code goes on: a message of node's may hold the address with what stands in it. */
function failureOf(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return new HttpFailure(`the connection failed (${code})`);
}
