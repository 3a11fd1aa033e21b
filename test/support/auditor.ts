/** The audit function over a simulation, as the command line calls it. */
import { auditAll } from '../../bin/local/operator.ts';
import { type AuditorDeps, carryOutAudit } from '../../functions/merchants/auditor.ts';
import type { Simulation } from './simulation.ts';

export const auditorDeps = ({ world }: Simulation): AuditorDeps => ({
  table: world.table,
  clock: world.clock,
  files: world.settlement.files,
  settings: world.payments.settings,
});

/** What `ledger -- audit` finds. */
export async function differencesOf(
  sim: Simulation,
  deps: Partial<AuditorDeps> = {},
  onStep: () => Promise<void> = async () => {},
): Promise<readonly string[]> {
  const auditor = async <T>(command: string, args: object = {}): Promise<T> => {
    const result = await carryOutAudit({ ...auditorDeps(sim), ...deps }, { ...args, command });
    await onStep();
    return result as T;
  };
  return (await auditAll(auditor, {})).flatMap(({ differences }) => differences);
}
