/** Forwards the events of a merchant to an address, as `stripe listen` does: through a webhook endpoint on this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from './failure.ts';

export interface ToListen {
  readonly baseUrl: string;
  readonly secretKey: string;
  readonly forwardTo: string;
  readonly events: readonly string[];
  /** The version of the API that the events are sent in; undefined: that of the account. */
  readonly apiVersion?: string | undefined;
  readonly say: (line: string) => void;
}

export interface Listening {
  /** What the events are signed with. */
  readonly secret: string;
  /** Deletes the endpoint. */
  readonly stop: () => Promise<void>;
}

/** Headers of one connection. */
const OWN = new Set(['connection', 'host', 'content-length', 'transfer-encoding', 'keep-alive']);

/** Events reach the address as they were signed; its answer is the answer to Sluice, so what fails is sent again. */
export async function listen({ baseUrl, secretKey, forwardTo, events, apiVersion, say }: ToListen): Promise<Listening> {
  const take = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await incoming.toArray());
    const { id, type } = eventIn(body);
    say(`--> ${type} [${id}]`);
    const status = await forwarded(forwardTo, incoming, body);
    say(`<-- [${status ?? 'no answer'}] POST ${forwardTo} [${id}]`);
    outgoing.writeHead(status ?? 502).end();
  };
  const server = createServer((incoming, outgoing) => void take(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/x-www-form-urlencoded' };
  const form = new URLSearchParams({ url });
  if (apiVersion !== undefined) form.set('api_version', apiVersion);
  for (const type of events) form.append('enabled_events[]', type);
  const made = await fetch(`${baseUrl}/v1/webhook_endpoints`, { method: 'POST', headers, body: form });
  const { id, secret, error } = (await made.json()) as Readonly<Record<'id' | 'secret', string>> & {
    readonly error?: { readonly message: string };
  };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  if (error !== undefined) {
    await close();
    throw new Failure(`listen: ${error.message}`);
  }
  return {
    secret,
    async stop() {
      // A stack that has ended has no endpoint to delete that it could call.
      await fetch(`${baseUrl}/v1/webhook_endpoints/${id}`, { method: 'DELETE', headers }).catch(() => {});
      await close();
    },
  };
}

/** What is no event is forwarded all the same: the address decides. */
function eventIn(body: Buffer): { readonly id: string; readonly type: string } {
  try {
    const { id, type } = JSON.parse(body.toString()) as { readonly id?: unknown; readonly type?: unknown };
    return { id: String(id), type: String(type) };
  } catch {
    return { id: 'no id', type: 'no event' };
  }
}

/** The status that the address answers with; nothing where it does not answer. */
async function forwarded(to: string, incoming: IncomingMessage, body: Buffer): Promise<number | undefined> {
  const headers = Object.entries(incoming.headers).filter(([name]) => !OWN.has(name));
  try {
    const response = await fetch(to, {
      method: 'POST',
      redirect: 'manual',
      headers: headers.map(([name, value]) => [name, String(value)] as [string, string]),
      body,
    });
    return response.status;
  } catch {
    return undefined;
  }
}
