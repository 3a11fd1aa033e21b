/** The items of a table by partition and in order, of the table and of its index: a query in memory costs what it reads, not what is stored. */
import type { Attributes } from '../../functions/shared/dynamo-item.ts';
import type { Query } from '../../functions/shared/table.ts';

type Index = Query['index'];
/** Sort key in the partition, then the item's own key, which tells apart what the index lists in one place. */
type Place = readonly [key: string, pk: string, sk: string];

interface Placed {
  readonly place: Place;
  readonly item: Attributes;
}
interface Partition {
  readonly placed: Map<string, Placed>;
  sorted: readonly Placed[] | undefined;
}

/** UTF-8 byte order, as DynamoDB sorts. */
export const compare = (a: string, b: string): number => {
  if (a === b) return 0;
  return PLAIN.test(a) && PLAIN.test(b) ? (a < b ? -1 : 1) : Buffer.compare(Buffer.from(a), Buffer.from(b));
};
const PLAIN = /^[ -~]*$/;

const comparePlaces = (a: Place, b: Place): number => compare(a[0], b[0]) || compare(a[1], b[1]) || compare(a[2], b[2]);

const INDEXES: readonly Index[] = [undefined, 'links'];
const ATTRIBUTES = { table: ['pk', 'sk'], links: ['lpk', 'lsk'] } as const;

export class Partitions {
  private readonly partitions = new Map<string, Partition>();

  constructor(items: Iterable<Attributes>) {
    for (const item of items) this.put(undefined, item);
  }

  put(old: Attributes | undefined, now: Attributes | undefined): void {
    for (const index of INDEXES) {
      this.change(index, old, (partition, name) => partition.placed.delete(name));
      this.change(index, now, (partition, name, placed) => partition.placed.set(name, placed));
    }
  }

  /** What the query finds, in its direction, from `after` on. */
  find({ index, pk, from, to, after, newestFirst }: Query): readonly Attributes[] {
    const partition = this.partitions.get(nameOf(index, pk));
    if (!partition) return [];
    partition.sorted ??= [...partition.placed.values()].sort((a, b) => comparePlaces(a.place, b.place));
    const { sorted } = partition;
    let start = from === undefined ? 0 : firstOf(sorted, ({ place }) => compare(place[0], from) >= 0);
    let end = to === undefined ? sorted.length : firstOf(sorted, ({ place }) => compare(place[0], to) > 0);
    if (after !== undefined) {
      const seen = placeOf(index, pk, after);
      if (newestFirst)
        end = Math.min(
          end,
          firstOf(sorted, ({ place }) => comparePlaces(place, seen) >= 0),
        );
      else
        start = Math.max(
          start,
          firstOf(sorted, ({ place }) => comparePlaces(place, seen) > 0),
        );
    }
    const found = sorted.slice(start, Math.max(start, end)).map(({ item }) => item);
    return newestFirst ? found.reverse() : found;
  }

  private change(
    index: Index,
    item: Attributes | undefined,
    apply: (partition: Partition, name: string, placed: Placed) => void,
  ): void {
    const [pk, sk] = ATTRIBUTES[index ?? 'table'];
    const at = item?.[pk]?.S;
    if (!item || at === undefined) return;
    const own = [item.pk!.S!, item.sk!.S!] as const;
    const partition = this.partitions.get(nameOf(index, at)) ?? { placed: new Map(), sorted: undefined };
    this.partitions.set(nameOf(index, at), partition);
    apply(partition, own.join('\n'), { place: [item[sk]!.S!, ...own], item });
    partition.sorted = undefined;
  }
}

const nameOf = (index: Index, pk: string): string => `${index ?? ''}\n${pk}`;

/** Where a page ended: what `positionOf` has told. */
function placeOf(index: Index, pk: string, after: string): Place {
  if (index === undefined) return [after, pk, after];
  const [key, ownPk, ownSk] = after.split('\n') as [string, string, string];
  return [key, ownPk, ownSk];
}

export const positionOf = (index: Index, item: Attributes): string =>
  index === undefined ? item.sk!.S! : [item.lsk!.S!, item.pk!.S!, item.sk!.S!].join('\n');

/** Where those begin for which `holds`, of which none comes before one for which it does not. */
function firstOf(sorted: readonly Placed[], holds: (placed: Placed) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
