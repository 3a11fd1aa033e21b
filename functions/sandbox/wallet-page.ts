/** The wallet's page: its two requests. It leads to the stored return URL and to no other address. */
import { PAGE_HEADERS } from '../kernel/page.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { announce, pageUrlOf, type SandboxDeps } from './api.ts';
import { chargeCallbacks, disputeCallbacks } from './callback.ts';
import { chargeOfPage, html, type PageAnswer } from './challenge.ts';
import { type Charge, planOfParams, statusOf } from './charge.ts';
import { missingPage, walletDonePage, walletPage } from './page.ts';
import { loadAccount, writeChange, writeCharge } from './store.ts';
import { formOf, isScanned, opened, PAYER_RESULTS, payerDecides } from './wallet.ts';

const secretOf = ({ order }: Charge): string | undefined => order?.secret;
const changedPage = (): PageAnswer => html(409, missingPage('wallet'));

/** GET: asks the payer while the order waits, afterwards sends them on. From the first view on, a query finds the order. */
export async function showWallet(deps: SandboxDeps, id: string): Promise<PageAnswer> {
  return retryRaces(async () => {
    const charge = await chargeOfPage(deps, id, secretOf);
    if (!charge) return html(404, missingPage('wallet'));
    const nowMs = deps.clock.nowMs();
    if (statusOf(charge, nowMs) !== 'waiting') return leave(deps, charge);
    const after = opened(charge, nowMs);
    if (after !== charge && !(await stored(deps, after, nowMs))) return LOST;
    return html(200, walletPage(after));
  }, changedPage);
}

/**
 * POST: the payer decides once, the signed callback is queued, the browser returns to the merchant. A browser that comes with the order's own form is
 * shown the page.
 */
export async function answerWallet(deps: SandboxDeps, id: string, form: string): Promise<PageAnswer> {
  const fields = new URLSearchParams(form);
  if (fields.has('order')) {
    const charge = await chargeOfPage(deps, id, secretOf);
    const isOwn = charge && Object.entries(formOf(charge)).every(([name, value]) => fields.get(name) === value);
    return isOwn ? showWallet(deps, id) : html(404, missingPage('wallet'));
  }
  const given = fields.get('result');
  const result = PAYER_RESULTS.find((known) => known === given);
  return retryRaces(async () => {
    const charge = await chargeOfPage(deps, id, secretOf);
    if (!charge) return html(404, missingPage('wallet'));
    const nowMs = deps.clock.nowMs();
    const isWaiting = statusOf(charge, nowMs) === 'waiting';
    if (isWaiting && !result) return html(400, walletPage(charge));
    if (!isWaiting || !result) return leave(deps, charge);
    const plan = planOfParams(charge.params, deps.adjust);
    const after = payerDecides(charge, result, nowMs, deps.timings, plan);
    if (!(await stored(deps, after, nowMs))) return LOST;
    const account = await loadAccount(deps.table, after.account);
    if (account)
      await announce(deps, account, [
        ...chargeCallbacks(after, nowMs, deps.timings, pageUrlOf(deps, after)),
        ...disputeCallbacks(after, charge, nowMs, deps.timings),
      ]);
    if (plan.return === 'late') await deps.clock.sleep(deps.timings.lateReturnMs);
    return leave(deps, after);
  }, changedPage);
}

async function stored(deps: SandboxDeps, charge: Charge, nowMs: number): Promise<boolean> {
  await deps.table.commit(writeChange(charge.account, 'charge', charge.params.reference, nowMs));
  return tryCommit(deps.table, writeCharge(charge, nowMs));
}

/** The way back to the merchant. A payer on a phone has none: the merchant's page is open in another browser. */
function leave(deps: SandboxDeps, charge: Charge): PageAnswer {
  const status = statusOf(charge, deps.clock.nowMs());
  const { returnUrl } = charge.params;
  const isLost = planOfParams(charge.params, deps.adjust).return === 'lost';
  if (returnUrl === undefined || isLost || isScanned(charge)) return html(200, walletDonePage(charge, status));
  // A header holds ASCII only: the URL goes out as a browser would write it.
  const back = new URL(returnUrl);
  back.searchParams.set('redirect_status', status === 'declined' ? 'failed' : 'succeeded');
  return { status: 303, headers: { ...PAGE_HEADERS, location: back.href }, body: '' };
}
