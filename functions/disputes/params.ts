/** Parameters of disputes, as Stripe takes them. */
import * as z from 'zod/mini';
import { missingObject } from '../api/errors.ts';
import { boolean, listShape, metadataChange, nonEmpty } from '../api/params.ts';
import { once } from '../kernel/once.ts';
import { EVIDENCE_FILES, EVIDENCE_TEXTS } from './wire.ts';

const MAXIMUM_FIELD = 20_000;
/** A dispute travels through queues, twice per message (before and after): Stripe takes three times as much. */
export const MAXIMUM_EVIDENCE_BYTES = 50_000;

const text = z.optional(z.string().check(z.maxLength(MAXIMUM_FIELD)));
const member = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, text])) as Record<Name, typeof text>;

const evidence = once(() =>
  z.strictObject({
    ...member(EVIDENCE_TEXTS),
    ...member(EVIDENCE_FILES),
  }),
);

export const disputeParams = once(() =>
  z.strictObject({
    evidence: z.optional(evidence()),
    submit: z.optional(boolean),
    metadata: z.optional(metadataChange),
  }),
);
export type DisputeParams = z.infer<ReturnType<typeof disputeParams>>;

export const disputeListParams = z.strictObject({
  ...listShape,
  charge: z.optional(nonEmpty()),
  payment_intent: z.optional(nonEmpty()),
});
export type DisputeListParams = z.infer<typeof disputeListParams>;

/**
 * The evidence after the change, member by member; an empty one is taken back.
 * @throws 400 resource_missing for a file: none can be uploaded
 */
export function changedEvidence(
  current: Readonly<Record<string, string>>,
  change: NonNullable<DisputeParams['evidence']>,
): Readonly<Record<string, string>> {
  for (const name of EVIDENCE_FILES) {
    const file = change[name];
    if (file) throw missingObject('file upload', file, `evidence[${name}]`, 400);
  }
  const merged = Object.entries({ ...current, ...change }).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(merged) as Record<string, string>;
}
