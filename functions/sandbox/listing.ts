/** The list of what an account's requests did, by time: what a merchant that lost records makes them again from. */
import type { Account } from './account.ts';
import { type Answer, pageUrlOf, parse, type SandboxDeps } from './api.ts';
import { isRefusal } from './refusal.ts';
import { dayOf, loadChanges, loadCharge, loadRefund } from './store.ts';
import { listedCharge, listedRefund, listRequest } from './wire.ts';

/** Changes on one page, at most. */
const PAGE = 50;

/**
 * POST /sandbox/listings: a page of the charges and refunds that changed between two instants, earliest change first, each as it is now. One
 * that changed often is listed as often. `cursor` stands in the answer while there is more, also after a page without any.
 */
export async function postListing(deps: SandboxDeps, account: Account, body: unknown): Promise<Answer> {
  const request = parse(listRequest, body);
  if (isRefusal(request)) return request;
  const { since: sinceMs, until: untilMs, cursor } = request;
  const [dayText = '', from = ''] = cursor?.split(':') ?? [];
  const day = cursor === undefined ? dayOf(sinceMs) : Number(dayText);
  if (day > dayOf(untilMs)) return { listed: [] };
  const range = { sinceMs, untilMs, after: from, limit: PAGE };
  const { changes, after } = await loadChanges(deps.table, account.id, day, range);
  const nowMs = deps.clock.nowMs();
  const once = new Map(changes.map((change) => [`${change.about}${change.reference}`, change]));
  const listed = await Promise.all(
    [...once.values()].map(async ({ about, reference }) => {
      if (about === 'refund') {
        const refund = await loadRefund(deps.table, account.id, reference, nowMs);
        return refund && listedRefund(refund, nowMs);
      }
      const charge = await loadCharge(deps.table, account.id, reference, nowMs);
      return charge && listedCharge(charge, nowMs, pageUrlOf(deps, charge));
    }),
  );
  const next = after !== undefined ? `${day}:${after}` : day < dayOf(untilMs) ? `${day + 1}:` : undefined;
  return { listed: listed.filter((one) => one !== undefined), ...(next !== undefined && { cursor: next }) };
}
