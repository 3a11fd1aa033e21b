/** The changes between the fastest consumer and the slowest, decoded once for both. */
import type { ChangeRecord } from '../table/changes.ts';

type Load = (after: number, most: number) => readonly ChangeRecord[];

/** A consumer that is further behind reads from the rows. */
const MOST = 2000;

export class Recent {
  private readonly load: Load;
  private readonly most: number;
  /** Every change behind `from`, up to the last one of the list. */
  private changes: ChangeRecord[] = [];
  private from = 0;
  /** The rows had no more at the last look, and none has been announced since. */
  private isComplete = false;

  constructor(load: Load, most = MOST) {
    this.load = load;
    this.most = most;
  }

  /** There may be more rows. Each change is announced after its commit. */
  notice(): void {
    this.isComplete = false;
  }

  /** Up to so many changes behind a position, oldest first. */
  after(position: number, most: number): readonly ChangeRecord[] {
    if (this.changes.length === 0) this.from = Math.max(this.from, position);
    const last = this.changes.at(-1)?.sequence ?? this.from;
    // The list has no gaps, so it does not begin again ahead of a consumer that is behind.
    if (position < this.from || position > last) return this.load(position, most);
    const first = this.changes.findIndex(({ sequence }) => sequence > position);
    const known = first < 0 ? [] : this.changes.slice(first, first + most);
    if (known.length === most || this.isComplete) return known;
    const more = this.load(last, most - known.length);
    this.isComplete = known.length + more.length < most;
    this.changes.push(...more);
    if (this.changes.length > this.most) this.forget(this.changes[this.changes.length - this.most - 1]!.sequence);
    return [...known, ...more];
  }

  /** No consumer needs changes up to this position. */
  forget(position: number): void {
    if (position <= this.from) return;
    this.from = position;
    const first = this.changes.findIndex(({ sequence }) => sequence > position);
    this.changes = first < 0 ? [] : this.changes.slice(first);
  }
}
