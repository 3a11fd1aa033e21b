/**
 * The API at the root of one host and port, which is all that Stripe's clients can be configured with: plain HTTP on loopback, in front of the
 * emulator's own address of the API. Bytes and headers pass as they are, both ways.
 *
 * The path does not pass, because both emulators decode it, and an escaped slash in an id would choose the operation. The emulator gets a path
 * that selects the function and no more; the function gets the path as it was sent in a header. A token in that header proves that it
 * comes from here, and a header of that name from a client is dropped.
 *
 * A preflight reaches the emulator as a GET, because it answers OPTIONS itself, with a refusal; the method is in a header of the same kind.
 * An error that the emulator makes itself gets Stripe's shape: SDKs take any other body for an object.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from 'node:http';
import { RAW_METHOD_HEADER, RAW_PATH_HEADER } from '../../functions/api/raw-request.ts';
import { targetOf } from '../embedded/gateway/event.ts';
import { listen } from './listen-on.ts';

/** Headers that are about one connection, not about the message. */
const PER_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'expect']);

export interface RunningProxy {
  readonly baseUrl: string;
  /** From now on requests go to this address; until then they are answered with 503. */
  serve(address: string): void;
  stop(): Promise<void>;
}

/**
 * Listens on the port at once (0: any free one). `token` is what the functions know as RAW_PATH_TOKEN. Throws a Failure that names PORT
 * when the port is taken.
 */
export async function startProxy(port: number, token: string): Promise<RunningProxy> {
  let upstream: URL | undefined;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 4000 });
  const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, answer) => {
    if (upstream === undefined) return refuse(answer, 503, 'The stack is being deployed. Try again in a moment.');
    pass({ upstream, agent, token }, incoming, answer);
  });
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const body = errorBody('invalid_request_error', 'That is not an HTTP request.');
    socket.end(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  const listening = await listen(server, port);
  return {
    baseUrl: `http://127.0.0.1:${listening}`,
    serve(to) {
      upstream = new URL(to);
    },
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Passing {
  readonly upstream: URL;
  readonly agent: Agent;
  readonly token: string;
}

function pass({ upstream, agent, token }: Passing, incoming: IncomingMessage, answer: ServerResponse): void {
  const [path, query] = targetOf(incoming.url ?? '/');
  const isPreflight = incoming.method === 'OPTIONS';
  const options: RequestOptions = {
    agent,
    host: upstream.hostname,
    port: upstream.port,
    method: isPreflight ? 'GET' : (incoming.method ?? 'GET'),
    path: upstream.pathname.replace(/\/$/, '') + routingPath(path) + (query === '' ? '' : `?${query}`),
    headers: [
      ...kept(incoming.rawHeaders),
      RAW_PATH_HEADER,
      `${token} ${path}`,
      ...(isPreflight ? [RAW_METHOD_HEADER, `${token} OPTIONS`] : []),
    ],
  };
  const outgoing = request(options, (reply) => {
    answer.sendDate = false;
    if (mayBeOfEmulator(reply)) return passError(reply, answer);
    answer.writeHead(reply.statusCode ?? 502, reply.statusMessage, kept(reply.rawHeaders));
    reply.on('error', () => answer.destroy());
    reply.pipe(answer);
  });
  outgoing.on('error', () => {
    if (answer.headersSent) answer.destroy();
    else refuse(answer, 502, `Nothing answers at ${upstream.origin}, where the AWS emulator was: start Sluice again.`);
  });
  answer.on('close', () => answer.writableFinished || outgoing.destroy());
  incoming.pipe(outgoing);
}

/** Segments that an API's routes have: names of collections. Routes are at most three names deep. */
const NAME = /^[a-z0-9_]{1,40}$/;
const DEPTH = 4;

/** A path that the emulator routes to the same function as AWS would the one that was sent, below `/v1`, where all is. */
function routingPath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const below = segments[0] === 'v1' ? segments.slice(1) : segments;
  return ['', 'v1', ...below.slice(0, DEPTH).map((segment) => (NAME.test(segment) ? segment : '_'))].join('/');
}

function kept(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)]!.toLowerCase();
    return !PER_CONNECTION.has(name) && name !== RAW_PATH_HEADER && name !== RAW_METHOD_HEADER;
  });
}

/** Whether an error may be the emulator's own: a function of the API names its request in every response. */
const mayBeOfEmulator = ({ statusCode = 0, headers }: IncomingMessage): boolean =>
  statusCode >= 400 && headers['request-id'] === undefined && String(headers['content-type']).includes('json');

/** An error `{"message": …}` of the emulator in Stripe's shape. Any other body passes unchanged: channels and the sandbox have their own. */
function passError(reply: IncomingMessage, answer: ServerResponse): void {
  const parts: Buffer[] = [];
  reply.on('data', (part: Buffer) => parts.push(part));
  reply.on('error', () => answer.destroy());
  reply.on('end', () => {
    const body = Buffer.concat(parts);
    const reason = messageIn(body.toString());
    if (reason !== undefined) return refuse(answer, reply.statusCode ?? 502, `The AWS emulator refused: ${reason}`);
    answer.writeHead(reply.statusCode ?? 502, reply.statusMessage, kept(reply.rawHeaders));
    answer.end(body);
  });
}

/** The message of a JSON object that has no error in Stripe's shape. */
function messageIn(text: string): string | undefined {
  try {
    const { error, message } = JSON.parse(text) as { readonly error?: unknown; readonly message?: unknown };
    return error === undefined && typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

function refuse(answer: ServerResponse, status: number, message: string): void {
  const body = errorBody(status < 500 ? 'invalid_request_error' : 'api_error', message);
  answer.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  answer.end(body);
}

const errorBody = (type: string, message: string): string => JSON.stringify({ error: { type, message } });
