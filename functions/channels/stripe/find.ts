/**
 * Finding a payment, a setup or a refund at Stripe by our reference. A list by time is complete, so it alone can say that there is none. Stripe's search is
 * behind by a minute or more, so it can only find.
 */
import { type ChannelReference, parseChannelReference, timeOf } from '../../kernel/ids.ts';
import type { ChannelAccount } from '../port/port.ts';
import { readPage } from './objects.ts';
import { referenceIn, searchFor } from './references.ts';
import { get, type Parameters, reasonOf, type StripeClientDeps } from './transport.ts';

/** How far the object's time at Stripe may be from that of our first commit: clocks differ, and a request takes its time. */
const BEFORE_SECONDS = 30;
const AFTER_SECONDS = 150;
const PAGE = 100;
/** More objects of an account in these three minutes are not read. */
const MAXIMUM_PAGES = 30;

export type Collection = 'payment_intents' | 'setup_intents' | 'refunds';

export type FoundAt<T> =
  | { readonly kind: 'found'; readonly object: T }
  /** The whole list was read. */
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unknown'; readonly reason: string };

interface Referring {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What is looked for, and how it is read. */
export interface Looking<T extends Referring> {
  readonly account: ChannelAccount;
  readonly reference: ChannelReference;
  readonly read: (value: unknown) => T | undefined;
  /** Members that are answered in full. */
  readonly expand?: string;
}

/** The object of this id, where it has our reference. `not_found`: Stripe has none of this id; `unknown` where it is another one. */
export async function byId<T extends Referring>(
  deps: StripeClientDeps,
  collection: Collection,
  id: string,
  { account, reference, read, expand }: Looking<T>,
): Promise<FoundAt<T>> {
  const path = `/v1/${collection}/${encodeURIComponent(id)}`;
  const response = await get(deps, account, path, expand === undefined ? {} : { expand: [expand] });
  if (response.kind === 'refused' && response.status === 404) return { kind: 'not_found' };
  const object = response.kind === 'answered' ? read(response.body) : undefined;
  if (!object) return { kind: 'unknown', reason: reasonOf(response) };
  return referenceIn(object.metadata) === reference
    ? { kind: 'found', object }
    : { kind: 'unknown', reason: 'the object has another reference' };
}

/** The object with our reference among those that were made about then. */
export function byTime<T extends Referring>(
  deps: StripeClientDeps,
  collection: Collection,
  aboutMs: number,
  looking: Looking<T>,
): Promise<FoundAt<T>> {
  const about = Math.floor(aboutMs / 1000);
  return inList(deps, collection, { created: { gte: about - BEFORE_SECONDS, lte: about + AFTER_SECONDS } }, looking);
}

/** The object with our reference in a list, which is read to its end. */
export async function inList<T extends Referring>(
  deps: StripeClientDeps,
  collection: Collection,
  filter: Parameters,
  { account, reference, read, expand }: Looking<T>,
): Promise<FoundAt<T>> {
  let after: string | undefined;
  for (let pages = 0; pages < MAXIMUM_PAGES; pages++) {
    const response = await get(deps, account, `/v1/${collection}`, {
      ...filter,
      limit: PAGE,
      starting_after: after,
      expand: expand === undefined ? undefined : [`data.${expand}`],
    });
    const page = response.kind === 'answered' ? readPage(response.body) : undefined;
    if (!page) return { kind: 'unknown', reason: reasonOf(response) };
    const ours = page.data.find((each) => referenceIn(metadataOf(each)) === reference);
    if (ours !== undefined) {
      const object = read(ours);
      return object ? { kind: 'found', object } : { kind: 'unknown', reason: 'the answer cannot be read' };
    }
    if (!page.has_more) return { kind: 'not_found' };
    after = idOf(page.data.at(-1));
    if (after === undefined) return { kind: 'unknown', reason: 'the list cannot be read on' };
  }
  return { kind: 'unknown', reason: 'the list is too long to be read' };
}

/** The object with our reference among those that Stripe's search knows already. It finds nothing new, and says nothing by finding nothing. */
async function bySearch<T extends Referring>(
  deps: StripeClientDeps,
  looking: Looking<T>,
): Promise<FoundAt<T> | undefined> {
  const response = await get(deps, looking.account, '/v1/payment_intents/search', {
    query: searchFor(looking.reference),
    limit: 1,
  });
  const data = response.kind === 'answered' ? (response.body as { readonly data?: unknown }).data : undefined;
  const id = Array.isArray(data) ? idOf(data[0]) : undefined;
  // The index may be old: the object itself is read.
  return id === undefined ? undefined : byId(deps, 'payment_intents', id, looking);
}

/**
 * The payment with our reference: among those of the time of its first commit, or by the search. Without that time, that of the reference is where the list
 * begins.
 */
export async function byReference<T extends Referring>(
  deps: StripeClientDeps,
  createdMs: number | undefined,
  looking: Looking<T>,
): Promise<FoundAt<T>> {
  const referenced = parseChannelReference(looking.reference);
  const aboutMs = createdMs ?? (referenced ? timeOf(referenced.objectKey) : deps.nowMs());
  const listed = await byTime(deps, 'payment_intents', aboutMs, looking);
  if (listed.kind === 'found' || (listed.kind === 'not_found' && createdMs !== undefined)) return listed;
  const searched = await bySearch(deps, looking);
  if (searched?.kind === 'found') return searched;
  return listed.kind === 'unknown' ? listed : { kind: 'unknown', reason: 'not found by time or search' };
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

function idOf(value: unknown): string | undefined {
  const id = memberOf(value, 'id');
  return typeof id === 'string' ? id : undefined;
}

function metadataOf(value: unknown): Readonly<Record<string, string>> {
  const metadata = memberOf(value, 'metadata');
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, string>) : {};
}
