/** Asking a running stack, through its socket file. */
import { request } from 'node:http';
import { addressOf } from './address.ts';

/** The stack refused or failed, and says why. `name` is that of its error. */
export class Refused extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The result of a command. Rejects with `Refused`, or with the error of the connection where nothing listens. */
export function ask<Result>(socket: string, command: string, input?: unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: addressOf(socket), path: `/${command}`, method: 'POST', agent: false },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const { result, error } = JSON.parse(Buffer.concat(parts).toString()) as {
            readonly result: Result;
            readonly error?: { readonly name: string; readonly message: string };
          };
          if (error) reject(new Refused(error.name, error.message));
          else resolve(result);
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(input === undefined ? undefined : JSON.stringify(input));
  });
}
