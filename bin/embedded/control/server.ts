/**
 * What operators may ask of a running stack: a socket file that only its owner may open. It stands for IAM, which decides on AWS who may call the
 * operator's functions.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { closeServer } from '../close-server.ts';
import { onceSynced } from '../run/after-sync.ts';
import { addressOf } from './address.ts';

/** A request by its name, such as `invoke`. Rejects with an error whose message the caller sees. */
export type Commands = Readonly<Record<string, (input: never) => Promise<unknown>>>;

/** What commands may take to end when the stack stops. */
const STOP_MS = 3_000;

export interface RunningControl {
  stop(): Promise<void>;
}

/**
 * Listens on the socket file, in a directory that only its owner may enter. A file that a killed process left is replaced: the caller holds the
 * lock of that directory. An answer leaves once all that it may show is on disk (`synced`).
 */
export async function serveControl(
  socket: string,
  commands: Commands,
  synced: () => Promise<void>,
): Promise<RunningControl> {
  rmSync(socket, { force: true });
  const server = createServer((incoming, outgoing) => {
    onceSynced(synced, carryOut(incoming, commands)).then(
      (result) => outgoing.end(JSON.stringify({ result: result ?? null })),
      (error: Error) => {
        outgoing.statusCode = 400;
        outgoing.end(JSON.stringify({ error: { name: error.name, message: error.message } }));
      },
    );
  });
  // No request ends by time: an audit takes minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(addressOf(socket), resolve));
  if (process.platform !== 'win32') chmodSync(socket, 0o600);
  return {
    async stop() {
      await closeServer(server, STOP_MS);
      rmSync(socket, { force: true });
    },
  };
}

async function carryOut(incoming: IncomingMessage, commands: Commands): Promise<unknown> {
  const name = (incoming.url ?? '/').slice(1);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const parts: Buffer[] = [];
  for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
  if (!command) throw new Error(`there is no command ${name}`);
  const text = Buffer.concat(parts).toString();
  const input: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof input !== 'object' || input === null) throw new Error('the input must be an object');
  return command(input as never);
}
