/** The commands of the pages after which a payer has to act. */
import { describe, expect, it } from 'vitest';
import { eventually } from '../world/deployed.ts';
import type { Begun, Pasted } from '../world/fresh-clone.ts';
import { codeShownAt, pressButton } from '../world/payer-page.ts';

/** Each takes words that only one command of the pages has. */
export interface Pages {
  readonly paste: (...words: readonly string[]) => Promise<Pasted>;
  readonly begin: (...words: readonly string[]) => Begun;
  /** A read with the key of the running stack. */
  readonly ask: (path: string) => Promise<Response>;
}

export function payersTests({ paste, begin, ask }: Pages): void {
  it('a payment with Alipay waits at the page that the guide prints, and is paid at the return', async () => {
    const { code, out } = await paste('node --input-type', 'alipay_handle_redirect');
    expect(code).toBe(0);
    const [, url] = /^requires_action (http:\S+)\n$/.exec(out)!;

    const body = new URLSearchParams({ result: 'approve' });
    const left = await fetch(url!, { method: 'POST', redirect: 'manual', body });
    const back = await fetch(left.headers.get('location')!, { redirect: 'manual' });

    const destination = new URL(back.headers.get('location')!);
    expect(destination.origin + destination.pathname).toBe('https://shop.example/done');
    expect(destination.searchParams.get('redirect_status')).toBe('succeeded');
    const intent = await (await ask(`/v1/payment_intents/${destination.searchParams.get('payment_intent')}`)).json();
    expect(intent).toMatchObject({ object: 'payment_intent', status: 'succeeded', amount: 2000 });
  });

  describe('the example of four ways to pay', () => {
    const COMMAND = 'node examples/four-ways/pay.mjs';
    const ROW = ' +20\\.00 +5\\.00 +14\\.12 +(succeeded|-) +yes +yes +yes$';
    const WAYS = ['card', 'alipay', 'wechat_pay', 'paypal'] as const;
    const expectAllPaid = (text: string): void => {
      for (const way of WAYS) expect(text).toMatch(new RegExp(`^${way}${ROW}`, 'm'));
      expect(text).toMatch(/^balance 56\.48, payout po_\w+ paid 56\.48$/m);
    };
    /** The script once it waits for its payers, with the page of each and the shop's own. */
    async function byHand() {
      const script = begin(`${COMMAND} --by-hand`);
      const shop = await eventually(() => /^(http:\S+) has all of them/m.exec(script.printed())?.[1]);
      const pageOf = (way: (typeof WAYS)[number]) => new RegExp(`^  ${way} +(\\S+)`, 'm').exec(script.printed())![1]!;
      return { script, shop, pageOf };
    }

    it('pays by a card and three wallets, refunds a part of each, pays out and reports', async () => {
      const { code, out, err } = await paste(COMMAND);

      expect([code, err]).toEqual([0, '']);
      expectAllPaid(out);
      expect(out.match(/ succeeded /g)).toHaveLength(3);
    });

    it('by hand: a browser approves on each page, and a phone that reads the QR code', async () => {
      const { script, shop, pageOf } = await byHand();
      expect(await codeShownAt(shop)).toBe(pageOf('wechat_pay'));

      const phone = await pressButton((await codeShownAt(shop))!, 'Approve');
      const backs = [];
      for (const [way, button] of [
        ['card', 'Complete'],
        ['alipay', 'Approve'],
        ['paypal', 'Approve'],
      ] as const)
        backs.push(await (await pressButton(pageOf(way), button)).text());

      expect(await phone.text()).toContain('was paid');
      expect(backs.map((page) => /<h1>(.*)<\/h1>/.exec(page)?.[1])).toEqual([
        'card: succeeded',
        'alipay: succeeded',
        'paypal: succeeded',
      ]);
      expect(await script.ended).toBe(0);
      expectAllPaid(script.printed());
    });

    it('by hand: a payment that its payer declines or lets expire is named, and the script fails', async () => {
      const { script, pageOf } = await byHand();

      await pressButton(pageOf('card'), 'Fail');
      await pressButton(pageOf('alipay'), 'Approve');
      await pressButton(pageOf('wechat_pay'), 'Decline');
      await pressButton(pageOf('paypal'), 'Expire the order now');

      expect(await script.ended).toBe(1);
      const text = script.printed();
      expect(text).toMatch(/^card: requires_payment_method \(payment_intent_authentication_failure\)/m);
      expect(text).toMatch(/^wechat_pay: requires_payment_method \(payment_method_customer_decline\)/m);
      expect(text).toMatch(/^paypal: requires_payment_method \(payment_intent_payment_attempt_expired\)/m);
      expect(text).not.toMatch(/^alipay: /m);
    });
  });
}
