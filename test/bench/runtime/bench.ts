/** `npm run bench -- runtime`: the embedded runtime, floors and other products, measured the same way in one run. */
import { cpus, release, totalmem } from 'node:os';
import { localPath } from '../../../bin/local/files.ts';
import { measurePeer, type PeerSizes } from '../peers/measure-peer.ts';
import { PEERS } from '../peers/peers.ts';
import { linesOf, type Row } from '../rows.ts';
import { runtimeRows } from './budgets.ts';
import { type Compared, comparison } from './comparison.ts';
import { startLoad } from './load.ts';
import { measureSluice, type Sizes, type SluiceFigures, type UnderLoad } from './sluice.ts';
import { commit, NPM_START } from './stack.ts';

export interface RuntimeOptions {
  /** Payments to store before everything is measured once more. */
  readonly payments: number | undefined;
  readonly withPeers: boolean;
}

const SIZES: Sizes = { warm: 1_000, oneClient: 1_000, sixteenClients: 3_000 };
const PEER_SIZES: PeerSizes = { warmMs: 3_000, partMs: 4_000 };
const GIB = 1024 ** 3;

const say = (line: string): void => console.log(line);

const COUNTED = `counted: user and system time of every process of the server, in /proc. Sluice: npm start's process and the vault's.
not counted: the load generator and the webhook receiver, which share the cores with the server in a process of their own.
memory: proportional set size. Pages that other processes use too, such as those of Node's program, are divided between them.
a payment of Sluice: POST /v1/payment_intents with confirm=true, pm_card_visa, metadata and an Idempotency-Key; its sandbox acquirer with
  the signed callback, risk, journal entries, search notes, and one delivered webhook. Fully processed: all of that is done.`;

/** Prints what was measured, and returns the rows with budgets. Rejects with a Failure where a payment got lost. */
export async function benchRuntime({ payments, withPeers }: RuntimeOptions): Promise<readonly Row[]> {
  say(machine());
  say(COUNTED);
  for (const { name, counts } of PEERS) if (withPeers && counts !== '') say(`a payment of ${name}: ${counts}`);
  const load = startLoad();
  try {
    const folder = localPath('bench', 'sluice');
    const figures = await measureSluice({
      folder,
      launcher: NPM_START,
      ask: load.ask,
      sizes: { ...SIZES, stored: payments },
      say,
    });
    const all: Compared[] = [comparedOf(figures, figures.first)];
    if (figures.later) all.push(comparedOf(figures, figures.later));
    for (const peer of withPeers ? PEERS : []) {
      say(`${peer.name}: measuring`);
      all.push(await measurePeer(peer, { ask: load.ask, folder: localPath('bench', 'peer'), sizes: PEER_SIZES }));
    }
    const { syncMs, disk } = figures;
    say(`\nfdatasync of 8 KB: p50 ${syncMs.p50.toFixed(2)} ms, p95 ${syncMs.p95.toFixed(2)} ms`);
    say(`log of the functions: ${(disk.log / 1000).toFixed(1)} KB per payment, beside the store\n`);
    for (const line of comparison(all)) say(line);
    say('');
    const rows = runtimeRows(figures);
    for (const line of linesOf(rows)) say(line);
    return rows;
  } finally {
    await load.stop();
  }
}

const comparedOf = ({ atRest, start }: SluiceFigures, { one, sixteen, memory, stored }: UnderLoad): Compared => ({
  name: `Sluice, npm start, ${stored.toLocaleString('en-US')} payments stored`,
  figures: {
    one,
    sixteen,
    restPss: atRest.all.pss,
    afterPss: memory.all.pss,
    processes: memory.processes,
    startMs: start.readyMs,
  },
});

function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / GIB);
  const system = `${process.platform} ${release().split('-')[0]}`;
  const what = `${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${memory} GiB, ${system}, Node ${process.versions.node}`;
  return `Sluice ${commit()}, ${new Date().toISOString().slice(0, 10)}, ${what}`;
}
