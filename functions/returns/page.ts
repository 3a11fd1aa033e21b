/** What a payer sees whom the merchant gave no address to return to, or whose address is none of ours. Pure. */
import { htmlPage } from '../kernel/page.ts';
import type { RedirectStatus } from './return.ts';

const DONE: Readonly<Record<RedirectStatus, string>> = {
  succeeded: 'Your payment details were confirmed.',
  pending: 'Your payment is being processed.',
  failed: 'The payment was not confirmed. You can try again where you started.',
};

export const donePage = (status: RedirectStatus): string =>
  htmlPage('Payment', `<p>${DONE[status]} You can close this page.</p>`);

export const unknownPage = (): string =>
  htmlPage('Payment', '<p>There is no such address. Go back to the shop to see your payment.</p>');

export const failedPage = (): string =>
  htmlPage(
    'Payment',
    '<p>Something went wrong here. Load this page again, or go back to the shop to see your payment.</p>',
  );
