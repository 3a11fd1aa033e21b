/** A page for a payer: complete in itself, without scripts and without anything from elsewhere. Pure. */

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

/** The document; `title` and `content` are HTML. */
export const htmlPage = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
  `<title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>`;
