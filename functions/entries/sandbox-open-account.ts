/** Invoked by the operator: opens an account at the acquirer. Its secrets are in this answer and nowhere else in clear but the sandbox's table. */
import * as z from 'zod/mini';
import { type OpenedAccount, openAccount } from '../sandbox/account.ts';
import { writeAccount } from '../sandbox/store.ts';
import type { Platform } from './platform.ts';

const request = z.object({
  /** `{account}` in it stands for the id of the account that is opened. */
  callbackUrl: z.optional(z.string().check(z.maxLength(1000), z.regex(/^https?:\/\/\S+$/))),
  /** The merchant has an account already. */
  further: z.optional(z.boolean()),
});

export const create =
  ({ clock, random, table, log }: Platform) =>
  async (event: unknown): Promise<OpenedAccount> => {
    const { callbackUrl, further } = z.parse(request, event);
    const { record, opened } = openAccount(callbackUrl, clock.nowMs(), random, further);
    await table.commit(writeAccount(record));
    log.info('opened', { account: opened.account });
    return opened;
  };
