/** Statements of the sandbox as a test writes them: lines in short, as the bytes of a file, stored as an operator stores it. */
import { createHash } from 'node:crypto';
import type { ParseStatement, StatementLine } from '../../functions/channels/port/statement.ts';
import { parseSandboxStatement } from '../../functions/channels/sandbox/statement.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { ingest } from '../../functions/statements/ingest.ts';
import { type StoredFile, storePart } from '../../functions/statements/parts.ts';
import type { StatementFile } from '../../functions/statements/store.ts';
import { as } from '../world/function-grants.ts';
import type { Simulation } from '../world/simulation.ts';

/** The fee is minor units with four more digits; the net is rounded half up where it is not given. */
export interface Line {
  readonly type: 'payment' | 'refund' | 'dispute' | 'dispute_reversed' | 'payout';
  readonly gross: bigint;
  readonly id?: string;
  readonly reference?: string;
  readonly fee?: string;
  readonly currency?: string;
}

const AT = '2027-01-15T12:00:00.000Z';

/** The bytes of a statement with these lines. */
export function bytesOfLines(lines: readonly Line[]): Buffer {
  const texts = lines.map(({ type, gross, id, reference = '', fee = '0.0000', currency = 'usd' }) => {
    const units = BigInt(fee.replace('.', ''));
    const net = gross - (units + 5_000n) / 10_000n;
    return [id ?? `${reference}.${type}`, type, reference, gross, currency, fee, net, AT].join(',');
  });
  const header = 'id,type,reference,gross,currency,fee,net,occurred_at';
  return Buffer.from([header, ...texts, `end,${texts.length},,,,,,`, ''].join('\n'));
}

/** Stores the bytes for the merchant's account, in parts of so many bytes. */
export async function storeStatement(sim: Simulation, bytes: Buffer, partBytes = 1_000): Promise<StoredFile> {
  const { accounts } = await loadSettings(sim.world.table, sim.scope);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const of = { scope: sim.scope, ...accounts[0]!, sha256 };
  const parts = Math.ceil(bytes.length / partBytes);
  for (let part = 1; part <= parts; part++)
    await storePart(sim.world.treasuryDeps.bytes, of, part, bytes.subarray((part - 1) * partBytes, part * partBytes));
  return { ...of, parts };
}

/** One step of booking it, as the treasury's function. */
export const stepOf = (
  sim: Simulation,
  stored: StoredFile,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<StatementFile> => {
  const { table, clock, bytes } = sim.world.treasuryDeps;
  return as('merchants-treasury', () => ingest({ table, clock, files: bytes }, stored, parseSandboxStatement, untilMs));
};

/** Books lines that a parser would give, of a file whose bytes do not matter. */
export async function bookParsed(sim: Simulation, lines: readonly StatementLine[]): Promise<StatementFile> {
  const stored = await storeStatement(sim, Buffer.from(lines.map(({ id }) => id).join()));
  const { table, clock, bytes } = sim.world.treasuryDeps;
  const parse: ParseStatement = async function* (read) {
    for await (const _ of read);
    yield* lines;
  };
  return as('merchants-treasury', () =>
    ingest({ table, clock, files: bytes }, stored, parse, Number.POSITIVE_INFINITY),
  );
}

/** Books the lines as a statement of the merchant's account. */
export async function bookLines(sim: Simulation, lines: readonly Line[]): Promise<StatementFile> {
  return stepOf(sim, await storeStatement(sim, bytesOfLines(lines)));
}
