/** The page that posts a form: whatever the fields hold is text, and the one script is the one that the policy allows. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { CODE_HEADERS, codePage, formHeaders, formPage } from '../../../functions/kernel/page.ts';

it('the page that posts a form escapes names, values and the address', () => {
  const page = formPage('Payment', 'https://wallet.example/pay?a=1&b="><script>1</script>', {
    'a"b': `</form><script>alert('x')</script>`,
    submit: '&amp;',
  });

  expect(page).toContain('action="https://wallet.example/pay?a=1&#38;b=&#34;&#62;&#60;script&#62;1&#60;/script&#62;"');
  expect(page).toContain('name="a&#34;b" value="&#60;/form&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;"');
  expect(page).toContain('name="submit" value="&#38;amp;"');
  expect(page.match(/<script>/g)).toHaveLength(1);
  expect(page).toContain('<button>Continue</button>');
});

it('the page that posts a form allows its own script, by its hash, and posts to that address or over https', () => {
  const [, script] = /<script>(.*)<\/script>/.exec(formPage('Payment', 'http://localhost:4010/pay', {}))!;

  const policy = formHeaders('http://localhost:4010/pay')['content-security-policy']!;

  expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script!).digest('base64')}'`);
  expect(policy).toContain('form-action http://localhost:4010 https:');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
});

it('the page that shows a code has its image alone, no script, and loads itself again', () => {
  const page = codePage('Payment', 'data:image/svg+xml;base64,PHN2Zy8+');

  expect(page).toContain('<img src="data:image/svg+xml;base64,PHN2Zy8+"');
  expect(page).toContain('<meta http-equiv="refresh" content="5">');
  expect(page).not.toContain('<script');
  expect(CODE_HEADERS['content-security-policy']).toContain('img-src data:');
  expect(CODE_HEADERS['content-security-policy']).toContain("default-src 'none'");
});
