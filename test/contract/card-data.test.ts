/** I16 over the whole product: a typed card's number and code are in no table, queue, log line, event or answer, whatever becomes of the payment. */
import { beforeEach, expect, it, vi } from 'vitest';
import { packJson, unpack } from '../../functions/table/pack.ts';
import { contractApp } from '../world/contract-app.ts';

/** An American Express test card: its code has four digits, so that finding them by chance is rare. */
const NUMBER = '378282246310005';
const CODE = '7391';
const CARD = { number: NUMBER, exp_month: 12, exp_year: 2034, cvc: CODE };

let printed: string[];
const app = await contractApp();
beforeEach(() => {
  printed = [];
  for (const method of ['info', 'warn', 'error', 'debug', 'log'] as const)
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => void printed.push(args.map(String).join(' ')));
  return () => vi.restoreAllMocks();
});

/** Text of whatever it is: bytes as text, and unpacked where they are packed. */
function texts(value: unknown): readonly string[] {
  if (value instanceof Uint8Array) {
    try {
      return [Buffer.from(value).toString('latin1'), packJson(unpack(value))];
    } catch {
      return [Buffer.from(value).toString('latin1')];
    }
  }
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, member]) => [name, ...texts(member)]);
  return [String(value)];
}
/** Texts in which the secret stands as a word of its own: in ids and times its digits may stand by chance. */
const holding = (secret: string, answers: unknown): readonly string[] =>
  [...texts(app.world.table.dump()), ...printed, JSON.stringify(answers)].filter((text) =>
    new RegExp(`(?<![0-9A-Za-z])${secret}(?![0-9A-Za-z])`).test(text),
  );

it('the number and the code of a card that pays, is refunded and appears in events are in the vault alone, and the code is gone', async () => {
  const { stripe } = app;
  const endpoint = await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['*'] });
  const method = await stripe.paymentMethods.create({ type: 'card', card: CARD }, { idempotencyKey: 'the card' });
  expect(app.itemCount('cvc')).toBe(1);
  const intent = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: method.id,
    confirm: true,
  });
  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  await app.settleDown();
  const events = await stripe.events.list({ limit: 100 });

  expect([intent.status, refund.status]).toEqual(['succeeded', 'succeeded']);
  expect(events.data.length).toBeGreaterThan(4);
  expect(app.itemCount('cvc')).toBe(0);
  for (const secret of [NUMBER, CODE]) {
    expect(holding(secret, [endpoint, method, intent, refund, events])).toEqual([]);
  }
});

it('those of a card that is made into a token, charged and disputed are in the vault alone, and the code is gone', async () => {
  const { stripe } = app;
  const token = await stripe.tokens.create(
    { card: { number: NUMBER, exp_month: '12', exp_year: '2034', cvc: CODE } },
    { idempotencyKey: 'the token' },
  );
  expect(app.itemCount('cvc')).toBe(1);
  const charge = await stripe.charges.create(
    { amount: 2000, currency: 'usd', source: token.id },
    { idempotencyKey: 'the charge' },
  );
  await app.settleDown();
  const events = await stripe.events.list({ limit: 100 });
  const used = await stripe.tokens.retrieve(token.id);

  expect([charge.status, used.used]).toEqual(['succeeded', true]);
  expect(app.itemCount('cvc')).toBe(0);
  for (const secret of [NUMBER, CODE]) {
    expect(holding(secret, [token, charge, events, used])).toEqual([]);
  }
});

it.each([
  ['a published one is as good as its token', NUMBER, true],
  ['any other is refused', '378734493671000', false],
])('a card number in a charge: %s, and is kept nowhere', async (what, number, served) => {
  const source = { number, exp_month: 12, exp_year: 2034, cvc: CODE };
  const made = await app.stripe.charges
    .create({ amount: 2000, currency: 'usd', source } as never, { idempotencyKey: what })
    .catch((error: unknown) => error);
  await app.settleDown();

  expect(made instanceof Error).toBe(!served);
  for (const secret of [number, CODE]) {
    expect(holding(secret, { ...(made as object), message: String(made) })).toEqual([]);
  }
});

it.each([
  ['with a wrong month', { ...CARD, exp_month: 13 }],
  ['with a wrong last digit', { ...CARD, number: `${NUMBER.slice(0, -1)}6` }],
  ['whose number stands in the wrong field', { ...CARD, exp_month: NUMBER as unknown as number }],
])('a card %s leaves its number and code nowhere, nor in the refusal that is kept', async (what, card) => {
  const refusal = await app.stripe.paymentMethods
    .create({ type: 'card', card }, { idempotencyKey: what })
    .catch((error: unknown) => error);

  expect(refusal).toBeInstanceOf(Error);
  for (const secret of [NUMBER.slice(0, -1), CODE]) {
    expect(holding(secret, { ...(refusal as Error), message: String(refusal) })).toEqual([]);
  }
});
