/**
 * Copies a restored table back into the stack's own table, item by item: the own table keeps its name, stream, grants, recovery and time to
 * live. What is already there is read first, so a copy that broke off is run again and goes on. Every write holds for the item as it was read.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Stored = Readonly<Record<string, AttributeValue>>;

/** A table as the copy sees it. Reads are consistent. */
export interface RawTable {
  /** A page of one segment of `of`; `after` where there may be more. */
  readonly scan: (
    segment: number,
    of: number,
    after?: Stored,
  ) => Promise<{ readonly items: readonly Stored[]; readonly after?: Stored }>;
  /** The items at these keys (at most 100), in any order; absent ones are left out. */
  readonly getMany: (keys: readonly Stored[]) => Promise<readonly Stored[]>;
  /** Writes the item if the one at its key is still `seen` (undefined: none). False: it is not. */
  readonly put: (item: Stored, seen: Stored | undefined) => Promise<boolean>;
  /** Deletes the item if it is still as it was seen. False: it is not. */
  readonly remove: (seen: Stored) => Promise<boolean>;
}

export interface CopyOptions {
  readonly from: RawTable;
  readonly to: RawTable;
  /** Makes the own table as it was at the restored moment: items that differ are replaced, items that were made since are deleted. */
  readonly exact: boolean;
  /** Writes nothing, and counts what would be written. */
  readonly dryRun: boolean;
  /** Marks written items with this value, for a table whose stream is followed. */
  readonly mark?: string;
  /** Writes a second, at most. */
  readonly rate: number;
  readonly segments?: number;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly nowMs?: () => number;
}

/** Counts of items of both tables. */
export interface Copied {
  /** In both tables, and equal. */
  same: number;
  /** Missing in the own table: written, or with `dryRun` to be written. */
  missing: number;
  /** In both tables, and not equal: replaced with `exact`, otherwise left as they are. */
  different: number;
  /** In the own table only: deleted with `exact`, otherwise left as they are. */
  newer: number;
  /** Changed by another process between the read and the write: nothing was written. The stack must be stopped. */
  contended: number;
}

const MARK = 'restored';
const BATCH = 100;
const SEGMENTS = 4;

/** Compares both tables, and copies unless it is a dry run. Safe to run again. */
export async function copyBack(options: CopyOptions): Promise<Copied> {
  const { from, to, exact, dryRun, mark, segments = SEGMENTS } = options;
  const counts: Copied = { same: 0, missing: 0, different: 0, newer: 0, contended: 0 };
  const turn = pace(options);
  const write = async (work: () => Promise<boolean>): Promise<void> => {
    if (dryRun) return;
    await turn();
    if (!(await work())) counts.contended += 1;
  };
  await eachBatch(from, segments, async (items) => {
    const own = byKey(await to.getMany(items.map(keyOf)));
    await Promise.all(
      items.map(async (item) => {
        const seen = own.get(nameOf(item));
        if (seen && isSame(item, seen)) {
          counts.same += 1;
          return;
        }
        counts[seen ? 'different' : 'missing'] += 1;
        if (!seen || exact)
          await write(() => to.put(mark === undefined ? item : { ...item, [MARK]: { S: mark } }, seen));
      }),
    );
  });
  await eachBatch(to, segments, async (items) => {
    const restored = byKey(await from.getMany(items.map(keyOf)));
    const newer = items.filter((item) => !restored.has(nameOf(item)));
    counts.newer += newer.length;
    if (exact) await Promise.all(newer.map((item) => write(() => to.remove(item))));
  });
  return counts;
}

/** Whether the own table holds what the restored one does, and with `exact` nothing else. `counts` are of a dry run. */
export const isComplete = ({ missing, different, newer }: Copied, exact: boolean): boolean =>
  missing === 0 && (!exact || (different === 0 && newer === 0));

async function eachBatch(
  table: RawTable,
  segments: number,
  work: (items: readonly Stored[]) => Promise<void>,
): Promise<void> {
  const walk = async (segment: number): Promise<void> => {
    let after: Stored | undefined;
    do {
      const page = await table.scan(segment, segments, after);
      for (let at = 0; at < page.items.length; at += BATCH) await work(page.items.slice(at, at + BATCH));
      after = page.after;
    } while (after !== undefined);
  };
  await Promise.all(Array.from({ length: segments }, (_, segment) => walk(segment)));
}

/** Resolves when it is the next write's turn: evenly, so many a second. */
function pace({ rate, sleep = wait, nowMs = Date.now }: CopyOptions): () => Promise<void> {
  let next = nowMs();
  return async () => {
    const now = nowMs();
    next = Math.max(next, now - 1000 / rate);
    const ahead = next - now;
    next += 1000 / rate;
    if (ahead > 0) await sleep(ahead);
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const keyOf = ({ pk, sk }: Stored): Stored => ({ pk: pk!, sk: sk! });
const nameOf = ({ pk, sk }: Stored): string => `${pk!.S}\n${sk!.S}`;
const byKey = (items: readonly Stored[]): ReadonlyMap<string, Stored> =>
  new Map(items.map((item) => [nameOf(item), item]));

/** Whether both are the same but for the mark of a restore. */
function isSame(a: Stored, b: Stored): boolean {
  const [{ [MARK]: _a, ...one }, { [MARK]: _b, ...other }] = [a, b];
  return isDeepStrictEqual(one, other);
}
