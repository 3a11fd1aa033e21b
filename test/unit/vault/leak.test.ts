/** I16: a card number in clear exists only in the vault's memory and on its way to the channel. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeCallback } from '../../../functions/channels/callbacks/store.ts';
import { type CardRecord, loadMethod } from '../../../functions/payment-methods/method.ts';
import { loadToken } from '../../../functions/payment-methods/token.ts';
import { packJson, unpack } from '../../../functions/table/pack.ts';
import type { Item, Write } from '../../../functions/table/table.ts';
import { forward } from '../../../functions/vault/forward.ts';
import { tokenParams } from '../../../functions/vault/params.ts';
import { createToken, retrieveToken } from '../../../functions/vault/tokens.ts';
import { type SandboxFixture, SCOPE, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';
import { callOf, type VaultFixture, vaultFixture } from '../../world/vault.ts';

/** Four digits of code, so that finding them by chance is rare. */
const PAN = '378282246310005';
const CVC = '7391';
const CARD = { number: PAN, exp_month: 12, exp_year: 2034, cvc: CVC };

let table: ReturnType<typeof memoryTable>;
let fixture: SandboxFixture;
let vault: VaultFixture;
/** Everything that leaves the vault: what is written, printed, queued, answered or thrown. */
let outside: unknown[];

beforeAll(async () => {
  table = memoryTable();
  fixture = await sandboxFixture(table);
  vault = vaultFixture(table, fixture.clock);
});
afterAll(() => fixture.sandbox.close());
beforeEach(() => {
  outside = [];
  const commit = table.commit.bind(table);
  table.commit = async (...writes: readonly [Write, ...Write[]]) => {
    outside.push(...writes);
    await commit(...writes);
  };
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      outside.push(String(chunk));
      return true;
    });
  }
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      outside.push(args);
    });
  }
  return () => {
    vi.restoreAllMocks();
    table.commit = commit;
  };
});

/** Text of whatever it is: bytes as text, as base64 and unpacked, errors with their stacks. */
function texts(value: unknown): string[] {
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('latin1'), ...unpacked(value)];
  if (value instanceof Error) return [String(value.stack), ...texts({ ...value })];
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, member]) => [name, ...texts(member)]);
  return [String(value)];
}
function unpacked(bytes: Uint8Array): string[] {
  try {
    return [packJson(unpack(bytes))];
  } catch {
    return [];
  }
}
/** Where `secret` stands as a word of its own: four digits are in many a hash. */
const leaks = (secret: string) =>
  outside.flatMap(texts).filter((text) => new RegExp(`(?<![0-9A-Za-z])${secret}(?![A-Za-z])`).test(text));

describe('a card number and its code', () => {
  test('stay in the vault while a method is made and charged', async () => {
    const method = await vault.create({ type: 'card', card: CARD, metadata: { order: '7' } });
    const request = fixture.request('', { instrument: { kind: 'vault', paymentMethod: method.id } });
    outside.push(method, packJson({ scope: SCOPE, request }));

    const outcome = await forward(vault.forwardDeps(fixture.channel), { scope: SCOPE, request });

    expect(outcome).toMatchObject({ kind: 'captured', checks: { cvc: 'pass' } });
    outside.push(outcome, await loadMethod(table, SCOPE, method.id), ...fixture.sandbox.due);
    for (const due of fixture.sandbox.due) {
      const { raw, headers, account } = await fixture.sandbox.signed(due);
      outside.push(raw, headers);
      const message = {
        channel: 'sandbox',
        account,
        livemode: false,
        dedupe: 'd',
        rawBase64: raw.toString('base64'),
        receivedMs: 0,
      };
      outside.push(
        writeCallback({
          ...message,
          fact: { about: 'refund', reference: request.reference, outcome: { kind: 'pending' } },
        }),
      );
    }
    expect(
      outside
        .filter((each): each is Write => typeof each === 'object' && each !== null && 'table' in each)
        .map((write) => write.table),
    ).toEqual(expect.arrayContaining(['vault', 'cvc', 'payments', 'sandbox']));
    expect(leaks(PAN)).toEqual([]);
    expect(leaks(CVC)).toEqual([]);
  });

  test('stay in the vault while a token is made, shown and used', async () => {
    const parsed = tokenParams.parse({ card: { ...CARD, name: 'Ada', address_zip: '10124' } });
    const made = await createToken.run(vault.deps, callOf(parsed, { body: vault.body() }), undefined);
    const { id } = made.body as { id: string };
    const token = (await loadToken(table, SCOPE, id))!;
    const shown = await retrieveToken.run(vault.deps, callOf({}, { path: { id } }), token);
    const method = await vault.create({ type: 'card', card: { token: id } });
    const { source } = (await loadMethod(table, SCOPE, method.id)) as CardRecord;
    const request = fixture.request('', { instrument: source });
    outside.push(made, shown, token, method, packJson({ scope: SCOPE, request }));

    const outcome = await forward(vault.forwardDeps(fixture.channel), { scope: SCOPE, request });
    outside.push(outcome, await loadToken(table, SCOPE, id), ...fixture.sandbox.due);

    expect(outcome).toMatchObject({ kind: 'captured', checks: { cvc: 'pass' } });
    expect(source).toEqual({ kind: 'vault', paymentMethod: `pm_${id.slice(4)}` });
    expect(leaks(PAN)).toEqual([]);
    expect(leaks(CVC)).toEqual([]);
    // Sealed once, under the token's own body.
    const encrypted = outside.filter((each) => typeof each === 'object' && each !== null && 'table' in each);
    expect(encrypted.filter((write) => (write as Write).table === 'vault')).toHaveLength(1);
    expect(await table.get('cvc', { pk: `${SCOPE}#cvc`, sk: id.slice(4) })).toBeUndefined();
  });

  test.each([
    ['a wrong month', { ...CARD, exp_month: 13 }],
    ['its fields mixed up', { ...CARD, number: '12', exp_month: PAN }],
    ['its number as the year', { ...CARD, exp_year: PAN }],
    ['no month', { ...CARD, exp_month: undefined }],
    ['a wrong code', { ...CARD, cvc: `${CVC}${CVC}` }],
    ['another last digit', { ...CARD, number: `${PAN.slice(0, -1)}6` }],
    ['a letter too many', { ...CARD, number: `${PAN}x` }],
  ])('are not in the refusal of a card with %s', async (_, card) => {
    outside.push(await vault.create({ type: 'card', card }).catch((error: unknown) => error));

    expect(leaks(PAN.slice(0, -1))).toEqual([]);
    expect(leaks(CVC)).toEqual([]);
  });

  test('are not in what is thrown when tables, keys or channel break', async () => {
    const { id } = await vault.create({ type: 'card', card: CARD });
    const request = fixture.request('', { instrument: { kind: 'vault', paymentMethod: id } });
    const broken = { ...fixture.channel, authorizeCard: () => Promise.reject(new Error('channel')) };

    outside.push(await forward(vault.forwardDeps(broken), { scope: SCOPE, request }).catch((error: unknown) => error));
    const item: Item = (await table.get('vault', { pk: `${SCOPE}#pm`, sk: id.slice(3) }))!;
    await table.commit({
      kind: 'put',
      table: 'vault',
      item: { ...item, ciphertext: Buffer.from('garbage') },
      when: { is: 'present' },
    });
    outside.push(
      await forward(vault.forwardDeps(fixture.channel), { scope: SCOPE, request }).catch((error: unknown) => error),
    );

    expect(outside.filter((each) => each instanceof Error).length).toBe(2);
    expect(leaks(PAN)).toEqual([]);
    expect(leaks(CVC)).toEqual([]);
  });
});
