/** The language and the invoice that a merchant wishes on the page of a wallet. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { addressOf, type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeEach(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterEach(() => fixture.sandbox.close());

const paypal = (wishes: { readonly locale?: string; readonly invoice?: string }): AuthorizeRequest =>
  fixture.order('paypal', { instrument: { kind: 'wallet', type: 'paypal', ...wishes } });
const page = async (order: AuthorizeRequest): Promise<string> => {
  const url = addressOf(await fixture.channel.authorize(order));
  return (await httpClient({ method: 'GET', url, timeoutMs: 30_000 })).body.toString();
};

describe('what a merchant wishes of the page', () => {
  test('is shown, as text', async () => {
    const html = await page(paypal({ locale: 'de-DE', invoice: `<script>alert("1")</script> & 'A-7'` }));

    expect(html).toContain('<p>Language: de-DE</p>');
    expect(html).toContain('<p>Invoice: &#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;A-7&#39;</p>');
    expect(html).not.toContain('<script');
  });

  test('is not needed, and an empty wish is none', async () => {
    expect(await page(paypal({}))).not.toMatch(/Language|Invoice/);
    expect(await page(paypal({ locale: '', invoice: '' }))).not.toMatch(/Language|Invoice/);
  });

  test.each([
    ['an invoice of 128 characters', { invoice: 'x'.repeat(128) }],
    ['a locale that is none', { locale: '<b>' }],
    ['a locale of five parts', { locale: 'de-DE-DE-DE-DE' }],
  ])('%s is refused before anything is done', async (_, wishes) => {
    const order = paypal(wishes);

    expect(await fixture.channel.authorize(order)).toMatchObject({
      kind: 'failed',
      decline: { class: 'configuration', networkCode: 'malformed' },
    });
    expect((await fixture.channel.queryAttempt(order)).attempt).toEqual({ kind: 'not_found' });
  });

  test('is part of the request: another wish under the same reference is refused', async () => {
    const order = paypal({ locale: 'de-DE', invoice: 'A-7' });
    const first = await fixture.channel.authorize(order);
    const changed = (wishes: { readonly locale?: string; readonly invoice?: string }) =>
      fixture.channel.authorize({
        ...order,
        instrument: { kind: 'wallet', type: 'paypal', locale: 'de-DE', invoice: 'A-7', ...wishes },
      });

    expect(await changed({})).toEqual(first);
    expect((await changed({ invoice: 'A-8' })).kind).toBe('unknown');
    expect((await changed({ locale: 'fr-FR' })).kind).toBe('unknown');
  });
});
