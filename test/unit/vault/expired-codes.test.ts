/** Unused security codes are deleted after their minutes, and none before (I16). */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CardChannel, ClearCard } from '../../../functions/channels/port/card.ts';
import { attributesOf } from '../../../functions/table/dynamo-item.ts';
import { deleteExpiredCodes } from '../../../functions/vault/expired-codes.ts';
import { forward } from '../../../functions/vault/forward.ts';
import { CVC_RETENTION_SECONDS } from '../../../functions/vault/store.ts';
import { type SandboxFixture, SCOPE, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';
import { type VaultFixture, vaultFixture } from '../../world/vault.ts';

let table: ReturnType<typeof memoryTable>;
let fixture: SandboxFixture;
let vault: VaultFixture;
beforeEach(async () => {
  table = memoryTable();
  fixture = await sandboxFixture(table);
  vault = vaultFixture(table, fixture.clock);
});
afterEach(() => fixture.sandbox.close());

const typed = async (cvc = '123') =>
  (await vault.create({ type: 'card', card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc } })).id;
const codes = () => table.items('cvc').map(({ sk }) => sk);
const sweep = (nowMs = fixture.clock.nowMs()) => deleteExpiredCodes({ table }, nowMs);
const LIFE_MS = CVC_RETENTION_SECONDS * 1_000;

async function payWith(id: string): Promise<readonly ClearCard[]> {
  const seen: ClearCard[] = [];
  const channel: CardChannel = {
    ...fixture.channel,
    authorizeCard: async (_, card) => {
      seen.push(card);
      return { kind: 'pending' };
    },
  };
  const request = fixture.request('', { instrument: { kind: 'vault', paymentMethod: id } });
  await forward(vault.forwardDeps(channel), { scope: SCOPE, request });
  return seen;
}

it('deletes a code that no payment used, and nothing else of the card', async () => {
  const id = await typed();
  const cards = table.items('vault');
  fixture.clock.move(LIFE_MS);

  expect(await sweep()).toEqual({ deleted: 1, failures: [] });

  expect(codes()).toEqual([]);
  expect(table.items('vault')).toEqual(cards);
  expect((await payWith(id))[0]).toEqual({ number: '4242424242424242', expMonth: 12, expYear: 2034 });
});

it('leaves a code that still has time, which then goes along with its payment', async () => {
  const id = await typed();
  fixture.clock.move(LIFE_MS - 1_000);

  expect(await sweep()).toEqual({ deleted: 0, failures: [] });

  expect((await payWith(id))[0]?.cvc).toBe('123');
  expect(codes()).toEqual([]);
});

it('and a payment agree on the second in which the time of a code is over', async () => {
  for (const early of [1_000, 1, 0]) {
    const id = await typed();
    fixture.clock.move(LIFE_MS - early);
    const nowMs = fixture.clock.nowMs();
    const copy = table.clone();
    const usable = (await payWith(id))[0]?.cvc !== undefined;

    expect((await deleteExpiredCodes({ table: copy }, nowMs)).deleted).toBe(usable ? 0 : 1);
    await sweep(nowMs + LIFE_MS);
  }
});

it('deletes those of all merchants, page by page, and only what is due', async () => {
  const seconds = Math.floor(fixture.clock.nowMs() / 1_000);
  for (let code = 0; code < 95; code++)
    table.store(
      'cvc',
      attributesOf({ pk: `Scope${code % 7}#cvc`, sk: `code${code}`, expiresAt: seconds + (code % 5 === 0 ? 1 : 0) }),
    );

  expect(await sweep()).toEqual({ deleted: 76, failures: [] });
  expect(codes()).toHaveLength(19);
  expect(await sweep()).toEqual({ deleted: 0, failures: [] });
  expect(await sweep(fixture.clock.nowMs() + 1_000)).toEqual({ deleted: 19, failures: [] });
});

it('a code that was stored again after the scan saw the old one stays', async () => {
  const id = await typed();
  fixture.clock.move(LIFE_MS);
  const nowMs = fixture.clock.nowMs();
  const old = table.items('cvc')[0]!;
  table.onCall = ({ operation, when }) => {
    if (operation === 'query' && when === 'after')
      table.store('cvc', attributesOf({ ...old, expiresAt: Math.floor(nowMs / 1_000) + CVC_RETENTION_SECONDS }));
  };

  expect(await sweep(nowMs)).toEqual({ deleted: 0, failures: [] });

  table.onCall = undefined;
  expect(codes()).toEqual([id.slice(3)]);
});

it('a code that a payment took meanwhile is no failure', async () => {
  await typed();
  fixture.clock.move(LIFE_MS);
  const [code] = table.items('cvc');
  table.onCall = async ({ operation, when }) => {
    if (operation !== 'query' || when !== 'after') return;
    table.onCall = undefined;
    const { pk, sk } = code!;
    await table.commit({ kind: 'delete', table: 'cvc', key: { pk, sk }, when: { is: 'present' } });
  };

  expect(await sweep()).toEqual({ deleted: 0, failures: [] });
});

it('a failed deletion stops no other, is reported, and is found again', async () => {
  await typed();
  await typed();
  await typed();
  fixture.clock.move(LIFE_MS);
  let commits = 0;
  table.onCall = ({ operation, when }) => {
    if (operation === 'commit' && when === 'before' && ++commits === 2)
      throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  };

  expect(await sweep()).toEqual({ deleted: 2, failures: ['ThrottlingException'] });

  table.onCall = undefined;
  expect(await sweep()).toEqual({ deleted: 1, failures: [] });
});

it('the keys of due codes are all that is read of them', async () => {
  await typed();
  const page = await table.expiredKeys('cvc', Number.MAX_SAFE_INTEGER);

  expect(page.keys.map((key) => Object.keys(key))).toEqual([['pk', 'sk']]);
});
