/** A store that loses what was not synced: a crash of the machine, without a machine. */
import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../bin/embedded/store/store.ts';

const FILE = 'sluice.db';

export interface CrashingStore {
  readonly store: Store;
  /**
   * Opens another store on what is on disk now: all that was synced, and `part` (0 to 1) of what was written after it. The store of before goes
   * on in its own files, and nothing of that is seen here.
   */
  crash(part: number): Promise<CrashingStore>;
  close(): Promise<void>;
}

/** A store in a new directory. Its log is synced by word only: a sync takes one turn of the event loop. */
export const crashingStore = (): Promise<CrashingStore> => open(mkdtempSync(join(tmpdir(), 'sluice-crash-')));

async function open(directory: string): Promise<CrashingStore> {
  const logFile = join(directory, `${FILE}-wal`);
  let synced = 0;
  const sync = async (): Promise<void> => {
    const { size } = statSync(logFile);
    await new Promise((resolve) => setImmediate(resolve));
    synced = size;
  };
  const store = await openStore(directory, { disk: { sync }, checkpointBytes: 1e9 });
  // The opening commit is synced for real.
  synced = statSync(logFile).size;
  return {
    store,
    crash: async (part) => {
      const next = mkdtempSync(join(tmpdir(), 'sluice-crash-'));
      const { size } = statSync(logFile);
      for (const name of [FILE, `${FILE}-wal`]) copyFileSync(join(directory, name), join(next, name));
      truncateSync(join(next, `${FILE}-wal`), synced + Math.floor((size - synced) * part));
      return open(next);
    },
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
