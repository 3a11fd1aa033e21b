/** Runs a load on a store and lets the power fail at many of its moments. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../bin/embedded/chaos/seeded.ts';
import { openStore } from '../../bin/embedded/store/store.ts';
import { storeTable } from '../../bin/embedded/table/store-table.ts';
import { commitOf, commitsLeftIn } from './counted-load.ts';
import { type Moment, powerLoss } from './power-loss.ts';

export interface Losses {
  /** Power losses that were tried, by their moment. */
  readonly tried: Readonly<Record<Moment, number>>;
  /** Acknowledged commits that a loss took away: none, it is hoped. */
  readonly lost: readonly string[];
  /** Losses after which a commit was there without an acknowledgement. */
  readonly unacknowledged: number;
}

/** Runs until `losses` were tried. `lies`: the disk acknowledges syncs that it does not make. */
export async function losePower(seed: number, losses: number, lies = false): Promise<Losses> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-power-'));
  const directory = join(folder, 'store');
  const random = seeded(seed);
  const tried = { 'during a sync': 0, 'after a sync': 0, 'during a checkpoint': 0 };
  const lost: string[] = [];
  let unacknowledged = 0;
  let acknowledged = 0;
  let count = 0;
  const { disk, opened } = powerLoss(
    directory,
    random,
    async (moment, leave) => {
      // Checkpoints are rare, so each is tried.
      if (count === losses || (moment !== 'during a checkpoint' && random() < 0.7)) return;
      const copy = join(folder, `left-${count}`);
      leave(copy);
      count += 1;
      tried[moment] += 1;
      const left = await commitsLeftIn(copy);
      if (left < acknowledged) lost.push(`seed ${seed}: ${moment}, ${left} of ${acknowledged} commits are left`);
      if (left > acknowledged) unacknowledged += 1;
      rmSync(copy, { recursive: true });
    },
    lies,
  );
  try {
    const store = await openStore(directory, { disk, checkpointBytes: 100_000 });
    opened();
    const table = storeTable(store);
    let n = 0;
    let isOver = false;
    const client = async (): Promise<void> => {
      while (count < losses && !isOver) {
        n += 1;
        await commitOf(table, n).catch((error: unknown) => {
          // The other clients would go on for ever.
          isOver = true;
          throw error;
        });
        await store.synced();
        acknowledged += 1;
      }
    };
    await Promise.all(Array.from({ length: 1 + Math.floor(random() * 8) }, client));
    await store.close();
    return { tried, lost, unacknowledged };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
