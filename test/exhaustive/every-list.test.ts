/**
 * Every list walked page by page shows each object that was there once, in order, whatever the page size and the direction, while others
 * are made: objects of one millisecond in several shards too, with what the filters leave out in between, and by relation. Payments and charges
 * are listed also while the stream has not reached them.
 */
import { fc, test } from '@fast-check/vitest';
import { beforeAll, describe, expect } from 'vitest';
import { base62, type ObjectKey, timeText } from '../../functions/kernel/ids.ts';
import { transactionId } from '../../functions/ledger/keys.ts';
import { type Busy, begunMerchant, type Family, writersOf } from '../scenarios/busy-merchant.ts';

/** Path, what it lists, its id by the body, and whether it leaves out the odd ones (`only`: all but them). */
const LISTS: readonly (readonly [
  path: string,
  family: Family,
  idOf: (body: ObjectKey, ms: number) => string,
  odd: 'shown' | 'left out' | 'only',
])[] = [
  ['/v1/payment_intents', 'payment', (body) => `pi_${body}`, 'shown'],
  ['/v1/payment_intents?customer={customer}', 'payment', (body) => `pi_${body}`, 'left out'],
  ['/v1/charges', 'payment', (body) => `ch_${body}1`, 'shown'],
  ['/v1/charges?customer={customer}', 'payment', (body) => `ch_${body}1`, 'left out'],
  ['/v1/balance_transactions', 'payment', (body, ms) => transactionId('captured', body, ms, 1), 'shown'],
  ['/v1/balance_transactions?currency=eur', 'payment', (body, ms) => transactionId('captured', body, ms, 1), 'only'],
  ['/v1/refunds', 'refund', (body) => `re_${body}`, 'shown'],
  ['/v1/refunds?payment_intent={payment}', 'refund', (body) => `re_${body}`, 'shown'],
  ['/v1/setup_intents', 'setup', (body) => `seti_${body}`, 'shown'],
  ['/v1/setup_intents?customer={customer}', 'setup', (body) => `seti_${body}`, 'shown'],
  ['/v1/setup_intents?payment_method=pm_other', 'setup', (body) => `seti_${body}`, 'only'],
  ['/v1/setup_intents?customer={customer}&payment_method=pm_other', 'setup', (body) => `seti_${body}`, 'only'],
  ['/v1/checkout/sessions', 'session', (body) => `cs_test_${body}`, 'shown'],
  ['/v1/checkout/sessions?status=expired', 'session', (body) => `cs_test_${body}`, 'only'],
  ['/v1/checkout/sessions?customer={customer}', 'session', (body) => `cs_test_${body}`, 'shown'],
  ['/v1/checkout/sessions?customer={customer}&status=open', 'session', (body) => `cs_test_${body}`, 'left out'],
  ['/v1/products', 'product', (body) => `prod_${body}`, 'left out'],
  ['/v1/prices', 'price', (body) => `price_${body}`, 'shown'],
  ['/v1/prices?active=true', 'price', (body) => `price_${body}`, 'left out'],
  ['/v1/prices?product={product}', 'price', (body) => `price_${body}`, 'shown'],
  ['/v1/prices?product={product}&active=false', 'price', (body) => `price_${body}`, 'only'],
  ['/v1/disputes', 'dispute', (body) => `du_${body}`, 'shown'],
  ['/v1/disputes?payment_intent={disputed}', 'dispute', (body) => `du_${body}`, 'shown'],
  ['/v1/payouts', 'payout', (body) => `po_${body}`, 'shown'],
  ['/v1/payouts?status=failed', 'payout', (body) => `po_${body}`, 'only'],
  ['/v1/customers', 'customer', (body) => `cus_${body}`, 'left out'],
  ['/v1/customers?email=payer@example.com', 'customer', (body) => `cus_${body}`, 'left out'],
  ['/v1/customers/{customer}/payment_methods', 'method', (body) => `pm_${body}`, 'shown'],
  ['/v1/customers/{customer}/sources', 'method', (body) => `card_${body}`, 'shown'],
  ['/v1/customers/{customer}/cards', 'method', (body) => `card_${body}`, 'shown'],
  ['/v1/payment_methods?customer={customer}&allow_redisplay=always', 'method', (body) => `pm_${body}`, 'only'],
  ['/v1/reviews', 'review', (body) => `prv_${body}1`, 'left out'],
];

interface Drawn {
  readonly ms: number;
  readonly shard: number;
  readonly odd: boolean;
  /** The stream has not reached it. */
  readonly behind: boolean;
}
const drawn = fc.record({ ms: fc.nat(3), shard: fc.nat(3), odd: fc.boolean(), behind: fc.boolean() });
/** Lists that the stream makes. */
const OF_STREAM = /^\/v1\/(charges|payment_intents)/;
const lives = [
  fc.array(drawn, { minLength: 1, maxLength: 20 }),
  fc.array(drawn, { maxLength: 8 }),
  fc.integer({ min: 1, max: 7 }),
  fc.boolean(),
] as const;

let begun: Busy;
beforeAll(async () => {
  begun = await begunMerchant();
});

describe.each(LISTS)('GET %s', (path, family, idOf, odd) => {
  test.prop([...lives], { numRuns: 12 })(
    'every page size, both directions',
    async (there, inserted, limit, newestFirst) => {
      const sim = begun.sim.fork();
      const { scope } = sim;
      const ids: Readonly<Record<string, string>> = {
        ...begun.ids,
        disputed: `pi_${sim.world.table
          .items('payments')
          .find(({ kind, lpk }) => kind === 'dispute' && lpk)!
          .lpk!.toString()
          .slice(scope.length + 3)}`,
      };
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name]!);
      const page = async (params: Readonly<Record<string, string>>) => {
        const { status, body } = await sim.request(
          'GET',
          `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams(params)}`,
        );
        expect([status, body.error]).toEqual([200, undefined]);
        return { found: (body.data as { id: string }[]).map(({ id }) => id), more: body.has_more as boolean };
      };
      const old = (await page({ limit: '100' })).found;
      const startMs = sim.world.clock.nowMs() - 60_000;
      const make = async ({ shard, odd: isOdd, behind }: Drawn, n: number, ms: number): Promise<readonly string[]> => {
        const body = `${timeText(ms)}${shard}${base62(n, 14)}` as ObjectKey;
        const [first, ...more] = writersOf({ sim, ids: begun.ids })[family](body, ms, isOdd);
        await sim.world.table.commit(first!, ...(behind && OF_STREAM.test(path) ? [] : more));
        return (odd === 'left out' && isOdd) || (odd === 'only' && !isOdd) ? [] : [idOf(body, ms)];
      };
      const made: string[] = [];
      for (const [n, one] of there.entries()) made.push(...(await make(one, n, startMs + one.ms)));
      const before = new Set([...old, ...made]);
      const [newest] = (await page({ limit: '1' })).found;
      const oldest = (await page({ limit: '100' })).found.at(-1);
      if (newest === undefined || oldest === undefined) return;

      const walked: string[] = newestFirst ? [] : [oldest];
      const fresh = [...inserted];
      for (;;) {
        const cursor = walked.at(-1);
        const { found, more } = await page({
          limit: String(limit),
          ...(cursor !== undefined && { [newestFirst ? 'starting_after' : 'ending_before']: cursor }),
        });
        walked.push(...(newestFirst ? found : found.toReversed()));
        // Newer than all that is there: a walk towards the past never meets them, one towards the present does in the end.
        const next = fresh.shift();
        if (next)
          for (const id of await make(next, 1_000 + fresh.length, startMs + 100 + inserted.length - fresh.length))
            if (!newestFirst) before.add(id);
        if (!more && (newestFirst || !next)) break;
        if (found.length === 0 && more) throw new Error('an empty page that cannot be followed');
      }

      expect(new Set(walked).size).toBe(walked.length);
      expect(new Set(walked)).toEqual(before);
      const all = (await page({ limit: '100' })).found;
      expect(all.filter((id) => before.has(id))).toEqual(newestFirst ? walked : walked.toReversed());
    },
  );
});
