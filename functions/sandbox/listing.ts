/** The list of what an account's requests did, by time: what a merchant that lost records makes them again from. */
import type { Account } from './account.ts';
import { type Answer, pageUrlOf, parse, type SandboxDeps } from './api.ts';
import { isRefusal } from './refusal.ts';
import { listRequest } from './requests.ts';
import { dayOf, loadChanges, loadCharge, loadPayout, loadRefund } from './store.ts';
import { isKnown } from './wallet.ts';
import { listedCharge, listedPayout, listedRefund } from './wire.ts';

/** Changes on one page, at most. */
const PAGE = 50;

/** Days without a change that one request passes over. */
const DAYS = 31;

/**
 * POST /sandbox/listings: a page of the charges, refunds and payouts that changed between two instants, earliest change first, each as it is
 * now. One that changed often is listed as often. `cursor` stands in the answer while there is more, also after a page without any.
 */
export async function postListing(deps: SandboxDeps, account: Account, body: unknown): Promise<Answer> {
  const request = parse(listRequest, body);
  if (isRefusal(request)) return request;
  const { since: sinceMs, until: untilMs, cursor } = request;
  const [dayText = '', from = ''] = cursor?.split(':') ?? [];
  const first = cursor === undefined ? dayOf(sinceMs) : Number(dayText);
  const last = dayOf(untilMs);
  if (first > last) return { listed: [] };
  for (let day = first; ; day++) {
    const range = { sinceMs, untilMs, after: day === first ? from : '', limit: PAGE };
    const { changes, after } = await loadChanges(deps.table, account.id, day, range);
    const next = after !== undefined ? `${day}:${after}` : day < last ? `${day + 1}:` : undefined;
    if (changes.length === 0 && day < last && day - first < DAYS) continue;
    return { listed: await listedOf(deps, account, changes), ...(next !== undefined && { cursor: next }) };
  }
}

type Changes = Awaited<ReturnType<typeof loadChanges>>['changes'];

async function listedOf(deps: SandboxDeps, { id }: Account, changes: Changes): Promise<readonly object[]> {
  const nowMs = deps.clock.nowMs();
  const once = new Map(changes.map((change) => [`${change.about}${change.reference}`, change]));
  const listed = await Promise.all(
    [...once.values()].map(async ({ about, reference }) => {
      if (about === 'refund') {
        const refund = await loadRefund(deps.table, id, reference, nowMs);
        return refund && listedRefund(refund, nowMs);
      }
      if (about === 'payout') {
        const payout = await loadPayout(deps.table, id, reference, nowMs);
        return payout && listedPayout(payout, nowMs);
      }
      const charge = await loadCharge(deps.table, id, reference, nowMs);
      return charge && isKnown(charge) ? listedCharge(charge, nowMs, pageUrlOf(deps, charge)) : undefined;
    }),
  );
  return listed.filter((one) => one !== undefined);
}
