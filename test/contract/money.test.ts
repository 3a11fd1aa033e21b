/** Amounts as Stripe documents them (https://docs.stripe.com/currencies): by currency, from the least to the most, and never rounded. */
import { beforeAll, describe, expect, it } from 'vitest';
import { changeSettings } from '../../functions/operator/settings.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';
import { rawOf } from '../world/raw-requests.ts';

const app = await contractApp();
beforeAll(async () => {
  // Currencies without defaults: the operator agrees on a fee and a least payout before anything is charged in them.
  const amounts = Object.fromEntries(['bif', 'gnf', 'mga', 'pyg', 'rwf', 'vuv'].map((currency) => [currency, 500n]));
  const { table, clock, payments } = app.world;
  const deps = { table, clock, random: payments.random };
  await changeSettings(deps, scopeOfApp(app), { feeFixed: amounts, minimumPayout: amounts });
});

const { post } = rawOf(app);
const create = (amount: string, currency: string) =>
  post('/v1/payment_intents', `amount=${amount}&currency=${currency}`);

describe('an amount', () => {
  it.each([
    ['usd', 50],
    ['eur', 50],
    ['chf', 50],
    ['aud', 50],
    ['cad', 50],
    ['nzd', 50],
    ['sgd', 50],
    ['brl', 50],
    ['inr', 50],
    ['gbp', 30],
    ['jpy', 50],
    ['dkk', 250],
    ['sek', 300],
    ['nok', 300],
    ['pln', 200],
    ['ron', 200],
    ['myr', 200],
    ['aed', 200],
    ['czk', 1_500],
    ['huf', 17_500],
    ['hkd', 400],
    ['mxn', 1_000],
    ['thb', 1_000],
    ['bgn', 100],
  ])('of %s is at least %i (amount_too_small)', async (currency, least) => {
    expect(await create(String(least), currency)).toMatchObject({
      status: 'requires_payment_method',
      amount: least,
      currency,
    });
    expect(await create(String(least - 1), currency)).toMatchObject({
      status: 400,
      code: 'amount_too_small',
      param: 'amount',
    });
  });

  describe.each([
    ['usd', 99_999_999],
    ['jpy', 99_999_999],
    ['krw', 99_999_999],
    ['inr', 999_999_999],
    ['cop', 9_999_999_999],
    ['idr', 999_999_999_999],
  ])('of %s is at most %i (amount_too_large)', (currency, most) => {
    const tooLarge = (param: string) => ({ status: 400, code: 'amount_too_large', param });
    const hold = (amount: number) =>
      `amount=${amount}&currency=${currency}&payment_method=pm_card_visa&confirm=true&capture_method=manual` +
      '&payment_method_options[card][request_incremental_authorization]=if_available';

    it('for a payment intent, made or changed', async () => {
      const made = await create(String(most), currency);
      expect(made).toMatchObject({ amount: most, currency });
      expect(await create(String(most + 1), currency)).toMatchObject({
        ...tooLarge('amount'),
        message: `Amount must be no more than ${most}`,
      });
      expect(await post(`/v1/payment_intents/${String(made.id)}`, `amount=${most + 1}`)).toMatchObject(
        tooLarge('amount'),
      );
      // The currency alone may make an amount too large.
      const { id } = await create('1000000000', 'idr');
      if (most < 1_000_000_000)
        expect(await post(`/v1/payment_intents/${String(id)}`, `currency=${currency}`)).toMatchObject(
          tooLarge('amount'),
        );
    });

    it('for a charge', async () => {
      expect(await post('/v1/charges', `amount=${most}&currency=${currency}&source=tok_visa`)).toMatchObject({
        amount: most,
        paid: true,
      });
      expect(await post('/v1/charges', `amount=${most + 1}&currency=${currency}&source=tok_visa`)).toMatchObject(
        tooLarge('amount'),
      );
    });

    it('for a hold that is raised and captured, and what is given back', async () => {
      const { id, status } = await post('/v1/payment_intents', hold(most - 1_000));
      expect(status).toBe('requires_capture');
      const of = `/v1/payment_intents/${String(id)}`;
      expect(await post(`${of}/increment_authorization`, `amount=${most + 1}`)).toMatchObject(tooLarge('amount'));
      expect(await post(`${of}/increment_authorization`, `amount=${most}`)).toMatchObject({ amount: most });
      expect(await post(`${of}/capture`, `amount_to_capture=${most + 1}`)).toMatchObject(tooLarge('amount_to_capture'));
      expect(await post(`${of}/capture`, `amount_to_capture=${most}`)).toMatchObject({ amount_received: most });
      expect(await post('/v1/refunds', `payment_intent=${String(id)}&amount=${most + 1}`)).toMatchObject({
        status: 400,
        param: 'amount',
      });
      expect(await post('/v1/refunds', `payment_intent=${String(id)}&amount=${most}`)).toMatchObject({
        amount: most,
        status: expect.stringMatching(/succeeded|pending/) as string,
      });
    });

    it('for a Checkout Session, in one line or in all', async () => {
      const lines = (...amounts: readonly (readonly [number, number])[]) =>
        amounts
          .map(
            ([amount, quantity], place) =>
              `&line_items[${place}][price_data][currency]=${currency}&line_items[${place}][price_data][unit_amount]=${amount}` +
              `&line_items[${place}][price_data][product_data][name]=Thing&line_items[${place}][quantity]=${quantity}`,
          )
          .join('');
      const session = (...amounts: readonly (readonly [number, number])[]) =>
        post('/v1/checkout/sessions', `mode=payment&success_url=https://shop.example/done${lines(...amounts)}`);
      expect(await session([most, 1])).toMatchObject({ amount_total: most });
      expect(await session([most + 1, 1])).toMatchObject(tooLarge('line_items[0][price_data][unit_amount]'));
      expect(await session([most - 1, 1], [2, 1])).toMatchObject(tooLarge('line_items'));
      expect(await session([Math.floor(most / 2), 3])).toMatchObject({ status: 400, code: 'amount_too_large' });
    });

    it('for a payout', async () => {
      expect(await post('/v1/payouts', `amount=${most + 1}&currency=${currency}`)).toMatchObject(tooLarge('amount'));
      expect(await post('/v1/payouts', `amount=${most}&currency=${currency}`)).toMatchObject({
        status: 400,
        code: 'balance_insufficient',
      });
    });
  });

  it('of nothing is refused with what to do instead', async () => {
    expect(await create('0', 'usd')).toMatchObject({
      status: 400,
      code: 'parameter_invalid_integer',
      param: 'amount',
      message: expect.stringContaining('minimum charge amount') as string,
    });
    expect(await create('-5', 'usd')).toMatchObject({
      status: 400,
      code: 'parameter_invalid_integer',
      message: 'Invalid non-negative integer',
    });
  });

  it.each(['9007199254740993', '9007199254740992', '1e21', '1e3', '50.0', '0x64', '99999999999999999999999999'])(
    'of %s is refused, never rounded: in a form and in JSON',
    async (amount) => {
      expect((await create(amount, 'usd')).status).toBe(400);
      const json = { 'content-type': 'application/json' };
      if (/^\d+$/.test(amount))
        expect(await post('/v1/payment_intents', `{"amount":${amount},"currency":"usd"}`, json)).toMatchObject({
          status: 400,
          param: 'amount',
        });
    },
  );

  it.each(['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'])(
    'of %s has no decimals',
    async (currency) => {
      expect(await create('1051', currency)).toMatchObject({ amount: 1_051, currency });
    },
  );

  it.each(['bhd', 'jod', 'kwd', 'omr', 'tnd'])('of %s has three decimals, the last of which is 0', async (currency) => {
    expect(await create('1050', currency)).toMatchObject({ amount: 1_050, currency });
    expect(await create('1051', currency)).toMatchObject({
      status: 400,
      code: 'parameter_invalid_integer',
      param: 'amount',
      message: `Amounts in ${currency} must end in 0.`,
    });
  });

  it.each(['isk', 'ugx'])('of %s is written with two decimals and has none', async (currency) => {
    expect(await create('1100', currency)).toMatchObject({ amount: 1_100, currency });
    expect(await create('1150', currency)).toMatchObject({
      status: 400,
      message: `Amounts in ${currency} must end in 00.`,
    });
  });

  it('of a payout in HUF and TWD has no decimals either', async () => {
    for (const currency of ['huf', 'twd', 'isk', 'ugx'])
      expect(await post('/v1/payouts', `amount=20050&currency=${currency}`)).toMatchObject({
        status: 400,
        param: 'amount',
        message: `Invalid amount: payouts in ${currency} must end in 00.`,
      });
    expect(await create('20050', 'huf')).toMatchObject({ amount: 20_050 });
  });

  it('of a part is judged by its currency as the whole is', async () => {
    const paid = await post(
      '/v1/payment_intents',
      'amount=2000&currency=isk&payment_method=pm_card_visa&confirm=true&capture_method=manual',
    );
    const id = String(paid.id);

    expect(await post(`/v1/payment_intents/${id}/capture`, 'amount_to_capture=1050')).toMatchObject({
      status: 400,
      param: 'amount_to_capture',
    });
    expect(await post(`/v1/payment_intents/${id}/capture`, 'amount_to_capture=1000')).toMatchObject({
      amount_received: 1_000,
    });
    expect(await post('/v1/refunds', `payment_intent=${id}&amount=50`)).toMatchObject({ status: 400, param: 'amount' });
  });
});

describe('a currency', () => {
  it('without a fixed fee and a least payout is refused with the command that sets them', async () => {
    const refusal = {
      status: 400,
      param: 'currency',
      message: expect.stringContaining('--fee-fixed afn=AMOUNT') as string,
    };
    const line =
      'line_items[0][price_data][currency]=afn&line_items[0][price_data][unit_amount]=2000' +
      '&line_items[0][price_data][product_data][name]=Thing&line_items[0][quantity]=1';

    expect(await create('2000', 'afn')).toMatchObject(refusal);
    expect(await post('/v1/charges', 'amount=2000&currency=afn&source=tok_visa')).toMatchObject(refusal);
    expect(
      await post('/v1/checkout/sessions', `mode=payment&success_url=https://shop.example/done&${line}`),
    ).toMatchObject(refusal);
  });

  it('is accepted in either case and rendered in lower case', async () => {
    expect(await create('2000', 'EUR')).toMatchObject({ currency: 'eur' });
    expect(await create('2000', 'Gbp')).toMatchObject({ currency: 'gbp' });
  });

  it.each(['zzz', 'us', 'btc', 'constructor'])('that is none (%s) is refused with all there are', async (currency) => {
    expect(await create('2000', currency)).toMatchObject({
      status: 400,
      param: 'currency',
      message: expect.stringMatching(
        `^Invalid currency: ${currency}\\. Stripe currently supports these currencies: usd, aed, afn,`,
      ) as string,
    });
  });
});
