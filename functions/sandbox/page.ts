/** The challenge page: what a payer sees instead of their bank's. No scripts, nothing from elsewhere. Pure. */
import { decimalText, parseCurrency } from '../kernel/money.ts';
import type { Charge } from './charge.ts';

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem;color:#1a1a2e}' +
  'button{font:inherit;padding:.6rem 1.2rem;margin-right:.6rem;border:1px solid #1a1a2e;border-radius:.4rem;background:#fff;cursor:pointer}' +
  'button[value=complete]{background:#1a1a2e;color:#fff}';

const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
  `<title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>`;

/** Asks the payer; the form goes back to the page's own address. */
export function challengePage(charge: Charge): string {
  const currency = parseCurrency(charge.params.currency);
  const amount = currency
    ? `${decimalText(charge.params.amount, currency)} ${currency.toUpperCase()}`
    : String(charge.params.amount);
  return page(
    'Sandbox bank',
    `<p>A test payment of <strong>${amount}</strong> needs the payer's confirmation. No money moves.</p>` +
      '<form method="post"><button name="result" value="complete">Complete</button><button name="result" value="fail">Fail</button></form>',
  );
}

/** For a payer who has nowhere to return to. */
export const donePage = (charge: Charge): string =>
  page(
    'Sandbox bank',
    `<p>The challenge was ${charge.challenge?.state === 'completed' ? 'completed' : 'failed'}. You can close this page.</p>`,
  );

export const missingPage = (): string => page('Sandbox bank', '<p>There is no such challenge.</p>');
