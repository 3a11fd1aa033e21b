/** A merchant whose payouts leave in payout files: of test mode, so that a simulation can pay it. */
import { FILE_BANK } from '../../functions/channels/file/bank.ts';
import { encryptDetails } from '../../functions/merchants/bank-details.ts';
import { recordsOf } from '../audit/records.ts';
import { type Simulation, simulate } from '../world/simulation.ts';
import { fakeCipher } from '../world/world.ts';
import { makeAvailable } from './available-funds.ts';
import { post, taken } from './busy-day.ts';

export const DEBTOR = { name: 'Platform', iban: 'DE89370400440532013000', bic: 'COBADEFF' };
export const DETAILS = { holder: 'Shop', country: 'DE', iban: 'GB29NWBK60161331926819', bic: 'NWBKGB2L' };

/** Money is available, and the bank is connected. */
export async function withFileBank(seed = 4): Promise<Simulation> {
  const sim = await simulate(seed);
  await taken(sim, 'first');
  await taken(sim, 'second');
  await makeAvailable(sim.world, sim.scope);
  const id = 'ba_file0000000000000000000';
  const encrypted = await encryptDetails(fakeCipher, sim.scope, id, DETAILS);
  const bankAccount = { id, holder: 'Shop', bankName: '', country: 'DE', last4: '6819', encrypted } as const;
  await sim.agree({ payoutAccount: FILE_BANK, bankAccount });
  return sim;
}

/** Payouts that the merchant asks for, ordered by the janitor; their ids. */
export async function ordered(sim: Simulation, ...amounts: readonly number[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const amount of amounts) ids.push(await post(sim, '/v1/payouts', { amount: String(amount), currency: 'usd' }));
  await sim.world.runQueues();
  sim.move(121_000);
  await sim.janitor();
  await sim.world.runQueues();
  return ids;
}

interface Written {
  readonly file: { readonly id: string; readonly transfers: number } | null;
  readonly content?: string;
}

export const writeFile = (sim: Simulation, format = 'pain.001'): Promise<Written> =>
  sim.world.treasury({ command: 'write-file', mode: 'test', format, debtor: DEBTOR }) as unknown as Promise<Written>;

export const readFile = (sim: Simulation, file: string): Promise<Written> =>
  sim.world.treasury({ command: 'read-file', mode: 'test', file }) as unknown as Promise<Written>;

export async function confirmFile(sim: Simulation, file: string, ...failed: readonly string[]): Promise<unknown> {
  const said = await sim.world.treasury({ command: 'confirm-file', mode: 'test', file, failed });
  await sim.world.runQueues();
  return said;
}

/** Status and failure code by id. */
export const payoutsOf = (sim: Simulation): Readonly<Record<string, string>> =>
  Object.fromEntries(
    recordsOf(sim.world).payouts.map(({ body, status, failureCode }) => [
      `po_${body}`,
      failureCode === undefined ? status : `${status} ${failureCode}`,
    ]),
  );

/** References of the transfers in the bytes of a file. */
export const transfersIn = (content: string | undefined): readonly string[] =>
  [...(content ?? '').matchAll(/<EndToEndId>(\w+)</g)].map(([, reference]) => reference!);
