/** The challenge page's two requests. The page leads to the stored return URL and nowhere else. */
import { timingSafeEqual } from 'node:crypto';
import { PAGE_HEADERS } from '../kernel/page.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { announce, pageUrlOf, type SandboxDeps } from './api.ts';
import { chargeCallbacks } from './callback.ts';
import { type Charge, finishChallenge } from './charge.ts';
import { challengePage, donePage, missingPage } from './page.ts';
import { loadAccount, loadCharge, writeChange, writeCharge } from './store.ts';

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const html = (status: number, body: string): PageAnswer => ({ status, headers: PAGE_HEADERS, body });

const secretOf = ({ challenge }: Charge): string | undefined => challenge?.secret;

/** GET: asks the payer while the challenge is open, afterwards sends them on. */
export async function showChallenge(deps: SandboxDeps, id: string): Promise<PageAnswer> {
  const charge = await chargeOfPage(deps, id, secretOf);
  if (!charge) return html(404, missingPage('bank'));
  return charge.challenge?.state === 'open' ? html(200, challengePage(charge)) : leave(charge);
}

/** POST: the state moves once, the signed callback is queued, the browser goes back to where the merchant wanted it. */
export async function answerChallenge(deps: SandboxDeps, id: string, form: string): Promise<PageAnswer> {
  const result = new URLSearchParams(form).get('result');
  return retryRaces(
    async () => {
      const charge = await chargeOfPage(deps, id, secretOf);
      if (!charge) return html(404, missingPage('bank'));
      if (charge.challenge?.state !== 'open') return leave(charge);
      if (result !== 'complete' && result !== 'fail') return html(400, challengePage(charge));
      const nowMs = deps.clock.nowMs();
      const finished = finishChallenge(charge, result, nowMs);
      if (finished === charge) return leave(charge);
      await deps.table.commit(writeChange(finished.account, 'charge', finished.params.reference, nowMs));
      if (!(await tryCommit(deps.table, writeCharge(finished, nowMs)))) return LOST;
      const account = await loadAccount(deps.table, finished.account);
      if (account)
        await announce(deps, account, chargeCallbacks(finished, nowMs, deps.timings, pageUrlOf(deps, finished)));
      return leave(finished);
    },
    () => html(409, missingPage('bank')),
  );
}

/** Redirects to the merchant's page with the result, in Stripe's parameters. */
function leave(charge: Charge): PageAnswer {
  const { returnUrl } = charge.params;
  if (returnUrl === undefined) return html(200, donePage(charge));
  // A header holds ASCII only: the URL goes out as a browser would write it.
  const back = new URL(returnUrl);
  const approved = charge.decision === 'approved' || charge.params.waitsAfterChallenge;
  const passed = charge.challenge?.state === 'completed' && approved;
  back.searchParams.set('redirect_status', passed ? 'succeeded' : 'failed');
  return { status: 303, headers: { ...PAGE_HEADERS, location: back.href }, body: '' };
}

/** The charge whose page this is; the secret in the address decides, compared in constant time. */
export async function chargeOfPage(
  deps: SandboxDeps,
  id: string,
  secretOf: (charge: Charge) => string | undefined,
): Promise<Charge | undefined> {
  const [, account, reference, secret] = /^(sba[0-9A-Za-z]{20})-([0-9A-Za-z]{1,40})-([0-9A-Za-z]{24})$/.exec(id) ?? [];
  if (account === undefined || reference === undefined || secret === undefined) return undefined;
  const charge = await loadCharge(deps.table, account, reference, deps.clock.nowMs());
  const expected = charge && secretOf(charge);
  return expected !== undefined && timingSafeEqual(Buffer.from(expected), Buffer.from(secret)) ? charge : undefined;
}
