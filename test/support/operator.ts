/** The operator function over a simulation, as the command line calls it. */
import { auditAll } from '../../bin/local/operator.ts';
import { type OperatorDeps, operate } from '../../functions/merchants/operator.ts';
import { systemRandom } from '../../functions/shared/clock.ts';
import type { Simulation } from './simulation.ts';

export const operatorDeps = ({ world }: Simulation): OperatorDeps => ({
  table: world.table,
  clock: world.clock,
  random: systemRandom,
  files: world.settlement.files,
  settings: world.payments.settings,
  openSandbox: () => Promise.reject(new Error('no account is opened here')),
  sealAccount: () => Promise.reject(new Error('no account is opened here')),
  start: async (_input, name) => `arn:${name}`,
  executionOf: async () => ({ status: 'RUNNING' }),
});

/** What `ledger -- audit` finds. */
export async function differencesOf(
  sim: Simulation,
  deps: Partial<OperatorDeps> = {},
  onStep: () => Promise<void> = async () => {},
): Promise<readonly string[]> {
  const operator = async <T>(command: string, args: object = {}): Promise<T> => {
    const result = await operate({ ...operatorDeps(sim), ...deps }, { ...args, command });
    await onStep();
    return result as T;
  };
  return (await auditAll(operator, {})).flatMap(({ differences }) => differences);
}
