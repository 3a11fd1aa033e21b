/**
 * The reserve that refunds and chargebacks of a payment release. What a payment has released is kept with it, so that the shares of many
 * refunds sum to the reserve exactly, and a share is released once: neither a lost refund nor a dispute that is won holds it again.
 */
import { freedBy, type Holds, type ReserveShare } from '../ledger/reserve.ts';
import { capturesOf, type Payment, type Returned } from './payment.ts';

/** A change of what is returned, and the reserve that it releases. */
export interface Returning {
  readonly returned: Returned;
  readonly reserveFreed: readonly ReserveShare[];
}

/**
 * What a refund (`refunded`: its amount in minor units) or a chargeback (`disputed`: its amount, negative for one that is won) makes of the
 * payment. Undefined for a payment of which no reserve is held. What was refunded under 0.1 releases nothing: its hold ends on its date.
 */
export function returning(
  payment: Payment,
  { refunded = 0n, disputed = 0n }: { readonly refunded?: bigint; readonly disputed?: bigint },
): Returning | undefined {
  const captures = capturesOf(payment);
  if (captures.every(({ reserve }) => reserve === 0n)) return undefined;
  const known = payment.returned ?? { disputed: 0n, freed: freedBy(captures, payment.refunded) };
  const now = known.disputed + disputed;
  const freed = freedBy(captures, payment.refunded + refunded + now);
  const reserveFreed = Object.entries(freed).flatMap(([date, amount]): ReserveShare[] => {
    const more = amount - (known.freed[date] ?? 0n);
    return more > 0n ? [{ date, amount: more }] : [];
  });
  return { returned: { disputed: now, freed: changed(known.freed, reserveFreed, 1n) }, reserveFreed };
}

/** The payment's part of a refund that failed before it had released anything: its shares are held on. */
export function notReturning(
  { returned }: Payment,
  { reserveFreed, succeededMs }: { readonly reserveFreed?: readonly ReserveShare[]; readonly succeededMs?: number },
): Returned | undefined {
  if (!returned || !reserveFreed || succeededMs !== undefined) return returned;
  return { ...returned, freed: changed(returned.freed, reserveFreed, -1n) };
}

function changed(freed: Holds, shares: readonly ReserveShare[], times: 1n | -1n): Holds {
  const sums = { ...freed };
  for (const { date, amount } of shares) sums[date] = (sums[date] ?? 0n) + times * amount;
  return sums;
}
