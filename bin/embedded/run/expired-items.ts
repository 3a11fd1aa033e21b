/** Removes items whose time is over from the tables that the template gives a time to live, as DynamoDB does: some time after it. */
import type { TableName } from '../../../functions/table/table.ts';
import { type Log, Running } from '../background.ts';
import type { StackClock, Timer } from '../clock.ts';
import { StoreStopped } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { removeExpired } from '../table/expiry.ts';
import type { Model } from '../wiring/model.ts';

/** The attribute that the store keeps an index of. */
const ATTRIBUTE = 'expiresAt';
const EVERY_MS = 600_000;

export interface ExpiredItemsDeps {
  readonly store: Store;
  readonly clock: StackClock;
  readonly log: Log;
  readonly model: Pick<Model, 'tables'>;
}

export class ExpiredItems {
  private readonly deps: ExpiredItemsDeps;
  private readonly tables: readonly TableName[];
  private readonly timer: Timer;
  private readonly running = new Running();
  private isOpen = false;

  constructor(deps: ExpiredItemsDeps) {
    this.deps = deps;
    const names = [...deps.model.tables.values()].flatMap(({ name, ttlAttribute }) => {
      if (ttlAttribute === undefined) return [];
      if (ttlAttribute !== ATTRIBUTE)
        throw new Error(`template: table ${name}: time to live ${ttlAttribute}: is not known`);
      return [name];
    });
    this.tables = names as TableName[];
    this.timer = deps.clock.timer(() => this.running.add(this.remove()));
  }

  start(): void {
    this.isOpen = true;
    this.timer.at(this.deps.clock.nowMs() + EVERY_MS);
  }

  stop(limitMs: number): Promise<boolean> {
    this.isOpen = false;
    this.timer.cancel();
    return this.running.ended(limitMs);
  }

  private async remove(): Promise<void> {
    const { store, clock, log } = this.deps;
    try {
      await removeExpired(store, this.tables, Math.floor(clock.nowMs() / 1000));
    } catch (error) {
      if (error instanceof StoreStopped) return;
      log.error('items not expired', { error });
    }
    if (this.isOpen) this.timer.at(clock.nowMs() + EVERY_MS);
  }
}
