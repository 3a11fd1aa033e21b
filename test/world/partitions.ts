/** The items of a table by partition and in order, of the table and of its index: a query in memory costs what it reads, not what is stored. */
import type { Attributes } from '../../functions/table/dynamo-item.ts';
import { INDEX_KEYS, type IndexName, type Query } from '../../functions/table/table.ts';

type Index = Query['index'];
/** Sort key in the partition, then the item's own key, which separates items of one index key. */
type Place = readonly [key: string, pk: string, sk: string];

interface Partition {
  readonly items: Set<Attributes>;
  sorted: readonly Attributes[] | undefined;
}

/** UTF-8 byte order, as DynamoDB sorts. */
export const compare = (a: string, b: string): number => {
  if (a === b) return 0;
  return PLAIN.test(a) && PLAIN.test(b) ? (a < b ? -1 : 1) : Buffer.compare(Buffer.from(a), Buffer.from(b));
};
const PLAIN = /^[ -~]*$/;

const comparePlaces = (a: Place, b: Place): number => compare(a[0], b[0]) || compare(a[1], b[1]) || compare(a[2], b[2]);

const INDEXES: readonly Index[] = [undefined, ...(Object.keys(INDEX_KEYS) as IndexName[])];
const namesIn = (index: Index): readonly [string, string] => (index ? INDEX_KEYS[index] : ['pk', 'sk']);
const keyIn = (index: Index, item: Attributes): string => item[namesIn(index)[1]]!.S!;
const placeIn = (index: Index, item: Attributes): Place => [keyIn(index, item), item.pk!.S!, item.sk!.S!];

export class Partitions {
  private readonly partitions = {
    table: new Map<string, Partition>(),
    links: new Map<string, Partition>(),
    moved: new Map<string, Partition>(),
  };

  constructor(items: Iterable<Attributes>) {
    for (const item of items) this.put(undefined, item);
  }

  /** Replaces an item that is here, which is known by its being the same object. */
  put(old: Attributes | undefined, now: Attributes | undefined): void {
    for (const index of INDEXES) {
      if (old) this.change(index, old)?.delete(old);
      if (now) this.change(index, now)?.add(now);
    }
  }

  /** What the query finds, in its direction, from `after` on. */
  find({ index, pk, from, to, after, newestFirst }: Query): readonly Attributes[] {
    const partition = this.partitions[index ?? 'table'].get(pk);
    if (!partition) return [];
    partition.sorted ??= [...partition.items].sort((a, b) => comparePlaces(placeIn(index, a), placeIn(index, b)));
    const { sorted } = partition;
    const firstOf = (holds: (place: Place) => boolean): number =>
      firstIn(sorted, (item) => holds(placeIn(index, item)));
    let start = from === undefined ? 0 : firstOf(([key]) => compare(key, from) >= 0);
    let end = to === undefined ? sorted.length : firstOf(([key]) => compare(key, to) > 0);
    if (after !== undefined) {
      const seen = placeOf(index, pk, after);
      if (newestFirst)
        end = Math.min(
          end,
          firstOf((place) => comparePlaces(place, seen) >= 0),
        );
      else
        start = Math.max(
          start,
          firstOf((place) => comparePlaces(place, seen) > 0),
        );
    }
    const found = sorted.slice(start, Math.max(start, end));
    return newestFirst ? found.reverse() : found;
  }

  private change(index: Index, item: Attributes): Set<Attributes> | undefined {
    const pk = item[namesIn(index)[0]]?.S;
    if (pk === undefined) return undefined;
    const own = this.partitions[index ?? 'table'];
    const partition = own.get(pk) ?? { items: new Set(), sorted: undefined };
    own.set(pk, partition);
    partition.sorted = undefined;
    return partition.items;
  }
}

/** Where a page ended: the text of `positionOf`. */
function placeOf(index: Index, pk: string, after: string): Place {
  if (index === undefined) return [after, pk, after];
  const [key, ownPk, ownSk] = after.split('\n') as [string, string, string];
  return [key, ownPk, ownSk];
}

export const positionOf = (index: Index, item: Attributes): string =>
  index === undefined ? item.sk!.S! : [keyIn(index, item), item.pk!.S!, item.sk!.S!].join('\n');

/** Where those begin for which `holds`, of which none comes before one for which it does not. */
function firstIn<T>(sorted: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
