/** What the acquirer of the tests keeps: the sandbox's records, and what tests have decided. */
import type { CallbackFact, DisputeFacts, PayoutOutcome } from '../../functions/channels/port/port.ts';
import type { OpenedAccount } from '../../functions/sandbox/account.ts';
import type { Charge } from '../../functions/sandbox/charge.ts';
import type { Payout } from '../../functions/sandbox/payout.ts';
import type { Refund } from '../../functions/sandbox/refund.ts';
import { type MemoryTable, memoryTable } from '../world/memory-table.ts';
import { PAID } from './bank.ts';

export type Refusable = 'authorize' | 'capture' | 'void' | 'increment' | 'refund';

/** All that the acquirer knows, and what is on its way from it. A copy is another acquirer with the same past. */
export interface AcquirerState {
  readonly table: MemoryTable;
  /** Its charges and refunds as they are in the table, in the order in which they were made. */
  readonly charges: Map<string, Charge>;
  readonly refunds: Map<string, Refund>;
  readonly payouts: Map<string, Payout>;
  readonly accounts: Map<string, OpenedAccount>;
  readonly callbacks: CallbackFact[];
  /** What was ever announced of disputes, by the disputed charge. */
  readonly announced: Map<string, readonly DisputeFacts[]>;
  readonly refused: Set<Refusable>;
  readonly amounts: Map<'authorize' | 'capture', bigint>;
  readonly sent: Map<string, number>;
  /** Where it answers no queries: the first request of each reference or number, and what was wrong with later ones. */
  readonly requests: Map<string, string>;
  readonly violations: string[];
  /** What the bank makes of orders from now on. */
  bank: PayoutOutcome;
}

export const newAcquirer = (): AcquirerState => ({
  table: memoryTable(),
  charges: new Map(),
  refunds: new Map(),
  payouts: new Map(),
  accounts: new Map(),
  callbacks: [],
  announced: new Map(),
  refused: new Set(),
  amounts: new Map(),
  sent: new Map(),
  requests: new Map(),
  violations: [],
  bank: PAID,
});

/** Records are replaced and never changed, so that copies share them. */
export const copyOfAcquirer = (state: AcquirerState): AcquirerState => ({
  table: state.table.clone(),
  charges: new Map(state.charges),
  refunds: new Map(state.refunds),
  payouts: new Map(state.payouts),
  accounts: new Map(state.accounts),
  callbacks: [...state.callbacks],
  announced: new Map(state.announced),
  refused: new Set(state.refused),
  amounts: new Map(state.amounts),
  sent: new Map(state.sent),
  requests: new Map(state.requests),
  violations: [...state.violations],
  bank: state.bank,
});
