/** The recovery function, called page by page: what channels have and the records have not. */
import type { RecoveryStep } from '../../functions/operator/recovery.ts';
import type { Operator } from './operator.ts';

export interface Recovery extends Omit<RecoveryStep, 'cursor'> {
  readonly merchant: string;
  readonly mode: 'test' | 'live';
}

export interface RecoveryRequest {
  readonly merchant?: string;
  readonly mode?: 'test' | 'live';
  /** ISO instant in UTC. */
  readonly from: string;
  readonly dryRun?: boolean;
}

/** Recovers every merchant and mode, or those that are asked for. Each step may be repeated, so one that broke off is begun again. */
export async function recoverAll(
  recovery: Operator,
  { merchant, mode, from, dryRun = false }: RecoveryRequest,
): Promise<readonly Recovery[]> {
  const wanted = { ...(merchant !== undefined && { merchant }), ...(mode && { mode }) };
  const { scopes } = await recovery<{ scopes: readonly Pick<Recovery, 'merchant' | 'mode'>[] }>('scopes', wanted);
  const all: Recovery[] = [];
  for (const of of scopes) {
    const steps: RecoveryStep[] = [];
    do {
      const cursor = steps.at(-1)?.cursor;
      const args = { ...of, from, dryRun, ...(cursor !== undefined && { cursor }) };
      steps.push(await recovery<RecoveryStep>('recover', args));
    } while (steps.at(-1)?.cursor !== undefined);
    const ids = (name: 'made' | 'learned' | 'unbooked'): readonly string[] => [
      ...new Set(steps.flatMap((step) => step[name])),
    ];
    const sum = (name: 'listed' | 'verifications'): number => steps.reduce((total, step) => total + step[name], 0);
    all.push({
      ...of,
      listed: sum('listed'),
      made: ids('made'),
      learned: ids('learned'),
      verifications: sum('verifications'),
      unbooked: ids('unbooked'),
    });
  }
  return all;
}
