/**
 * A process with a small heap that books a large statement, for test/unit/statements/memory.test.ts: the file and the table exist for a moment each, so that
 * what grows is the product's. Prints what became of the file.
 */
import { createHash } from 'node:crypto';
import { parseSandboxStatement } from '../../functions/channels/sandbox/statement.ts';
import type { Scope } from '../../functions/kernel/ids.ts';
import { ingest } from '../../functions/statements/ingest.ts';
import type { Item, Table } from '../../functions/table/table.ts';

const LINES = Number(process.argv[2]);
const LINES_PER_PART = 5_000;
const PARTS = Math.ceil(LINES / LINES_PER_PART);

/** The part's lines, with a header before the first and the end behind the last. */
function partOf(part: number): Buffer {
  const from = (part - 1) * LINES_PER_PART;
  const count = Math.min(LINES_PER_PART, LINES - from);
  const lines = Array.from(
    { length: count },
    (_, at) => `line-${from + at},payout,,-100,usd,0.0054,-100,2027-01-15T12:00:00.000Z\n`,
  );
  const header = part === 1 ? 'id,type,reference,gross,currency,fee,net,occurred_at\n' : '';
  return Buffer.from(`${header}${lines.join('')}${part === PARTS ? `end,${LINES},,,,,,\n` : ''}`);
}

const hash = createHash('sha256');
for (let part = 1; part <= PARTS; part++) hash.update(partOf(part));
const sha256 = hash.digest('hex');

/** Remembers the file alone: every other write succeeds and is forgotten. */
const kept = new Map<string, Item>();
const table: Table = {
  get: async (_, { pk, sk }) => kept.get(`${pk} ${sk}`),
  getMany: async (reads) => reads.map(() => undefined),
  query: async () => ({ items: [] }),
  commit: async (...writes) => {
    for (const write of writes)
      if (write.kind === 'put' && write.item.pk.endsWith('#file'))
        kept.set(`${write.item.pk} ${write.item.sk}`, write.item);
  },
};
const clock = { nowMs: () => Date.UTC(2027, 0, 16), sleep: async () => {} };
const files = {
  getBytes: async (key: string) => partOf(Number(key.split('/').at(-1))),
};
const stored = { scope: 'Scope001' as Scope, channel: 'sandbox', account: 'acc1', sha256, parts: PARTS };
const booked = await ingest({ table, clock, files }, stored, parseSandboxStatement, Number.POSITIVE_INFINITY);
console.log(JSON.stringify({ status: booked.status, read: booked.counts.read }));
