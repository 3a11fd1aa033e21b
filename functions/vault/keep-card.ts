/** Taking in a card that was typed in: checked, fingerprinted, encrypted under the object key that the request makes. The only place that does. */

import type { Call } from '../api/operation.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { fingerprintText } from '../payment-methods/method.ts';
import type { StoredCard } from '../payment-methods/token.ts';
import { tryCommit } from '../table/commit.ts';
import { acceptCard, type TypedCard } from './card.ts';
import type { VaultDeps } from './deps.ts';
import { encryptCard } from './store.ts';

/**
 * Keeps the card in the vault under `call.lock.objectKey`; an earlier try of the same request may have, and then that is the one.
 * @throws 402 invalid_number, incorrect_number, invalid_expiry_month, invalid_expiry_year, invalid_cvc, card_declined
 */
export async function keepCard(deps: VaultDeps, { caller, lock }: Call, typed: TypedCard): Promise<StoredCard> {
  const { scope, livemode } = caller;
  const { objectKey } = lock;
  const nowMs = deps.clock.nowMs();
  const accepted = acceptCard(typed, livemode, nowMs);
  const [fingerprint] = await Promise.all([
    fingerprintOf(deps, scope, accepted.clear.number),
    deps.keys.current(scope),
  ]);
  const writes = await encryptCard(deps.keys, { scope, body: objectKey, nowMs }, accepted.clear, fingerprint);
  // A conflict: an earlier try of the same request wrote it. Its id is this request's own.
  await Promise.all(writes.map((write) => tryCommit(deps.table, write)));
  return {
    card: { ...accepted.facts, fingerprint },
    source: sourceOf(objectKey),
    ...(accepted.test?.risk && { testRisk: accepted.test.risk }),
    ...(accepted.test && { testToken: accepted.test.token }),
    cvcGiven: accepted.clear.cvc !== undefined,
  };
}

/** The vault knows a card by the object key that it came in with, whatever method is made of that. */
const sourceOf = (objectKey: ObjectKey): StoredCard['source'] => ({ kind: 'vault', paymentMethod: `pm_${objectKey}` });

/** The same number has the same fingerprint within a scope, and another in any other (ADR 0005). */
const fingerprintOf = async (deps: VaultDeps, scope: Scope, number: string): Promise<string> =>
  fingerprintText(await deps.mac(Buffer.from(`card fingerprint|${scope}|${number}`)));
