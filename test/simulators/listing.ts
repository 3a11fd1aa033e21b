/** What the bank in memory lists, beside the acquirer's own list: it keeps no times, so that a payout is where its record was made. */
import type { Listed, Listing } from '../../functions/channels/port/port.ts';
import { parsePayoutReference, timeOf } from '../../functions/kernel/ids.ts';
import type { Acquirer } from './acquirer.ts';
import type { MemoryBank } from './bank.ts';

const payoutsOf = ({ orders }: Pick<MemoryBank, 'orders'>): readonly Listed[] =>
  [...orders.values()].map(({ order: { reference, amount, currency }, state }): Listed => {
    const createdMs = timeOf(parsePayoutReference(reference)!.body);
    return { about: 'payout', reference, amount, currency, createdMs, changedMs: createdMs, outcome: state };
  });

/** Lists what acquirer and bank know as they are when they are asked: the bank's on the first page. */
export function listingOf({ client }: Acquirer, bank: Pick<MemoryBank, 'orders'>): Listing {
  const { keptMs, list } = client.listing!;
  return {
    keptMs,
    async list(request) {
      const page = await list(request);
      const isListed = ({ createdMs }: Listed) => createdMs >= request.sinceMs && createdMs <= request.untilMs;
      const paidOut = request.cursor === undefined ? payoutsOf(bank).filter(isListed) : [];
      return page && { ...page, listed: [...page.listed, ...paidOut] };
    },
  };
}
