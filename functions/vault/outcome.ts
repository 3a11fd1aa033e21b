/** What a vault may answer, as a schema. Members that it does not name pass: a later release of the vault may know more. */
import * as z from 'zod/mini';
import { currentOutcome } from '../channels/port/earlier.ts';
import type { AttemptOutcome } from '../channels/port/port.ts';

const text = z.string();
const expiring = { expiresMs: z.optional(z.number()) };
const texts = z.record(text, text);
const action = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('redirect'), url: text, ...expiring }),
  z.looseObject({ kind: z.literal('form'), url: text, fields: texts, ...expiring }),
  z.looseObject({ kind: z.literal('qr_code'), data: text, ...expiring }),
  z.looseObject({ kind: z.literal('app'), parameters: texts, ...expiring }),
  z.looseObject({ kind: z.literal('display'), facts: texts, ...expiring }),
]);
/** Minor units. */
const amount = z.bigint().check(z.gte(0n));
const decline = z.looseObject({ code: text, message: text, class: z.optional(text), networkCode: z.optional(text) });
const fundsAvailable = z.optional(z.literal(true));
const dispute = z.looseObject({
  dispute: z.looseObject({
    id: text,
    kind: z.enum(['inquiry', 'chargeback']),
    amount,
    currency: text,
    fee: amount,
    reason: text,
    openedMs: z.number(),
    dueMs: z.number(),
  }),
  outcome: z.looseObject({ kind: z.enum(['opened', 'won', 'lost', 'closed']) }),
});
const outcome = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('unknown'), reason: text }),
  z.looseObject({ kind: z.literal('pending') }),
  z.looseObject({ kind: z.literal('requires_action'), action }),
  z.looseObject({ kind: z.literal('approved') }),
  z.looseObject({ kind: z.literal('authenticated') }),
  z.looseObject({ kind: z.literal('failed'), decline }),
  z.looseObject({ kind: z.literal('authorized'), authorizationCode: text, amount: z.optional(amount), fundsAvailable }),
  z.looseObject({
    kind: z.literal('captured'),
    authorizationCode: text,
    amount,
    fundsAvailable,
    disputes: z.optional(z.array(dispute)),
  }),
]);

/** The outcome in what a vault of this or an earlier release answered; undefined where it is none. */
export function readOutcome(answered: unknown): AttemptOutcome | undefined {
  if (typeof answered !== 'object' || answered === null) return undefined;
  const parsed = z.safeParse(outcome, currentOutcome(answered as AttemptOutcome));
  return parsed.success ? (parsed.data as AttemptOutcome) : undefined;
}
