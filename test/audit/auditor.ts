/** The audit function over a simulation, as the command line calls it. */
import { auditAll } from '../../bin/local/operator.ts';
import { type AuditorDeps, carryOutAudit } from '../../functions/operator/auditor.ts';
import type { Simulation } from '../world/simulation.ts';

export const auditorDeps = ({ world, bank }: Simulation): AuditorDeps => ({
  table: world.table,
  clock: world.clock,
  files: world.settlement.files,
  settings: world.payments.settings,
  channel: world.payments.channel,
  bank: () => bank,
});

/** What `ledger -- audit` finds. */
export async function differencesOf(
  sim: Simulation,
  deps: Partial<AuditorDeps> = {},
  onStep: () => Promise<void> = async () => {},
  /** Minutes for which a difference to the channel is left out. */
  settling = 0,
): Promise<readonly string[]> {
  const auditor = async <T>(command: string, args: object = {}): Promise<T> => {
    const result = await carryOutAudit({ ...auditorDeps(sim), ...deps }, { ...args, command });
    await onStep();
    return result as T;
  };
  return (await auditAll(auditor, { settling })).flatMap(({ differences }) => differences);
}
