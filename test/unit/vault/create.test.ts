import { beforeEach, describe, expect, test } from 'vitest';
import type { ApiError } from '../../../functions/api/errors.ts';
import {
  loadMethod,
  methodFacts,
  mintTestMethod,
  renderMethodFacts,
} from '../../../functions/payment-methods/method.ts';
import type { Write } from '../../../functions/table/table.ts';
import { retrieveMethod } from '../../../functions/vault/operations.ts';
import { SCOPE } from '../../simulators/sandbox-channel.ts';
import { type HandClock, handClock } from '../../simulators/sandbox-server.ts';
import { memoryTable } from '../../world/memory-table.ts';
import { callOf, type VaultFixture, vaultFixture } from '../../world/vault.ts';

let table: ReturnType<typeof memoryTable>;
let clock: HandClock;
let vault: VaultFixture;
beforeEach(() => {
  table = memoryTable();
  clock = handClock();
  vault = vaultFixture(table, clock);
});

const CARD = { number: '4242424242424242', exp_month: '12', exp_year: '2034', cvc: '123' };
const refusal = async (call: Promise<unknown>) => ((await call.catch((error: unknown) => error)) as ApiError).body;

describe('create: a card', () => {
  test('answers its public part, as Stripe does', async () => {
    const method = await vault.create({
      type: 'card',
      card: CARD,
      billing_details: { name: 'Ada', email: '', address: { city: 'Turin', line2: '' } },
      metadata: { order: '7' },
    });

    expect(method).toEqual({
      id: expect.stringMatching(/^pm_[0-9A-Za-z]{22}$/),
      object: 'payment_method',
      allow_redisplay: 'unspecified',
      billing_details: {
        address: { city: 'Turin', country: null, line1: null, line2: null, postal_code: null, state: null },
        email: null,
        name: 'Ada',
        phone: null,
        tax_id: null,
      },
      card: {
        brand: 'visa',
        checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'unchecked' },
        country: 'US',
        display_brand: 'visa',
        exp_month: 12,
        exp_year: 2034,
        fingerprint: expect.stringMatching(/^[0-9A-Za-z]{16}$/),
        funding: 'credit',
        generated_from: null,
        last4: '4242',
        networks: { available: ['visa'], preferred: null },
        regulated_status: 'unregulated',
        three_d_secure_usage: { supported: true },
        wallet: null,
      },
      created: 1_800_014_400,
      customer: null,
      customer_account: null,
      livemode: false,
      metadata: { order: '7' },
      radar_options: {},
      type: 'card',
    });
  });

  test.each([
    ['form text', CARD],
    ['JSON numbers', { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: 123 }],
    ['decoded integers', { number: 4242424242424242n, exp_month: 12n, exp_year: 2034n, cvc: '123' }],
  ])('is read from %s', async (_, card) => {
    expect((await vault.create({ type: 'card', card })).card.last4).toBe('4242');
  });

  test('the same number has the same fingerprint, another number another', async () => {
    const first = await vault.create({ type: 'card', card: CARD });
    const again = await vault.create({ type: 'card', card: { ...CARD, exp_year: '2035' } });
    const other = await vault.create({ type: 'card', card: { ...CARD, number: '5555555555554444' } });

    expect(again.card.fingerprint).toBe(first.card.fingerprint);
    expect(other.card.fingerprint).not.toBe(first.card.fingerprint);
  });

  test('costs one MAC, and a data key only for the first of the month', async () => {
    await vault.create({ type: 'card', card: CARD });
    await vault.create({ type: 'card', card: CARD });

    expect([...vault.keyService.calls].sort()).toEqual(['generate', 'mac', 'mac']);
  });

  test('the secret part is there before the public part', async () => {
    const order: string[] = [];
    const commit = table.commit.bind(table);
    table.commit = async (...writes: readonly [Write, ...Write[]]) => {
      await commit(...writes);
      order.push(...writes.map((write) => write.table));
    };

    await vault.create({ type: 'card', card: CARD });

    expect(order).toEqual(['vault', 'vault', 'cvc', 'payments']);
  });

  test('a request that is carried on finds its method, or finishes it under the same id', async () => {
    const body = vault.body();
    const commit = table.commit.bind(table);
    table.commit = async (...writes: readonly [Write, ...Write[]]) => {
      if (writes[0].table === 'payments') throw new Error('crash');
      await commit(...writes);
    };
    await expect(vault.create({ type: 'card', card: CARD }, { body })).rejects.toThrow('crash');
    table.commit = commit;
    expect(await loadMethod(table, SCOPE, `pm_${body}`)).toBeUndefined();

    const finished = await vault.create({ type: 'card', card: CARD }, { body, resumed: true });
    const found = await vault.create({ type: 'card', card: CARD }, { body, resumed: true });

    expect(finished.id).toBe(`pm_${body}`);
    expect(found).toEqual(finished);
  });

  test('a refused card leaves nothing behind', async () => {
    const before = vault.keyService.calls.length;

    expect(await refusal(vault.create({ type: 'card', card: { ...CARD, number: '4242424242424241' } }))).toMatchObject({
      code: 'incorrect_number',
    });
    expect(vault.keyService.calls.length).toBe(before);
  });

  test.each([
    [{ ...CARD, number: undefined }, 'Missing required param: card[number].', 'card[number]'],
    [{ ...CARD, exp_month: undefined }, 'Missing required param: card[exp_month].', 'card[exp_month]'],
    [{ ...CARD, exp_year: '' }, 'Missing required param: card[exp_year].', 'card[exp_year]'],
    [{ ...CARD, exp_year: 'soon' }, 'Invalid integer: soon', 'card[exp_year]'],
    [{ ...CARD, exp_month: '1.5' }, 'Invalid integer: 1.5', 'card[exp_month]'],
  ])('%j is refused (400)', async (card, message, param) => {
    expect(await refusal(vault.create({ type: 'card', card }))).toMatchObject({
      type: 'invalid_request_error',
      message,
      param,
    });
  });

  test('keeps how risky a published number is', async () => {
    const { id } = await vault.create({ type: 'card', card: { ...CARD, number: '4000000000004954' } });

    expect(await loadMethod(table, SCOPE, id)).toMatchObject({ testRisk: 'highest' });
  });
});

describe('create: a token', () => {
  test('tok_visa is minted without the vault', async () => {
    const method = await vault.create({ type: 'card', card: { token: 'tok_visa' }, metadata: { a: 'b' } });

    expect(method).toMatchObject({ card: { brand: 'visa', last4: '4242' }, metadata: { a: 'b' } });
    expect(await loadMethod(table, SCOPE, method.id)).toMatchObject({
      source: { kind: 'test', token: 'pm_card_visa' },
    });
    expect(vault.keyService.calls).toEqual([]);
  });

  test('another token is missing (400)', async () => {
    expect(await refusal(vault.create({ type: 'card', card: { token: 'tok_nope' } }))).toMatchObject({
      code: 'resource_missing',
      message: "No such token: 'tok_nope'",
      param: 'card[token]',
    });
  });

  test('in live mode it is declined', async () => {
    expect(
      await refusal(vault.create({ type: 'card', card: { token: 'tok_visa' } }, { livemode: true })),
    ).toMatchObject({
      decline_code: 'live_mode_test_card',
    });
  });
});

describe('retrieve', () => {
  const retrieve = async (id: string) => {
    const call = callOf({}, { path: { id } });
    return retrieveMethod.run(vault.deps, call, await retrieveMethod.read!(vault.deps, call));
  };

  test('answers what was created', async () => {
    const method = await vault.create({ type: 'card', card: CARD });

    expect((await retrieve(method.id)).body).toEqual(method);
  });

  test.each(['pm_0000000000000000000000', 'pm_', 'pi_0000000000000000000000', 'pm_card_nope', '%00'])(
    '%s is missing (404)',
    async (id) => {
      expect(await refusal(retrieve(id))).toMatchObject({
        code: 'resource_missing',
        message: `No such PaymentMethod: '${id}'`,
        param: 'payment_method',
      });
    },
  );
});

describe('minted test methods', () => {
  test('are valid until this month of next year, with one fingerprint per number and scope', () => {
    const body = vault.body();
    const visa = mintTestMethod(SCOPE, 'pm_card_visa', body, clock.nowMs());
    const us = mintTestMethod(SCOPE, 'pm_card_us', vault.body(), clock.nowMs());
    const elsewhere = mintTestMethod('Scope002' as typeof SCOPE, 'pm_card_visa', body, clock.nowMs());

    expect([visa.card.expMonth, visa.card.expYear]).toEqual([1, 2028]);
    expect(us.card.fingerprint).toBe(visa.card.fingerprint);
    expect(elsewhere.card.fingerprint).not.toBe(visa.card.fingerprint);
  });

  test('render the same from what a payment copied', () => {
    const record = mintTestMethod(SCOPE, 'pm_card_amex', vault.body(), clock.nowMs());

    expect(renderMethodFacts(methodFacts(record), false)).toMatchObject({
      id: `pm_${record.body}`,
      card: {
        brand: 'amex',
        display_brand: 'american_express',
        last4: '0005',
        three_d_secure_usage: { supported: false },
      },
      created: 1_800_014_400,
    });
  });
});
