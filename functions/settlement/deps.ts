/** What settlement needs from the outside; Lambda entries and tests wire it. */
import type { BankOf } from '../channels/port/bank.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText, Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import type { Files } from '../table/files.ts';
import type { Table } from '../table/table.ts';

export interface SettlementDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly files: Files;
  /** The bank that a payout's account is at. */
  readonly bank: BankOf;
  readonly settings: (scope: Scope) => Promise<Settings>;
}
