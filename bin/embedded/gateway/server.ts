/** The gateway on a loopback port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../../local/listen-on.ts';
import { type HttpExchange, targetOf } from './event.ts';
import type { Answer, Gateway } from './gateway.ts';

/** API Gateway takes no longer body. */
const MOST_BYTES = 10 * 1024 * 1024;

export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens on the port (0: any free one). `refuse` makes the gateway's own errors. */
export async function serveGateway(
  port: number,
  handle: Gateway,
  refuse: (status: number, message: string) => Answer,
): Promise<RunningServer> {
  const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, outgoing) => {
    answerTo(incoming, handle, refuse).then(
      (answer) => send(outgoing, answer),
      // The client went away while it sent its request.
      () => outgoing.destroy(),
    );
  });
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return void socket.destroy();
    const { body } = refuse(400, 'That is not an HTTP request.');
    socket.end(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${String(body)}`,
    );
  });
  const listening = await listen(server, port);
  return {
    port: listening,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function answerTo(
  incoming: IncomingMessage,
  handle: Gateway,
  refuse: (status: number, message: string) => Answer,
): Promise<Answer> {
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
