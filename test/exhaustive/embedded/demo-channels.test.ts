/** The demonstration of the channels, as a person runs it. It ends with code 1 where a payment, a sum or the audit is not as it should be. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../bin/local/files.ts';
import manifest from '../../../package.json' with { type: 'json' };

let code: number | null;
let lines: readonly string[];
beforeAll(() => {
  const [, ...args] = manifest.scripts['demo:channels'].split(' ').slice(1);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  code = status;
  lines = `${stdout}${stderr}`.split('\n');
});

/** The lines below the title that begins so, up to the next one. */
function below(title: string): readonly string[] {
  const from = lines.findIndex((line) => line.startsWith(title));
  if (from < 0) throw new Error(`no title ${title} in:\n${lines.join('\n')}`);
  const rest = lines.slice(from + 1);
  return rest.slice(0, rest.indexOf('') < 0 ? undefined : rest.indexOf(''));
}

describe('npm run demo:channels', () => {
  it('ends well, and the audit finds no difference', () => {
    expect([code, lines.at(-2)]).toEqual([0, 'The audit compared every record with its entries: no difference']);
  });

  it.each([
    ['A card through Stripe', 'Sluice → stripe  POST /v1/payment_intents', 'stripe → Sluice'],
    ['Alipay: a code', 'Sluice → alipay  POST /gateway.do  method=alipay.trade.precreate', 'alipay → Sluice'],
    ['WeChat Pay: a code', 'Sluice → wechatpay  POST /v3/pay/transactions/native', 'wechatpay → Sluice'],
  ])('%s: shows the request, the answer and the callback, and the payment succeeded', (title, asked, callback) => {
    const found = below(title);

    const at = found.findIndex((line) => line.startsWith(`  ${asked}`));
    expect(found[at + 1]).toMatch(/^ {4}200 {2}\w+=/);
    expect(found.filter((line) => line.startsWith(`  ${callback}`)).length).toBeGreaterThan(0);
    expect(found.at(-1)).toMatch(/^ {2}pi_\w+ succeeded$/);
  });

  it('shows a charge whose answer was lost, and how it is found without a second one', () => {
    expect(below('An unknown outcome')).toContain('    no answer: the connection ended');
    const [found] = lines.filter((line) => line.endsWith(' minutes later: Stripe is asked about it'));
    expect(below(found!).filter((line) => line.startsWith('  Sluice → stripe'))).toEqual([
      expect.stringContaining('  GET /v1/payment_intents'),
    ]);
    expect(below(found!)).toContain('  charges of 43.00 in the books of Stripe: 1');
  });

  it('shows a switch that is turned off and on, statements and a payout file', () => {
    expect(below('npm run channel -- disable')[0]).toMatch(/^ {2}refused: /);
    expect(below('npm run channel -- enable').at(-1)).toMatch(/^ {2}pi_\w+ succeeded$/);
    for (const channel of ['stripe', 'alipay', 'wechatpay'])
      expect(below(`npm run settle -- statement --channel ${channel}`).at(-1)).toMatch(
        /booked: \d+ of its lines, .* kept by/,
      );
    expect(below('npm run settle -- file').join('\n')).toMatch(/<NbOfTxs>1<[\s\S]*<InstdAmt Ccy="CNY">\d+\.\d\d</);
  });

  it('shows no secret, no card number and no bank account', () => {
    expect(
      lines.filter((line) => /[sr]k_(test|live)_|whsec_|PRIVATE KEY|sign=|4242\d{8}|6222\d{12}/.test(line)),
    ).toEqual([]);
  });
});
