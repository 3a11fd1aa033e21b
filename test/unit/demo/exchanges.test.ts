/** What the demonstration shows of a request and its answer. */
import { describe, expect, it } from 'vitest';
import { type Exchange, linesOf } from '../../demo/exchanges.ts';

const exchange = (asked: string, body: string, path = '/v1/payment_intents'): Exchange => ({
  method: 'POST',
  url: new URL(path, 'http://127.0.0.1:4242'),
  asked,
  answer: { status: 200, body },
});

describe('linesOf', () => {
  it('shows members that are named, of forms and of JSON, and no other', () => {
    const asked = new URLSearchParams({
      amount: '4200',
      'payment_method_data[card][number]': '4242424242424242',
      'payment_method_data[card][cvc]': '123',
      'metadata[sluice_reference]': 'ref1',
    });
    const answered = { id: 'pi_1', client_secret: 'pi_1_secret_2', status: 'succeeded', card: { number: '4242' } };

    expect(linesOf('Sluice → stripe', exchange(String(asked), JSON.stringify(answered)))).toEqual([
      '  Sluice → stripe  POST /v1/payment_intents  amount=4200 sluice_reference=ref1',
      '    200  id=pi_1 status=succeeded',
    ]);
  });

  it('shows what is in the address and in JSON within a form, without the signature', () => {
    const asked = new URLSearchParams({ biz_content: '{"out_trade_no":"n1","total_amount":"88.00"}' });
    const answered = { alipay_trade_precreate_response: { code: '10000' }, sign: 'secret' };

    expect(
      linesOf('a', exchange(String(asked), JSON.stringify(answered), '/gateway.do?method=alipay.x&sign=secret')),
    ).toEqual(['  a  POST /gateway.do  method=alipay.x out_trade_no=n1 total_amount=88.00', '    200  code=10000']);
  });

  it('shows of any other answer a word, or its length', () => {
    expect(linesOf('a', exchange('', 'success'))[1]).toBe('    200  success');
    expect(linesOf('a', exchange('', '<p>4242424242424242</p>'))[1]).toBe('    200  23 characters');
    expect(linesOf('a', { ...exchange('', ''), answer: undefined })[1]).toBe('    no answer: the connection ended');
  });
});
