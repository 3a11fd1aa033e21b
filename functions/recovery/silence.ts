/** Accounts at channels whose callbacks stay away while payments go through them. */
import type { ChannelAccount } from '../channels/port/port.ts';
import type { Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { listScopes } from '../merchants/store.ts';
import { silentAccounts } from '../payments/account-health.ts';
import type { Table } from '../table/table.ts';

/** Minutes between two looks: it reads the settings and the newest payments of each merchant. */
const EVERY_MINUTES = 15;
/** Scopes that are looked at in parallel. */
const PARALLEL = 10;

export interface Silent extends ChannelAccount {
  readonly scope: Scope;
  readonly livemode: boolean;
}

/** Whether the run of this minute looks for silence. */
export const looksForSilence = (nowMs: number): boolean => Math.floor(nowMs / 60_000) % EVERY_MINUTES === 0;

/** The silent accounts of every merchant. Writes nothing. */
export async function findSilence(
  { table, settings }: { readonly table: Table; readonly settings: (scope: Scope) => Promise<Settings> },
  nowMs: number,
): Promise<readonly Silent[]> {
  const silent: Silent[] = [];
  let batch: Promise<readonly Silent[]>[] = [];
  const take = async (): Promise<void> => {
    silent.push(...(await Promise.all(batch)).flat());
    batch = [];
  };
  for await (const { scope, livemode } of listScopes(table)) {
    batch.push(
      settings(scope)
        .then(({ shards, accounts }) => silentAccounts(table, { scope, shards, nowMs }, accounts))
        .then((found) => found.map(({ channel, account }) => ({ channel, account, scope, livemode }))),
    );
    if (batch.length === PARALLEL) await take();
  }
  await take();
  return silent;
}
