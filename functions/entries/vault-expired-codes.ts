/** The rule that deletes unused security codes. `asOfMs` in the event stands for now. */
import { deleteExpiredCodes } from '../vault/expired-codes.ts';
import type { Platform } from './platform.ts';

export const create =
  ({ clock, table, log }: Platform) =>
  /** Fails when a code could not be deleted, which raises the alarm on the function's errors. */
  async (event: { readonly asOfMs?: number }): Promise<{ readonly deleted: number }> => {
    const { deleted, failures } = await deleteExpiredCodes({ table }, event.asOfMs ?? clock.nowMs());
    log.info('expired codes', { deleted, failed: failures.length });
    if (failures.length > 0)
      throw new Error(`${failures.length} security codes could not be deleted: ${[...new Set(failures)].join(', ')}`);
    return { deleted };
  };
