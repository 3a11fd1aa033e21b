/** A merchant's webhook receiver on a loopback port: keeps the events that it receives, and answers as a test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

export interface Received {
  readonly payload: string;
  readonly signature: string;
  readonly event: Stripe.Event;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Status by event type; 200 by default. */
  answer: (type: string) => number;
  /** Types received since the last call. */
  readonly types: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Whether the SDK takes the event under this secret. */
export function verifies({ payload, signature }: Received, secret: string): boolean {
  try {
    return Stripe.webhooks.constructEvent(payload, signature, secret).object === 'event';
  } catch {
    return false;
  }
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let seen = 0;
  const receiver: Receiver = {
    url: '',
    received,
    answer: () => 200,
    types() {
      const fresh = received.slice(seen);
      seen = received.length;
      return fresh.map(({ event }) => event.type);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const payload = Buffer.concat(chunks).toString('utf8');
      const event = JSON.parse(payload) as Stripe.Event;
      received.push({ payload, signature: String(incoming.headers['stripe-signature']), event });
      outgoing.writeHead(receiver.answer(event.type)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, { url: `http://127.0.0.1:${port}/hooks` });
}
