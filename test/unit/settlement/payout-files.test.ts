/** Payout files: each payout is in one, the same bytes are written again, and an operator reports what the bank did. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FILE_BANK } from '../../../functions/channels/file/bank.ts';
import { balanceKey } from '../../../functions/ledger/keys.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { connectBank } from '../../../functions/operator/connect-bank.ts';
import { changeSettings } from '../../../functions/operator/settings.ts';
import { PAYOUT } from '../../../functions/payouts/store.ts';
import { overdueOf } from '../../../functions/settlement/overdue.ts';
import { payOut } from '../../../functions/settlement/pay.ts';
import { pack } from '../../../functions/table/pack.ts';
import { keyOf } from '../../../functions/table/record.ts';
import { absent, present } from '../../../functions/table/table.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { post } from '../../scenarios/busy-day.ts';
import {
  confirmFile,
  DEBTOR,
  DETAILS,
  ordered,
  payoutsOf,
  readFile,
  transfersIn,
  withFileBank,
  writeFile,
} from '../../scenarios/file-payouts.ts';
import type { Simulation } from '../../world/simulation.ts';

let sim: Simulation;
beforeEach(async () => {
  sim = await withFileBank();
});

const referenceOf = (id: string): string =>
  recordsOf(sim.world).payouts.find(({ body }) => id === `po_${body}`)!.reference;
const available = async (): Promise<unknown> =>
  ((await sim.request('GET', '/v1/balance')).body.available as { amount: number }[])[0]!.amount;

describe('a payout file', () => {
  it('has every order that none has, and its bytes are the same each time', async () => {
    const [a, b] = await ordered(sim, 500, 600);
    expect(payoutsOf(sim)).toEqual({ [a!]: 'in_transit', [b!]: 'in_transit' });

    const { file, content } = await writeFile(sim);

    expect(file).toMatchObject({ format: 'pain.001', transfers: 2, totals: [{ currency: 'usd', amount: '11.00' }] });
    expect(transfersIn(content)).toEqual([referenceOf(a!), referenceOf(b!)].sort());
    expect(content).toContain(`<IBAN>${DETAILS.iban}</IBAN>`);
    sim.move(60_000);
    expect(await readFile(sim, file!.id)).toEqual({ file, content });
    expect(await writeFile(sim)).toEqual({ file: null, unconfirmed: [file!.id] });
    await confirmFile(sim, file!.id);
    expect(await writeFile(sim)).toEqual({ file: null, unconfirmed: [] });
    expect(await audit(sim)).toEqual([]);
  });

  it('has the debtor and the format of the call that writes it, whatever a call before it began', async () => {
    const wrong = { ...DEBTOR, name: 'Wrong', iban: DETAILS.iban };
    await sim.world.treasury({ command: 'write-file', mode: 'test', format: 'csv', debtor: wrong });
    const [a] = await ordered(sim, 500);

    const { file, content } = await writeFile(sim);

    expect(file).toMatchObject({ format: 'pain.001', transfers: 1 });
    expect(content).toContain(`<Dbtr><Nm>${DEBTOR.name}</Nm></Dbtr><DbtrAcct><Id><IBAN>${DEBTOR.iban}</IBAN>`);
    expect(content).not.toContain('Wrong');
    expect(transfersIn(content)).toEqual([referenceOf(a!)]);
    expect(await readFile(sim, file!.id)).toEqual({ file, content });
  });

  it.each([
    ['no account', { iban: undefined }, 'debtor: an iban or an account_number, one of the two'],
    ['two accounts', { account_number: '12345' }, 'debtor: an iban or an account_number, one of the two'],
    ['an IBAN with a wrong digit', { iban: 'DE89370400440532013001' }, 'debtor.iban: not an IBAN'],
    ['a name with a control character', { name: 'Plat\u0000form' }, 'debtor.name: not in the form'],
    ['no BIC', { bic: undefined }, 'debtor.bic: is missing'],
    ['a member too many', { pin: '1234' }, 'debtor.pin: not a member that is known'],
  ])('is refused for a debtor with %s, and begins nothing', async (_, changes, why) => {
    await ordered(sim, 500);
    const stored = sim.world.table.dump();
    const debtor = JSON.parse(JSON.stringify({ ...DEBTOR, ...changes })) as object;

    await expect(sim.world.treasury({ command: 'write-file', mode: 'test', debtor })).rejects.toThrow(why);
    expect(sim.world.table.dump()).toEqual(stored);
  });

  it('is followed by another with the orders that came later', async () => {
    const [a] = await ordered(sim, 500);
    const first = await writeFile(sim);
    const [b] = await ordered(sim, 600);
    const second = await writeFile(sim, 'csv');

    expect(transfersIn(first.content)).toEqual([referenceOf(a!)]);
    expect(second.content).toContain(`${referenceOf(b!)},6.00,USD,Shop,DE,${DETAILS.iban}`);
    expect(second.content).not.toContain(referenceOf(a!));
    expect(second.file!.id > first.file!.id).toBe(true);
  });

  it('has each order once, also where two are written at once', async () => {
    const ids = await ordered(sim, 500, 600, 700);

    const written = await Promise.all([writeFile(sim), writeFile(sim)]);
    const last = await writeFile(sim);

    const files = new Map([...written, last].flatMap(({ file, content }) => (file ? [[file.id, content]] : [])));
    expect([...files.values()].flatMap(transfersIn).sort()).toEqual(ids.map(referenceOf).sort());
    expect(await audit(sim)).toEqual([]);
  });

  it('names a payout whose bank account has no details, shows none of them, and claims nothing for good', async () => {
    const { bankAccount } = await loadSettings(sim.world.table, sim.scope);
    const { encrypted: _, ...bare } = bankAccount;
    await sim.agree({ bankAccount: bare });
    const [a] = await ordered(sim, 500);

    await expect(writeFile(sim)).rejects.toThrow(`file: ${a}: its bank account has no details for a payout file`);
    expect((await sim.world.treasury({ command: 'write-file', mode: 'live', debtor: DEBTOR })).file).toBeNull();
  });

  it('is settled automatically: the machine orders the payout and waits for the operator', async () => {
    await sim.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      confirm: 'true',
      payment_method: 'pm_card_visa',
    });
    await sim.world.runQueues();
    let written: Awaited<ReturnType<typeof writeFile>> | undefined;
    sim.onPoint = async () => {
      const inTransit = recordsOf(sim.world).payouts.some(({ status }) => status === 'in_transit');
      if (!inTransit || written) return;
      sim.onPoint = undefined;
      written = await writeFile(sim);
      await sim.world.treasury({ command: 'confirm-file', mode: 'test', file: written.file!.id });
    };

    expect((await sim.settle()).status).toBe('done');
    await sim.world.runQueues();

    expect(Object.values(payoutsOf(sim))).toEqual(['paid']);
    expect(await audit(sim)).toEqual([]);
  });
});

it('a payout that was made while no bank was connected is ordered once one is', async () => {
  const id = await post(sim, '/v1/payouts', { amount: '500', currency: 'usd' });
  const payout = recordsOf(sim.world).payouts.find(({ body }) => id === `po_${body}`)!;
  const { account: _, ...earlier } = payout;
  const item = (await sim.world.table.get('payments', keyOf(PAYOUT, sim.scope, payout.body)))!;
  const old = { ...item, doc: pack({ ...earlier, bank: { ...payout.bank, last4: '6789', id: 'ba_earlier' } }) };
  await sim.world.table.commit({ kind: 'put', table: 'payments', item: old, when: present });

  const { open } = await payOut(sim.world.settlement, sim.scope);

  expect([open, payoutsOf(sim)]).toEqual([1, { [id]: 'in_transit' }]);
  const { file, content } = await writeFile(sim);
  expect(content).toContain(DETAILS.iban);
  await confirmFile(sim, file!.id);
  expect(payoutsOf(sim)).toEqual({ [id]: 'paid' });
});

describe('the confirmation of a file', () => {
  it('marks its payouts paid, and books what left the bank', async () => {
    const [a, b] = await ordered(sim, 500, 600);
    const { file } = await writeFile(sim);

    expect(await confirmFile(sim, file!.id)).toEqual({ file: file!.id, paid: [a, b], failed: [] });

    expect(payoutsOf(sim)).toEqual({ [a!]: 'paid', [b!]: 'paid' });
    const types = (await sim.request('GET', '/v1/events?type=payout.paid')).body.data as unknown[];
    expect(types).toHaveLength(2);
    expect(await audit(sim)).toEqual([]);
  });

  it('gives back what failed, and disables the bank account as a bank’s answer does', async () => {
    const before = await available();
    const [a, b] = await ordered(sim, 500, 600);
    const { file } = await writeFile(sim);

    await confirmFile(sim, file!.id, `${a}:account_closed`);

    expect(payoutsOf(sim)).toEqual({ [a!]: 'failed account_closed', [b!]: 'paid' });
    expect(await available()).toBe(Number(before) - 600);
    const { status, body } = await sim.request('POST', '/v1/payouts', { amount: '100', currency: 'usd' });
    expect([status, (body.error as { code: string }).code]).toEqual([400, 'payouts_not_allowed']);
    expect(await audit(sim)).toEqual([]);
  });

  it('repeated changes nothing; a payout that is named afterwards came back', async () => {
    const before = await available();
    const [a] = await ordered(sim, 500);
    const { file } = await writeFile(sim);
    const first = await confirmFile(sim, file!.id);
    const stored = sim.world.table.dump();
    sim.move(60_000);
    expect(await confirmFile(sim, file!.id)).toEqual(first);
    expect(sim.world.table.dump()).toEqual(stored);

    await confirmFile(sim, file!.id, `${a}:account_closed`);
    // What came back stays so, whatever is reported of it later.
    await confirmFile(sim, file!.id);

    expect(payoutsOf(sim)).toEqual({ [a!]: 'failed account_closed' });
    expect(await available()).toBe(before);
    expect(await audit(sim)).toEqual([]);
  });

  it.each([
    ['a payout of another file', (_: string, other: string) => `${other}:account_closed`, /is not in the payout file/],
    ['a code that Stripe does not have', (own: string) => `${own}:no_money`, /has no failure code/],
    ['what is no payout', () => 'po_1', /failed.0: not po_…:code/],
  ])('changes nothing where it names %s', async (_what, failure, error) => {
    const [other] = await ordered(sim, 600);
    await writeFile(sim);
    const [own] = await ordered(sim, 500);
    const { file } = await writeFile(sim);
    const stored = sim.world.table.dump();

    await expect(confirmFile(sim, file!.id, failure(own!, other!))).rejects.toThrow(error);
    expect(sim.world.table.dump()).toEqual(stored);
  });

  it('is refused where it names a payout twice: only one of the codes could be meant', async () => {
    const [own] = await ordered(sim, 500);
    const { file } = await writeFile(sim);
    const stored = sim.world.table.dump();

    await expect(confirmFile(sim, file!.id, `${own}:account_closed`, `${own}:no_account`)).rejects.toThrow(
      'failed: a payout is named twice',
    );
    expect(sim.world.table.dump()).toEqual(stored);
  });

  it('is refused for a file that there is not, or that is of the other mode', async () => {
    await ordered(sim, 500);
    const { file } = await writeFile(sim);
    await expect(confirmFile(sim, `pf_${'0'.repeat(22)}`)).rejects.toThrow(/there is no payout file/);
    await expect(sim.world.treasury({ command: 'confirm-file', mode: 'live', file: file!.id })).rejects.toThrow(
      /there is no payout file .* in live mode/,
    );
  });
});

describe('in live mode', () => {
  it('a merchant’s payouts are possible once its bank account is entered, and its details are shown nowhere', async () => {
    const { live, merchant } = await sim.world.merchant({ live: true });
    const { table, random } = sim.world.merchants;
    const directory = sim.world.table.items('merchants').filter(({ pk }) => pk === 'scopes');
    const entry = directory.find((item) => item.merchant === merchant && item.livemode === true)!;
    const scope = entry.sk as Simulation['scope'];
    const item = { ...balanceKey(scope, 'usd'), available: 10_000n, v: 1n };
    await sim.world.table.commit({ kind: 'put', table: 'ledger', item, when: absent });
    const encryptBank = async (_: unknown, __: unknown, details: object) =>
      Buffer.from(JSON.stringify(details)).toString('base64');

    const shown = await connectBank({ table, random, encryptBank }, { scope, livemode: true }, DETAILS);

    expect(shown).toEqual({ bank: { id: expect.stringMatching(/^ba_\w{24}$/), last4: '6819' } });
    expect(live).toBeDefined();
    const settings = await loadSettings(table, scope);
    expect(settings).toMatchObject({ payoutAccount: FILE_BANK, bankAccount: { last4: '6819', holder: 'Shop' } });
    // The last digits alone would leave details of another account beside them.
    await expect(
      changeSettings({ table, random, clock: sim.world.clock }, scope, { bankLast4: '1234' }),
    ).rejects.toThrow(/this bank account has details/);
    await expect(
      connectBank({ table, random, encryptBank }, { scope: sim.scope, livemode: false }, DETAILS),
    ).rejects.toThrow(/payouts of test mode/);
  });
});

it('a file that is not confirmed for four days, and one that is not written, are reported', async () => {
  await ordered(sim, 500);
  const { file } = await writeFile(sim);
  const key = { pk: 'payout-files#test', sk: file!.id };
  const item = (await sim.world.table.get('ledger', key))!;
  // Files of test mode move no money.
  const live = { ...item, pk: 'payout-files#live' };
  await sim.world.table.commit({ kind: 'put', table: 'ledger', item: live, when: absent });
  const now = sim.world.clock.nowMs();
  expect(await overdueOf(sim.world.table, now + 4 * 86_400_000 - 1_000)).toEqual([]);

  expect(await overdueOf(sim.world.table, now + 4 * 86_400_000 + 1)).toEqual([
    `payout file ${file!.id} is not confirmed`,
  ]);
});
