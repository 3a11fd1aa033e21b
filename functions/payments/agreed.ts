/** Currencies that a merchant can take: those in which its fixed fee and its least payout are agreed. */

import { refused } from '../api/errors.ts';
import type { Currency } from '../kernel/money.ts';
import type { MerchantId, Settings } from '../merchants/merchant.ts';

interface Asking {
  readonly merchant: MerchantId;
  readonly settings: Settings;
}

/** @throws 400 for a currency in which no fixed fee or least payout is agreed, with the operator's command that sets it */
export function assertAgreed(caller: Asking, currency: Currency): void {
  const { fees, minimumPayouts } = caller.settings;
  if (fees.fixedIn?.[currency] === undefined) throw notAgreed(caller, currency, 'fixed fee', 'fee-fixed');
  if (minimumPayouts[currency] === undefined) throw notAgreed(caller, currency, 'minimum payout', 'minimum-payout');
}

function notAgreed({ merchant, settings }: Asking, currency: Currency, what: string, option: string) {
  const mode = settings.livemode ? ' --live' : '';
  const command = `npm run -s merchant -- set --merchant ${merchant}${mode} --${option} ${currency}=AMOUNT`;
  return refused(
    `This account has no ${what} in ${currency}, which payments in it need. The operator of the platform sets it, in minor units, with: ${command}`,
    { param: 'currency' },
  );
}
