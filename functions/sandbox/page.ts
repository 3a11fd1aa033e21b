/** The challenge page: what a payer sees instead of their bank's. No scripts, nothing from elsewhere. Pure. */
import { decimalText, parseCurrency } from '../kernel/money.ts';
import { htmlPage } from '../kernel/page.ts';
import type { Charge } from './charge.ts';

/** Asks the payer; the form goes back to the page's own address. */
export function challengePage(charge: Charge): string {
  const currency = parseCurrency(charge.params.currency);
  const amount = currency
    ? `${decimalText(charge.params.amount, currency)} ${currency.toUpperCase()}`
    : String(charge.params.amount);
  return htmlPage(
    'Sandbox bank',
    `<p>A test payment of <strong>${amount}</strong> needs the payer's confirmation. No money moves.</p>` +
      '<form method="post"><button name="result" value="complete">Complete</button><button name="result" value="fail">Fail</button></form>',
  );
}

/** For a payer who has nowhere to return to. */
export const donePage = (charge: Charge): string =>
  htmlPage(
    'Sandbox bank',
    `<p>The challenge was ${charge.challenge?.state === 'completed' ? 'completed' : 'failed'}. You can close this page.</p>`,
  );

export const missingPage = (): string => htmlPage('Sandbox bank', '<p>There is no such challenge.</p>');
