/** A page for a payer: complete in itself and without anything from elsewhere. Only the page that posts a form has a script. Pure. */
import { createHash } from 'node:crypto';

/** No cache, no frame around it, and no other page learns the address, which holds a secret. */
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
  'button[value=complete],button[value=approve]{background:#1a1a2e;color:#fff}' +
  // The ring of the browser itself is as dark as the first button.
  'button:focus-visible{outline:3px solid #1f6feb;outline-offset:2px}';

/** Text as HTML shows it. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The document; `title` and `content` are HTML. */
export const htmlPage = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
  `<title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>`;

/** A field may be named `submit`: the form's own method is not called by that name. */
const POST_IT = 'HTMLFormElement.prototype.submit.call(document.forms[0])';

/** Headers of the page that posts a form to `url`. The one script of it is allowed by its hash. */
export const formHeaders = (url: string): Readonly<Record<string, string>> => ({
  ...PAGE_HEADERS,
  // A browser applies it to where the form is redirected, too.
  'content-security-policy': `${PAGE_HEADERS['content-security-policy']}; script-src 'sha256-${createHash('sha256').update(POST_IT).digest('base64')}'; form-action ${new URL(url).origin} https:`,
});

/** Headers of the page that shows a code: its one image is part of it. */
export const CODE_HEADERS: Readonly<Record<string, string>> = {
  ...PAGE_HEADERS,
  'content-security-policy': `${PAGE_HEADERS['content-security-policy']}; img-src data:`,
};

/** Seconds after which the page of a code is loaded again: once it is paid, the page sends its payer on. */
const RELOAD_SECONDS = 5;

/** A page that shows a code for the payer's phone; `image` is a data URL. */
export const codePage = (title: string, image: string): string =>
  htmlPage(
    title,
    `<p>Scan this code with the app of the wallet.</p><img src="${escaped(image)}" alt="The code to scan">` +
      `<meta http-equiv="refresh" content="${RELOAD_SECONDS}">`,
  );

/** A page that posts the fields to `url` at once; without scripts the payer presses its button. */
export function formPage(title: string, url: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const form = `<form method="post" action="${escaped(url)}" accept-charset="utf-8">${inputs.join('')}<button>Continue</button></form>`;
  return htmlPage(title, `<p>You are being sent on to pay.</p>${form}<script>${POST_IT}</script>`);
}
