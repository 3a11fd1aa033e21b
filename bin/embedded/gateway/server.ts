/** The gateway on a loopback port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../../local/listen-on.ts';
import { closeServer } from '../close-server.ts';
import { type HttpExchange, targetOf } from './event.ts';
import type { Answer, Gateway } from './gateway.ts';

/** API Gateway takes no longer body. */
const MOST_BYTES = 10 * 1024 * 1024;
/** What requests may take to end when the server stops. */
const STOP_MS = 3_000;

export interface Serving {
  readonly handle: Gateway;
  /** Makes the gateway's own errors. */
  readonly refuse: (status: number, message: string) => Answer;
}

export interface GatewayServer {
  readonly port: number;
  /** From now on requests are served. Until then, they wait. */
  serve(serving: Serving): void;
  /** Takes no more requests, and resolves when those that it has are answered. */
  stop(): Promise<void>;
}

/** Listens on the port (0: any free one). Throws a Failure that names PORT when it cannot be used. */
export async function gatewayServer(port: number): Promise<GatewayServer> {
  let serve: (serving: Serving) => void = () => {};
  const served = new Promise<Serving>((resolve) => {
    serve = resolve;
  });
  const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, outgoing) => {
    served
      .then((serving) => answerTo(incoming, serving))
      .then(
        (answer) => send(outgoing, answer),
        // The client went away while it sent its request.
        () => outgoing.destroy(),
      );
  });
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) socket.destroy();
    else socket.end(code === 'HPE_HEADER_OVERFLOW' ? LONG_HEADERS : NO_REQUEST);
  });
  const listening = await listen(server, port);
  return {
    port: listening,
    serve,
    stop: () => closeServer(server, STOP_MS),
  };
}

function unread(status: string, message: string): string {
  const body = JSON.stringify({ error: { type: 'invalid_request_error', message } });
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`;
  return `HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`;
}

const NO_REQUEST = unread('400 Bad Request', 'That is not an HTTP request.');
const LONG_HEADERS = unread('431 Request Header Fields Too Large', 'The headers are longer than 16 KB.');

async function answerTo(incoming: IncomingMessage, { handle, refuse }: Serving): Promise<Answer> {
  const body = await bodyOf(incoming);
  if (body === undefined) return refuse(413, 'Request Too Long');
  const [path, query] = targetOf(incoming.url ?? '/');
  const request: HttpExchange = {
    method: incoming.method ?? 'GET',
    path,
    query,
    headers: incoming.headers,
    body,
    sourceIp: incoming.socket.remoteAddress ?? '',
  };
  return handle(request);
}

/** All of the body, or undefined where it is too long. What comes after the limit is read and thrown away, so that the client reads the answer. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= MOST_BYTES) parts.push(part);
  }
  return bytes > MOST_BYTES ? undefined : Buffer.concat(parts, bytes);
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
