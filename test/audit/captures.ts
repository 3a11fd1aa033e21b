/** I18 and I9: what each capture costs its merchant and what is held back of it, from the terms that were agreed. */

import type { FeeTerms } from '../../functions/kernel/money.ts';
import type { CaptureFacts, Payment } from '../../functions/payments/payment.ts';
import { type Facts, share } from './facts.ts';
import { capturesOf, paidAttemptOf } from './postings.ts';
import type { Expect } from './records.ts';

/** For how long a reserve is held where the terms do not say. */
const RESERVE_DAYS = 90;

export function auditCaptures({ payments, settings }: Facts, expect: Expect): void {
  for (const { doc: payment } of payments)
    for (const [index, capture] of capturesOf(payment).entries()) {
      const name = `capture ${index + 1} of pi_${payment.body}`;
      const { amount, fee, reserve, terms } = capture;
      const due = share(amount, terms.feeBps) + terms.fixed;
      expect(
        fee === due,
        `I18 the fee of ${name} is ${fee}, ${terms.feeBps} bps of ${amount} and ${terms.fixed} are ${due}`,
      );
      expect(
        reserve === share(amount, terms.reserveBps),
        `I9 ${reserve} is held of ${amount} at ${terms.reserveBps} bps by ${name}`,
      );
      const agreed = settings.some(({ fees }) => isAgreed(capture, fees, payment));
      expect(agreed, `I18 ${name} has terms of version ${terms.version} that were never agreed`);
    }
}

/** The terms of a capture are those of one version of the settings, in its currency and for what paid. */
function isAgreed({ terms }: CaptureFacts, agreed: FeeTerms, payment: Payment): boolean {
  const own = agreed.byMethod?.[paidAttemptOf(payment)?.method.type ?? 'card'];
  return (
    terms.version === agreed.version &&
    terms.feeBps === (own?.feeBps ?? agreed.feeBps) &&
    terms.reserveBps === agreed.reserveBps &&
    terms.fixed === (own?.fixedIn?.[payment.currency] ?? agreed.fixedIn?.[payment.currency] ?? agreed.fixed) &&
    terms.reserveDays === (agreed.reserveBps > 0 ? (agreed.reserveDays ?? RESERVE_DAYS) : undefined)
  );
}
