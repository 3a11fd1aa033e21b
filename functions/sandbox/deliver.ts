/** Sending one callback that is due: signed now, for the signature holds the time, and posted once. */
import type { Clock } from '../kernel/clock.ts';
import type { HttpClient } from '../kernel/http-client.ts';
import type { Table } from '../table/table.ts';
import { type DueCallback, SIGNATURE_HEADER, signatureOf } from './callback.ts';
import { loadAccount } from './store.ts';

export interface DeliverDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly http: HttpClient;
  /** Where the stack's API is now. */
  readonly publicUrl: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Accounts keep the address that the stack had when they were opened. The stack's address may have changed since (another kind of API, a
 * custom domain): a callback to the stack goes to where the stack is now.
 */
const currentUrl = (opened: string, publicUrl: string): string =>
  opened.replace(/^https?:\/\/.*?(?=\/v1\/channels\/sandbox\/callbacks\/)/, () => publicUrl);

/** Resolves with the answer's status. Rejects when it was no 2xx, or none came: the queue brings it again. */
export async function deliver(deps: DeliverDeps, { account: id, body }: DueCallback): Promise<number | 'no address'> {
  const account = await loadAccount(deps.table, id);
  if (account?.callbackUrl === undefined) return 'no address';
  const { status } = await deps.http({
    method: 'POST',
    url: currentUrl(account.callbackUrl, deps.publicUrl),
    headers: {
      'content-type': 'application/json',
      [SIGNATURE_HEADER]: signatureOf(body, account.callbackSecret, deps.clock.nowMs()),
    },
    body,
    timeoutMs: TIMEOUT_MS,
  });
  if (status < 200 || status > 299) throw new Error(`answered ${status}`);
  return status;
}
