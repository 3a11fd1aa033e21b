/** Lambda entry of the rule that deletes unused security codes. `asOfMs` in the event stands for now. */
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { deleteExpiredCodes } from '../vault/expired-codes.ts';

const log = logger('vault-expired-codes');
const deps = { table: dynamoTable() };

/** Fails when a code could not be deleted, which raises the alarm on the function's errors. */
export const handler = async (event: { readonly asOfMs?: number }): Promise<{ readonly deleted: number }> => {
  const { deleted, failures } = await deleteExpiredCodes(deps, event.asOfMs ?? systemClock.nowMs());
  log.info('expired codes', { deleted, failed: failures.length });
  if (failures.length > 0)
    throw new Error(`${failures.length} security codes could not be deleted: ${[...new Set(failures)].join(', ')}`);
  return { deleted };
};
