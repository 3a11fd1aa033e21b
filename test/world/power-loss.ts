/**
 * What a disk may hold after the power failed. Only what a finished sync covered is sure: of every later write each sector may be there, missing, or
 * be anything where the file was made longer. The database itself is written by checkpoints only, which SQLite syncs before it writes the log from its start again.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE } from '../../bin/embedded/store/open.ts';
import type { Disk } from '../../bin/embedded/store/store.ts';

const SECTOR = 512;

interface Files {
  readonly database: Buffer;
  readonly log: Buffer;
}

/** A place of a run at which the power may fail. */
export type Moment = 'during a sync' | 'after a sync' | 'during a checkpoint';

export interface PowerLoss {
  readonly disk: Disk;
  /** The store was opened, which syncs all that there is. */
  readonly opened: () => void;
}

/**
 * A disk for `openStore`. `lost` is called at every moment with a function that writes what may be left into an empty directory. `lies`: syncs end
 * without having synced anything, which a test of the test needs.
 */
export function powerLoss(
  directory: string,
  random: () => number,
  lost: (moment: Moment, leave: (copy: string) => void) => Promise<void> | void,
  lies = false,
): PowerLoss {
  const read = (): Files => ({
    database: readFileSync(join(directory, FILE)),
    log: readFileSync(join(directory, `${FILE}-wal`)),
  });
  let durable: Files | undefined;
  const happens = async (moment: Moment, left: () => Files): Promise<void> => {
    await lost(moment, (copy) => {
      mkdirSync(copy, { recursive: true });
      const { database, log } = left();
      writeFileSync(join(copy, FILE), database);
      writeFileSync(join(copy, `${FILE}-wal`), log);
    });
  };
  return {
    opened: () => {
      durable = read();
    },
    disk: {
      async sync(log) {
        const [before, now] = [durable!, read()];
        if (!before.database.equals(now.database))
          await happens('during a checkpoint', () => ({
            database: mixed(before.database, now.database, random),
            log: before.log,
          }));
        await happens('during a sync', () => ({
          database: now.database,
          log: mixed(before.log, now.log, random),
        }));
        if (lies) return;
        await log.datasync();
        durable = now;
        await happens('after a sync', () => now);
      },
    },
  };
}

/** Each sector of the one or of the other. Where the chosen one ends before it: zeros, or anything. The length is between theirs. */
function mixed(before: Buffer, now: Buffer, random: () => number): Buffer {
  const share = random();
  const [shorter, longer] = [before.length, now.length].sort((a, b) => a - b) as [number, number];
  const mix = Buffer.alloc(random() < 0.5 ? longer : shorter + Math.floor(random() * (longer - shorter)));
  for (let at = 0; at < mix.length; at += SECTOR) {
    const chosen = random() < share ? now : before;
    if (at < chosen.length) chosen.copy(mix, at, at, at + SECTOR);
    else if (random() < 0.5)
      for (let byte = at; byte < Math.min(at + SECTOR, mix.length); byte++) mix[byte] = random() * 256;
  }
  return mix;
}
