/** Commits of the janitor and of callbacks. */
import type { Scope } from '../kernel/ids.ts';
import type { Commit } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';

/** A commit that no merchant's request is behind. */
export async function ownCommit(deps: PaymentsDeps, scope: Scope): Promise<Commit> {
  const settings = await deps.settings(scope);
  return { nowMs: deps.clock.nowMs(), terms: settings.fees };
}
