/** The sandbox's list of charges, refunds and payouts in the port's terms. Pure. A page with one unreadable line counts as no response. */
import * as z from 'zod/mini';
import type { Listed, Listing } from '../port/listing.ts';
import type { RequestNotes } from '../port/port.ts';
import { payout, payoutOutcome } from './bank.ts';
import { attemptState, charge, digits, dispute, disputeFacts, instant, notes, refund, refundOutcome } from './wire.ts';

const short = z.string().check(z.maxLength(30));
const listedCharge = z.extend(charge, {
  about: z.literal('charge'),
  capture: z.boolean(),
  created_at: instant,
  decided_at: instant,
  card: z.optional(z.object({ brand: short, last4: short, funding: z.optional(short), country: z.optional(short) })),
  notes: z.optional(notes),
  disputes: z.optional(z.array(z.extend(dispute, { changed_at: instant }))),
});
const listedRefund = z.extend(refund, {
  about: z.literal('refund'),
  amount: digits,
  created_at: instant,
  changed_at: instant,
  notes: z.optional(notes),
});
const listedPayout = z.extend(payout, {
  about: z.literal('payout'),
  amount: digits,
  created_at: instant,
  changed_at: instant,
});
const page = z.object({
  listed: z.array(z.discriminatedUnion('about', [listedCharge, listedRefund, listedPayout])),
  cursor: z.optional(z.string()),
});

/** The page that the sandbox answered, or undefined when it cannot be read whole. */
export function readListing(body: unknown): Awaited<ReturnType<Listing['list']>> {
  const parsed = z.safeParse(page, body);
  if (!parsed.success) return undefined;
  const { listed, cursor } = parsed.data;
  return { listed: listed.map(listedOf), ...(cursor !== undefined && { cursor }) };
}

function listedOf(one: z.infer<typeof page>['listed'][number]): Listed {
  const { reference, amount, currency, created_at: createdMs } = one;
  if (one.about === 'payout')
    return {
      about: 'payout',
      reference,
      amount,
      currency,
      createdMs,
      changedMs: one.changed_at,
      outcome: payoutOutcome(one),
    };
  const notes = one.notes && { notes: one.notes as RequestNotes };
  if (one.about === 'refund')
    return {
      about: 'refund',
      reference,
      payment: one.charge,
      amount,
      currency,
      createdMs,
      changedMs: one.changed_at,
      ...notes,
      outcome: refundOutcome(one),
    };
  const { brand, last4, funding, country } = one.card ?? {};
  return {
    about: 'charge',
    reference,
    amount,
    currency,
    capture: one.capture,
    createdMs,
    decidedMs: one.decided_at,
    ...(brand !== undefined &&
      last4 !== undefined && {
        card: { brand, last4, ...(funding !== undefined && { funding }), ...(country !== undefined && { country }) },
      }),
    ...(one.wallet && { wallet: one.wallet.type }),
    ...notes,
    state: attemptState(one),
    disputes: (one.disputes ?? []).map((each) => ({
      dispute: disputeFacts(each),
      outcome: { kind: each.state },
      changedMs: each.changed_at,
    })),
  };
}
