/** A `source` in a request: the id of a token or of a card, or a published test card in parts. `card` is its older name. Pure. */
import * as z from 'zod/mini';
import { exclusiveParameters, invalidParameter } from '../api/errors.ts';
import { nonEmpty } from '../api/params.ts';
import { TYPED_MEMBERS, typedTestCard } from './typed-test-card.ts';

/** The members of a card that is typed in: each is judged with the card (`typedTestCard`), and any other is refused with the schema. */
const typed = z.partial(z.strictObject(Object.fromEntries(TYPED_MEMBERS.map((name) => [name, z.unknown()]))));
/** Whatever else it has, it is refused as what it is. */
const noCard = z.looseObject({ object: z.string().check(z.refine((object) => object !== 'card')) });
export const source = z.union([nonEmpty(), typed, noCard]);
export type Source = z.infer<typeof source>;

/** Parameters that may name a source. */
export interface SourceParams {
  readonly source?: Source | undefined;
  readonly card?: Source | undefined;
}
/** A source and the parameter that holds it, which errors name. */
export interface NamedSource {
  readonly value: Source;
  readonly param: keyof SourceParams;
}

/** The source of a request, by either name. */
export function namedSource({ source: value, card: older }: SourceParams): NamedSource | undefined {
  if (value !== undefined) return { value, param: 'source' };
  return older === undefined ? undefined : { value: older, param: 'card' };
}

/**
 * Refuses what cannot be a source, before anything is read.
 * @throws 400 parameters_exclusive for both names; for a bank account, and for a card number that is not a published test number
 */
export function assertSource(params: SourceParams): void {
  if (params.source !== undefined && params.card !== undefined) throw exclusiveParameters('source', 'card', 'source');
  const given = namedSource(params);
  if (given === undefined) return;
  const { value, param } = given;
  if (typeof value === 'object') {
    typedTestCard(value, param);
    return;
  }
  if (/^(?:btok|ba)_/.test(value))
    throw invalidParameter('Bank accounts are not served: a source is a card.', { param });
}
