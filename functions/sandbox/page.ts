/** What a payer sees instead of the pages of their bank or wallet. No scripts, nothing from elsewhere. Pure. */
import { decimalText, parseCurrency } from '../kernel/money.ts';
import { escaped, htmlPage } from '../kernel/page.ts';
import type { Charge, ChargeStatus } from './charge.ts';
import { traitOf } from './wallet.ts';

/** Asks the payer; the form goes back to the page's own address. */
export function challengePage(charge: Charge): string {
  return htmlPage(
    'Sandbox bank',
    `<p>A test payment of <strong>${amountText(charge)}</strong> needs the payer's confirmation. No money moves.</p>` +
      '<form method="post"><button name="result" value="complete">Complete</button><button name="result" value="fail">Fail</button></form>',
  );
}

/** Asks the payer at the wallet; the form goes back to the page's own address. */
export const walletPage = (charge: Charge): string =>
  htmlPage(
    titleOf(charge),
    `<p>A test payment of <strong>${amountText(charge)}</strong>. No money moves.</p>` +
      wishesText(charge) +
      `<p>It can be paid until ${minuteText(charge.decidedMs)}.</p>` +
      '<form method="post"><button name="result" value="approve">Approve</button><button name="result" value="decline">Decline</button>' +
      '<p><button name="result" value="expire">Expire the order now</button></p></form>',
  );

/** What the merchant wished of the page. It is in English, whatever the language. */
const wishesText = ({ params: { locale, invoice } }: Charge): string =>
  (invoice === undefined ? '' : `<p>Invoice: ${escaped(invoice)}</p>`) +
  (locale === undefined ? '' : `<p>Language: ${escaped(locale)}</p>`);

const OUTCOMES: Readonly<Record<ChargeStatus, string>> = {
  waiting: 'is not decided',
  challenge: 'is not decided',
  pending: 'is being processed',
  approved: 'was approved',
  authenticated: 'was approved',
  authorised: 'was approved',
  captured: 'was paid',
  declined: 'was not paid',
};

/** For a payer on a phone, or without an address to return to. */
export const walletDonePage = (charge: Charge, status: ChargeStatus): string =>
  htmlPage(
    titleOf(charge),
    `<p>The test payment of <strong>${amountText(charge)}</strong> ${OUTCOMES[status]}. You can close this page.</p>`,
  );

const titleOf = (charge: Charge): string => `Sandbox ${traitOf(charge)?.label ?? 'wallet'}`;

const minuteText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function amountText({ params: { amount, currency: code } }: Charge): string {
  const currency = parseCurrency(code);
  return currency ? `${decimalText(amount, currency)} ${currency.toUpperCase()}` : String(amount);
}

/** For a payer who has nowhere to return to. */
export const donePage = (charge: Charge): string =>
  htmlPage(
    'Sandbox bank',
    `<p>The challenge was ${charge.challenge?.state === 'completed' ? 'completed' : 'failed'}. You can close this page.</p>`,
  );

/** For an address that has no payment. No charge says which wallet it would be. */
export const missingPage = (of: 'bank' | 'wallet'): string =>
  htmlPage(`Sandbox ${of}`, '<p>There is no such payment.</p>');
