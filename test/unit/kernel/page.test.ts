import { expect, it } from 'vitest';
import { htmlPage, PAGE_HEADERS } from '../../../functions/kernel/page.ts';

it('a page for a payer has a language, a title and the width of the phone, and shows the focus of the keyboard', () => {
  const html = htmlPage('Sandbox bank', '<p>A test payment.</p>');

  expect(html).toMatch(/^<!doctype html><html lang="en">/);
  expect(html).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">');
  expect(html).toContain('<title>Sandbox bank</title>');
  expect(html).toContain('<main><h1>Sandbox bank</h1><p>A test payment.</p></main>');
  expect(html).toContain('button:focus-visible{outline:3px solid');
});

it('a page needs nothing that its own policy forbids: one style, no script, no image, no attribute of style', () => {
  const html = htmlPage('Sandbox bank', '');

  expect(PAGE_HEADERS['content-security-policy']).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect(html.match(/<style>/g)).toHaveLength(1);
  expect(html).not.toMatch(/<script|<img|<link| style=| on\w+=/);
});
