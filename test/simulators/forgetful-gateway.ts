/** A gateway that loses answers: the API carries a request out, and the first time the connection ends without an answer. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Passed {
  readonly key: string | undefined;
  readonly status: number;
  readonly replayed: boolean;
}

export interface ForgetfulGateway {
  readonly url: string;
  /** What the API answered, also where the client did not see it. */
  readonly passed: readonly Passed[];
  readonly close: () => Promise<void>;
}

/** Headers of one connection, and what `fetch` sets itself. */
const OWN = new Set([
  'connection',
  'host',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'expect',
  'upgrade',
  'http2-settings',
]);

export async function startForgetfulGateway(target: string): Promise<ForgetfulGateway> {
  const passed: Passed[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { status, headers, body } = await forwarded(target, incoming);
    const key = incoming.headers['idempotency-key'];
    const first = incoming.method === 'POST' && !passed.some((each) => each.key === key);
    passed.push({ key: key?.toString(), status, replayed: headers.get('idempotent-replayed') === 'true' });
    if (first) outgoing.destroy();
    else outgoing.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function forwarded(target: string, incoming: IncomingMessage) {
  const headers = Object.entries(incoming.headers).filter(([name]) => !OWN.has(name));
  const sent = Buffer.concat(await incoming.toArray());
  const response = await fetch(`${target}${incoming.url}`, {
    method: incoming.method ?? 'GET',
    headers: headers.map(([name, value]) => [name, String(value)] as [string, string]),
    ...(sent.length > 0 && { body: sent }),
  });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}
