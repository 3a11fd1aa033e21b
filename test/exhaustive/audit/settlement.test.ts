/** The audit of settlements (I9): a test damages one batch or manifest by hand, and the audit names it. */
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../functions/settlement/batch-record.ts';
import type { Manifest } from '../../../functions/settlement/manifest.ts';
import type { Net } from '../../../functions/settlement/netting.ts';
import { packJson, unpackJson } from '../../../functions/table/pack.ts';
import { audit } from '../../audit/audit.ts';
import { all, type Case, change, type Found, first, lose, store } from '../../audit/damage.ts';
import { forkOfAuditedDay } from '../../scenarios/busy-day.ts';
import type { Simulation } from '../../world/simulation.ts';

/** The last period that was closed. */
const throughOf = (sim: Simulation): number => first(sim, 'period').doc.sealedThroughMs;
const euros = (sim: Simulation): Found<Batch> => first(sim, 'batch', ({ currency }) => currency === 'eur');
const dollars = (sim: Simulation): Found<Batch> =>
  first(sim, 'batch', ({ currency, throughMs }) => currency === 'usd' && throughMs === throughOf(sim));

/** Another content of the last period's manifest. */
function changeManifest(sim: Simulation, to: (manifest: Manifest) => object): void {
  const { files } = sim.world.state;
  const { key } = first(sim, 'period').doc.manifest;
  const manifest = unpackJson<Manifest>(files.get(key)!);
  files.set(key, packJson({ ...manifest, ...to(manifest) }));
}
const changeNet = (sim: Simulation, currency: string, to: (net: Net) => object): void =>
  changeManifest(sim, ({ nets }) => ({
    nets: nets.map((net) => (net.currency === currency ? { ...net, ...to(net) } : net)),
  }));

/** Changes the batch in euros; `#` in the finding is the end of its period. */
const batchWith =
  (to: (batch: Batch) => object, finding: string) =>
  async (sim: Simulation): Promise<string> => {
    const found = euros(sim);
    await change(sim, found, { ...found.doc, ...to(found.doc) });
    return finding.replaceAll('#', String(found.doc.throughMs));
  };
const netWith =
  (currency: string, to: (net: Net) => object, finding: string) =>
  async (sim: Simulation): Promise<string> => {
    changeNet(sim, currency, to);
    return finding.replaceAll('#', String(throughOf(sim)));
  };
const payoutOf = (sim: Simulation) => first(sim, 'payout', ({ body }) => body === euros(sim).doc.payout);

const lineText = (sim: Simulation): string => {
  const { body, attempts, capture } = first(sim, 'payment', ({ currency }) => currency === 'eur').doc;
  const { item } = first(sim, 'entry', (entry) => entry.body === body && entry.type === 'captured');
  const id = `txn_${item.sk.slice(0, 7)}${item.pk.slice(-1)}${item.sk.slice(7)}`;
  return `${id} charge of ch_${body}${attempts[0]!.ordinal} at ${capture!.capturedMs}: 8000 - 257 - 0 = 7743, 800 held`;
};

const MANIFESTS: readonly Case[] = [
  [
    'a manifest that is gone',
    async (sim) => {
      const { key } = first(sim, 'period').doc.manifest;
      sim.world.state.files.delete(key);
      return `I9 the manifest ${key} is gone`;
    },
  ],
  [
    'a manifest that was changed',
    async (sim) => {
      const { key } = first(sim, 'period').doc.manifest;
      changeManifest(sim, () => ({ more: true }));
      return `I9 the manifest ${key} is not the one that was closed`;
    },
  ],
  [
    'a line that is there twice',
    async (sim) => {
      changeNet(sim, 'eur', ({ lines }) => ({ lines: [...lines, ...lines] }));
      return `I9 eur ${throughOf(sim)} has 2 times the line ${lineText(sim)}, its entries make it 1 times`;
    },
  ],
  [
    'a line that is missing',
    async (sim) => {
      changeNet(sim, 'eur', () => ({ lines: [] }));
      return `I9 eur ${throughOf(sim)} has 0 times the line ${lineText(sim)}, its entries make it 1 times`;
    },
  ],
  [
    'a line of another amount',
    async (sim) => {
      changeNet(sim, 'eur', ({ lines }) => ({ lines: lines.map((line) => ({ ...line, gross: 8_001n, net: 7_744n })) }));
      const line = lineText(sim).replace('8000 - 257 - 0 = 7743', '8001 - 257 - 0 = 7744');
      return `I9 eur ${throughOf(sim)} has 1 times the line ${line}, its entries make it 0 times`;
    },
  ],
  [
    'an entry that is in a manifest twice',
    async (sim) => {
      let name = '';
      changeManifest(sim, ({ entries }) => {
        name = entries[0]!;
        return { entries: [...entries, name] };
      });
      return `I9 the entry ${name} is in two manifests, or twice in one`;
    },
  ],
  [
    'an entry of a manifest that there is not',
    async (sim) => {
      changeManifest(sim, ({ entries }) => ({ entries: [...entries, '0 none'] }));
      return `I9 the manifest of ${throughOf(sim)} names 0 none, which is no entry`;
    },
  ],
  [
    'an entry of a closed period that is in no manifest',
    async (sim) => {
      const { body } = first(sim, 'payment', ({ currency }) => currency === 'eur').doc;
      const { item } = first(sim, 'entry', (entry) => entry.body === body && entry.type === 'captured');
      const name = `${item.pk.slice(-1)} ${item.sk}`;
      changeManifest(sim, ({ entries }) => ({ entries: entries.filter((one) => one !== name) }));
      return `I9 captured#${body}#1 of a closed period is in no manifest`;
    },
  ],
  [
    'a currency that is not netted',
    async (sim) => {
      changeManifest(sim, ({ nets }) => ({ nets: nets.filter(({ currency }) => currency !== 'eur') }));
      return `I9 the manifest of ${throughOf(sim)} nets no eur`;
    },
  ],
  [
    'a batch over more than its period nets',
    async (sim) => {
      changeManifest(sim, ({ nets }) => ({ nets: nets.filter(({ currency }) => currency !== 'eur') }));
      return `I9 the batch eur ${throughOf(sim)} nets 7743, its entries 0`;
    },
  ],
  ['a wrong gross', netWith('eur', () => ({ gross: 8_001n }), 'I9 gross of eur # is 8001, its lines sum to 8000')],
  ['a wrong fee', netWith('eur', () => ({ fees: 256n }), 'I9 fees of eur # is 256, its lines sum to 257')],
  [
    'a wrong sum of refunds',
    netWith('usd', () => ({ refunds: -299n }), 'I9 refunds of usd # is -299, its lines sum to -300'),
  ],
  ['a wrong net', netWith('eur', () => ({ net: 7_744n }), 'I9 net of eur # is 7744, its lines sum to 7743')],
  ['a wrong reserve', netWith('eur', () => ({ reserve: 799n }), 'I9 reserve of eur # is 799, its lines sum to 800')],
  [
    'a hold of another amount',
    netWith('eur', () => ({ holds: { '2027-02-18': 801n } }), 'I9 eur # holds 801 of 2027-02-18, its entries 800'),
  ],
  [
    'a hold that nothing makes',
    netWith(
      'eur',
      ({ holds }) => ({ holds: { ...holds, '2027-02-19': 1n } }),
      'I9 eur # holds 1 of 2027-02-19, its entries 0',
    ),
  ],
  [
    'a release of another amount',
    netWith('usd', () => ({ freed: { '2027-01-20': 2_069n } }), 'I9 usd # frees 2069 of 2027-01-20, its entries 2070'),
  ],
];

const BATCHES: readonly Case[] = [
  [
    'a batch that is lost',
    async (sim) => {
      await lose(sim, euros(sim));
      return `I9 eur of the period through ${throughOf(sim)} has no batch, and is not put off`;
    },
  ],
  ['another net of a batch', batchWith(() => ({ net: 7_744n }), 'I9 the batch eur # nets 7744, its entries 7743')],
  [
    'a batch of another period',
    async (sim) => {
      const found = euros(sim);
      const throughMs = found.doc.throughMs + 1;
      await change(sim, found, { ...found.doc, throughMs });
      return `I9 the batch eur ${throughMs} is of no closed period`;
    },
  ],
  ['a batch of another merchant', batchWith(() => ({ scope: 'another0' }), 'I18 the batch eur # is of another scope')],
  [
    'another reserve of a batch',
    batchWith(() => ({ reserve: 801n }), 'I9 the batch eur # adds 801 to the reserve, holds and releases make 800'),
  ],
  [
    'another end of a batch',
    batchWith(() => ({ closing: 1n }), 'I9 the batch eur # closes with 1, not 6943 less 6943'),
  ],
  [
    'a batch that does not pay out all',
    batchWith(() => ({ paidOut: 6_942n, closing: 1n }), 'I9 the batch eur # pays out 6942 of 6943'),
  ],
  [
    'a batch that begins with more than there was',
    batchWith(() => ({ opening: 1n, closing: 1n }), 'I9 the batch eur # opened with 1, available was 0'),
  ],
  [
    'a payout of another amount than its batch',
    async (sim) => {
      const payout = payoutOf(sim);
      await change(sim, payout, { ...payout.doc, amount: 6_944n });
      return `I9 the batch eur ${throughOf(sim)} pays out 6943, its payout po_${payout.doc.body} 6944`;
    },
  ],
  [
    'a payout in another currency than its batch',
    async (sim) => {
      const payout = payoutOf(sim);
      await change(sim, payout, { ...payout.doc, currency: 'usd' as never });
      return `I9 po_${payout.doc.body} is not of the batch eur ${throughOf(sim)}`;
    },
  ],
  [
    'a net that stays pending',
    async (sim) => {
      await lose(
        sim,
        first(sim, 'entry', ({ type, currency }) => type === 'released' && currency === 'eur'),
      );
      return 'I9 pending of eur is 7743, its open lines sum to 0';
    },
  ],
  [
    'two batches with one payout',
    async (sim) => {
      const found = euros(sim);
      await change(sim, found, { ...found.doc, payout: dollars(sim).doc.payout! });
      return `I10 two batches have one payout`;
    },
  ],
  [
    'a payout that no batch has',
    async (sim) => {
      const { payout, ...rest } = euros(sim).doc;
      await change(sim, euros(sim), rest as Batch);
      return `I10 po_${payout} is of no batch`;
    },
  ],
  [
    'a batch whose payout is lost',
    async (sim) => {
      const payout = payoutOf(sim);
      await lose(sim, payout);
      return `I10 a batch has the payout po_${payout.doc.body}, which is none`;
    },
  ],
  [
    'a second batch of the same money',
    async (sim) => {
      const found = euros(sim);
      const throughMs = found.doc.throughMs + 1;
      await store(sim, found, { sk: `${found.item.sk}x` }, { ...found.doc, throughMs });
      expect(all(sim, 'batch')).toHaveLength(5);
      return `I18 batch eur ${throughMs} has no entry released#${releaseBody(throughMs)}#1`;
    },
  ],
];

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
function releaseBody(throughMs: number): string {
  let text = '';
  for (let rest = throughMs; rest > 0; rest = Math.floor(rest / 62)) text = DIGITS.charAt(rest % 62) + text;
  return `${text}0eur0000${text}`;
}

describe('the audit of settlements', () => {
  it.each([...MANIFESTS, ...BATCHES])('names %s', async (_what, damage) => {
    const sim = await forkOfAuditedDay();
    const finding = await damage(sim);

    expect(await audit(sim)).toContain(finding);
  });
});
