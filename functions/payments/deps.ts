/** What the payments context needs from the outside; Lambda entries and tests wire it. */
import type { Channel } from '../channels/port/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText, Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import type { Risk } from '../risk/port/port.ts';
import type { Table } from '../table/table.ts';
import type { Vault } from '../vault/port/port.ts';

export interface PaymentsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  /** The client of a channel, by its name on the attempt. */
  readonly channel: (name: string) => Channel;
  readonly vault: Vault;
  readonly risk: Risk;
  /** Settings of a scope, for what no merchant's request is behind (callbacks, jobs). */
  readonly settings: (scope: Scope) => Promise<Settings>;
  /** Tells the operator of an answer that contradicts what is known; a callback's own contradiction is its consumer's to tell. */
  readonly contradicted: (facts: Contradiction) => void;
}

export interface Contradiction {
  readonly scope: Scope;
  readonly reference: string;
  readonly outcome: string;
}
