/** The vault as payments sees it: one direct invocation. A missing response is unknown (I15), and the request is never sent again. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { AttemptOutcome } from '../channels/port/port.ts';
import { packJson, unpackJson } from '../table/pack.ts';
import { alsoForEarlier } from './earlier.ts';
import { readOutcome } from './outcome.ts';
import type { Vault } from './port/port.ts';

/** The function's own limit in the table of nested time limits (docs/architecture.md), and the time to receive its response. */
export const VAULT_TIMEOUT_MS = 15_000;
const HEARING_MS = 1_500;

const unknown = (reason: string): AttemptOutcome => ({ kind: 'unknown', reason });

/**
 * `client` must be made with `maxAttempts: 1`: the SDK would otherwise send an authorization again after a timeout.
 */
export const lambdaVault = (client: LambdaClient, functionName: string): Vault => ({
  async forward(request) {
    try {
      const abortSignal = AbortSignal.timeout(VAULT_TIMEOUT_MS + HEARING_MS);
      const answer = await client.send(
        new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(packJson(alsoForEarlier(request))) }),
        { abortSignal },
      );
      if (answer.FunctionError !== undefined || !answer.Payload) return unknown('the vault failed');
      const outcome = readOutcome(unpackJson<unknown>(Buffer.from(answer.Payload).toString('utf8')));
      return outcome ?? unknown('the vault failed');
    } catch (error) {
      return unknown(`the vault did not respond (${error instanceof Error ? error.name : 'failed'})`);
    }
  },
});
