/** Sending one signed event: the address is checked at the moment it is connected to, no redirect is followed, the answer's body is thrown away. */
import { createHmac } from 'node:crypto';
import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from 'node:dns';
import { type Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { refusesAddress } from './address.ts';

const TIMEOUT_MS = 10_000;

export interface Sent {
  readonly delivered: boolean;
  /** Status code, or why there is none. */
  readonly status: string;
}

export interface SendOptions {
  readonly url: string;
  readonly payload: string;
  /** The signing secret; while it is rolled over, the one before too. */
  readonly secrets: readonly string[];
  readonly nowMs: number;
  readonly allowPrivate: boolean;
  /** Default: 10 s. */
  readonly timeoutMs?: number;
  /** Keeps connections, for addresses that need no check. Default: one connection per attempt, whose address is checked. */
  readonly agent?: Agent | undefined;
}

/** `t=…,v1=…`: HMAC-SHA256 of `t.payload` under each of the endpoint's secrets, as the SDKs verify it: one that fits is enough. */
export function signatureOf(payload: string, secrets: readonly string[], nowMs: number): string {
  const time = Math.floor(nowMs / 1000);
  const signed = (secret: string) => createHmac('sha256', secret).update(`${time}.${payload}`).digest('hex');
  return [`t=${time}`, ...secrets.map((secret) => `v1=${signed(secret)}`)].join(',');
}

/** Resolves a name: every address it stands for must be allowed, and the connection goes to one that was checked. */
export const guardedLookup =
  (resolve: (hostname: string, options: LookupAllOptions, callback: Resolved) => void): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      if (addresses.length === 0 || addresses.some(({ address }) => refusesAddress(address))) {
        return callback(new Error('refused address'), '', 0);
      }
      if (options.all) return callback(null, addresses);
      return callback(null, addresses[0]!.address, addresses[0]!.family);
    });

type Resolved = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** What an endpoint may send back on a connection that is kept. */
const MOST_BYTES = 64 * 1024;

/** Reads the answer to its end, which frees its connection. A long one costs its connection. */
function discard(incoming: IncomingMessage): void {
  let bytes = 0;
  incoming.on('error', () => {});
  incoming.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > MOST_BYTES) incoming.destroy();
  });
}

/** Sends the payload once. Never throws: what went wrong is in `status`. */
export function sendWebhook(options: SendOptions): Promise<Sent> {
  const url = new URL(options.url);
  if (!options.allowPrivate && refusesAddress(url.hostname))
    return Promise.resolve({ delivered: false, status: 'refused address' });
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    let isAnswered = false;
    const failed = (error: Error): void => {
      // A kept connection that the other side has closed meanwhile says nothing of the endpoint.
      if (outgoing.reusedSocket && !isAnswered && !signal.aborted) {
        resolve(sendWebhook({ ...options, agent: undefined }));
        return;
      }
      const status = signal.aborted ? 'timeout' : 'code' in error ? String(error.code) : error.message;
      resolve({ delivered: false, status });
    };
    const outgoing = (url.protocol === 'https:' ? tlsRequest : plainRequest)(
      url,
      {
        method: 'POST',
        agent: options.agent ?? false,
        signal,
        ...(!options.allowPrivate && { lookup: guardedLookup(systemLookup) }),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(options.payload),
          'user-agent': 'Sluice/1.0 (webhooks)',
          'stripe-signature': signatureOf(options.payload, options.secrets, options.nowMs),
        },
      },
      (incoming) => {
        const status = incoming.statusCode ?? 0;
        isAnswered = true;
        if (options.agent) discard(incoming);
        else incoming.destroy();
        resolve({ delivered: status >= 200 && status < 300, status: String(status) });
      },
    );
    outgoing.on('error', failed);
    outgoing.end(options.payload);
  });
}
