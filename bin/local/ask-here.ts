/** Asking the embedded runtime that runs here. */
import { ask } from '../embedded/control/client.ts';
import { Failure } from './failure.ts';
import { embeddedSocket } from './place.ts';

/** The result of a command (bin/embedded/run/commands.ts). Throws a Failure with its reason. */
export async function askHere<Result>(command: string, input?: unknown): Promise<Result> {
  const socket = embeddedSocket();
  return ask<Result>(socket, command, input).catch((error: unknown) => {
    throw new Failure(error instanceof Error ? error.message : String(error));
  });
}
