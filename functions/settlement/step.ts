/** The steps of the settlement machine: each may be run again at any time and carries on where the last run stopped. */
import type { Scope } from '../kernel/ids.ts';
import { settle } from './batch.ts';
import { closePeriod } from './close-period.ts';
import { BooksDiffer, differenceText } from './compare.ts';
import type { SettlementDeps } from './deps.ts';
import { payOut } from './pay.ts';
import { reportDeferred, writeReports } from './report.ts';

/** What an execution starts with. */
export interface SettlementInput {
  readonly scope: Scope;
  /** Business date, for people. */
  readonly date: string;
  /** Last millisecond of the period. */
  readonly throughMs: number;
  /** The period is not over (test mode). */
  readonly force: boolean;
  /** A currency in which the date is not due yet is put off; otherwise all are settled at once. */
  readonly asDue?: boolean;
}

/** What a step leaves for the machine's choices and for the next step. */
export interface SettlementState extends SettlementInput {
  readonly status: 'waiting' | 'sealed' | 'settled' | 'reported' | 'paying' | 'done';
  /** End of the period that is being settled: an earlier one, where that was left unfinished. */
  readonly sealedThroughMs?: number;
  readonly again?: boolean;
  readonly waitSeconds?: number;
  /** How often the close has been waited for, and for which entries: the first of them. */
  readonly waits?: number;
  readonly missing?: readonly string[];
  readonly payouts?: readonly string[];
}

const LONGEST_WAIT_SECONDS = 900;
/** An execution's state is limited in size. */
const NAMED = 20;

export type StepName = 'seal' | 'settle' | 'report' | 'pay';

/** Carries out one step. @throws BooksDiffer when records and entries of the period do not agree */
export async function runStep(deps: SettlementDeps, step: StepName, state: SettlementState): Promise<SettlementState> {
  const { scope, sealedThroughMs: throughMs = state.throughMs } = state;
  switch (step) {
    case 'seal': {
      const closed = await closePeriod(deps, state);
      if (closed.status === 'sealed')
        return {
          ...stateWithout(state),
          status: 'sealed',
          sealedThroughMs: closed.throughMs,
          again: closed.again,
          waits: 0,
        };
      if (closed.status === 'differs') throw new BooksDiffer(scope, closed.differences);
      // An entry that does not come is waited for ever longer: an execution has only so many events.
      const waits = (state.waits ?? 0) + 1;
      return {
        ...state,
        status: 'waiting',
        waits,
        ...(closed.missing && { missing: closed.missing.slice(0, NAMED).map(differenceText) }),
        waitSeconds: Math.min(LONGEST_WAIT_SECONDS, Math.max(closed.waitSeconds, 2 ** Math.min(waits, 10))),
      };
    }
    case 'settle': {
      const batches = await settle(deps, scope, throughMs, state.asDue === true);
      return {
        ...state,
        status: 'settled',
        payouts: [...(state.payouts ?? []), ...batches.flatMap(({ payout }) => (payout ? [`po_${payout}`] : []))],
      };
    }
    case 'report':
      await writeReports(deps, scope, throughMs);
      await reportDeferred(deps, scope);
      return { ...state, status: 'reported' };
    case 'pay': {
      const { open, waitSeconds } = await payOut(deps, scope);
      return { ...state, status: open > 0 ? 'paying' : 'done', waitSeconds };
    }
    default:
      return step satisfies never;
  }
}

function stateWithout(state: SettlementState): SettlementState {
  const { missing: _, ...rest } = state;
  return rest;
}
